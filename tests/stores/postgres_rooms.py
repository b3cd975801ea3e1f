"""What the tests of the PostgreSQL store share: a store with an account, and looking into its database from outside."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from milepost.domain.account import Account
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.stores.postgres.store import PostgresStore
from tests.stores.sqlite_rooms import ACCOUNT, make

OTHER = "acc_other"
SOON_SECONDS = 30

__all__ = ["ACCOUNT", "OTHER", "SOON_SECONDS", "bound", "look", "make", "open_store", "sids"]


@asynccontextmanager
async def open_store(url: str, **limits: Any) -> AsyncGenerator[PostgresStore]:
    """A store with one account."""
    async with await PostgresStore.open(url, **limits) as store:
        await store.accounts.first_account(Account(ACCOUNT, "one", Instant(0)))
        yield store


async def sids(store: PostgresStore) -> list[str]:
    page = await store.events.find(ACCOUNT, EventQuery(limit=100))
    return [event.sid for event in page.events]


def look(url: str, statement: str, *further: str) -> list[tuple[Any, ...]]:
    """Run statements as a program beside ours would; what the last one finds."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        for one in further:
            cursor = connection.execute(one.encode())
        return cursor.fetchall() if cursor.description else []


def bound(url: str, **settings: str) -> str:
    """The URL with settings for its sessions."""
    return f"{url}?options=" + "%20".join(f"-c%20{name}%3D{value}" for name, value in settings.items())
