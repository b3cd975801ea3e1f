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
    TagNumbers,
    Tokens,
)
from milepost.stores.sqlite.store import SqliteStore


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
            store.places,
            store.tag_numbers,
            store.archive,
        )
    finally:
        store.close()


BACKENDS: dict[str, Callable[[Path], AbstractAsyncContextManager[Backend]]] = {"sqlite": sqlite}
