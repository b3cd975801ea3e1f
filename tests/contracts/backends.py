"""The back ends that the contract suites run over. A further one joins by a function and a line here."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from milepost.domain.ports import (
    Accounts,
    Archive,
    ChangeFeed,
    EventHistory,
    EventReader,
    EventWriter,
    Places,
    Sessions,
    TagNumbers,
    Tokens,
)
from milepost.stores.postgres.store import PostgresStore
from milepost.stores.sqlite.store import SqliteStore
from tests.postgres_server import database


class Events(EventReader, EventWriter, Protocol):
    """Reads and writes."""


@dataclass(frozen=True)
class Backend:
    """One back end's ports."""

    events: Events
    history: EventHistory
    feed: ChangeFeed
    accounts: Accounts
    tokens: Tokens
    sessions: Sessions
    places: Places
    tag_numbers: TagNumbers
    archive: Archive


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncGenerator[Backend]:
    store = SqliteStore(folder / "milepost.db")
    try:
        yield Backend(
            store.events,
            store.history,
            store.feed,
            store.accounts,
            store.tokens,
            store.sessions,
            store.places,
            store.tag_numbers,
            store.archive,
        )
    finally:
        store.close()


@asynccontextmanager
async def postgres(folder: Path) -> AsyncGenerator[Backend]:
    with database() as url:
        async with await PostgresStore.open(url) as store:
            yield Backend(
                store.events,
                store.history,
                store.feed,
                store.accounts,
                store.tokens,
                store.sessions,
                store.places,
                store.tag_numbers,
                store.archive,
            )


BACKENDS: dict[str, Callable[[Path], AbstractAsyncContextManager[Backend]]] = {"sqlite": sqlite, "postgres": postgres}
