"""Opening a store of Milepost's own, as its URL names it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
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
from milepost.services.services import Ports
from milepost.settings.backends import StoreBackend
from milepost.settings.postgres_url import PostgresBackend


class Events(EventReader, EventWriter, Protocol):
    """Reads and writes."""


class Store(Protocol):
    """What a store has: something that meets each port."""

    @property
    def events(self) -> Events: ...
    @property
    def history(self) -> EventHistory: ...
    @property
    def feed(self) -> ChangeFeed: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def places(self) -> Places: ...
    @property
    def tag_numbers(self) -> TagNumbers: ...
    @property
    def archive(self) -> Archive: ...

    async def check_ready(self, *, writable: bool) -> None:
        """Raises `Unavailable` where it can't be read or, if `writable`, can't be written now."""
        ...

    async def catch_up(self) -> None:
        """Do what is left of an upgrade and nobody has to wait for; to be called now and then. Raises `Unavailable`."""
        ...


@asynccontextmanager
async def open_store(backend: StoreBackend) -> AsyncGenerator[Store]:
    """The store for as long as it is needed; raises `Unavailable` where it can't be opened. What is being written is finished."""
    if isinstance(backend, PostgresBackend):
        from milepost.stores.postgres.store import PostgresStore

        async with await PostgresStore.open(backend.conninfo) as shared:
            yield shared
        return
    from milepost.stores.sqlite.store import SqliteStore

    store = SqliteStore(backend.path)
    try:
        yield store
    finally:
        store.close()


def ports_of(store: Store) -> Ports:
    """Every port of a store."""
    return Ports(
        reader=store.events,
        writer=store.events,
        history=store.history,
        feed=store.feed,
        accounts=store.accounts,
        tokens=store.tokens,
        sessions=store.sessions,
        places=store.places,
        tag_numbers=store.tag_numbers,
    )


def system_of(backend: StoreBackend) -> str:
    """What OpenTelemetry calls it (`db.system.name`)."""
    return "postgresql" if isinstance(backend, PostgresBackend) else "sqlite"
