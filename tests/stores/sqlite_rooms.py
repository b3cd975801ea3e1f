"""What the tests of the SQLite store share: a filled file, and looking into it from outside."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from milepost.domain.account import Account
from milepost.domain.event import Event, EventType
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.stores.sqlite.store import SqliteStore

ACCOUNT = "acc_one"


def make(number: int, **fields: Any) -> Event:
    plain: dict[str, Any] = {
        "sid": f"evt_{number:06}",
        "account_sid": ACCOUNT,
        "type": EventType.DEPLOYMENT,
        "name": f"event {number}",
        "started_at": Instant(number * 1_000),
        "created_at": Instant(number * 1_000),
    }
    return Event(**plain | fields)


@asynccontextmanager
async def open_store(path: Path) -> AsyncGenerator[SqliteStore]:
    """A store with one account."""
    store = SqliteStore(path)
    try:
        await store.accounts.first_account(Account(ACCOUNT, "one", Instant(0)))
        yield store
    finally:
        store.close()


async def sids(store: SqliteStore) -> list[str]:
    page = await store.events.find(ACCOUNT, EventQuery(limit=100))
    return [event.sid for event in page.events]


def look(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """What a program beside ours sees in the file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def bytes_of(path: Path) -> bytes:
    """Every byte of the database, its log and its index."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(path.name + "*")))
