"""Where events are read from: what the reader's suite runs over. A further one joins by a function and a line here."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from milepost.domain.event import Event
from milepost.domain.ports import EventReader
from tests.contracts.backends import Backend, postgres, sqlite
from tests.contracts.samples import add_accounts


@dataclass(frozen=True)
class Kept:
    """An event of a source: as it is shown, and as it is found by. A source may find by what it doesn't show, such as tags."""

    shown: Event
    found_by: Event


class Source(Protocol):
    """A reader, and a way to put events where it reads."""

    @property
    def reader(self) -> EventReader:
        """What is tried."""
        ...

    async def keep(self, *events: Event) -> Sequence[Kept]:
        """Put them there, whatever the source can hold of each; those of another account where that account's are."""
        ...


@dataclass(frozen=True)
class StoreSource:
    """A store of ours holds events as they are."""

    backend: Backend

    @property
    def reader(self) -> EventReader:
        return self.backend.events

    async def keep(self, *events: Event) -> Sequence[Kept]:
        for event in events:
            await self.backend.events.create(event)
        return [Kept(event, event) for event in events]


@asynccontextmanager
async def sqlite_source(folder: Path) -> AsyncGenerator[Source]:
    async with sqlite(folder) as backend:
        await add_accounts(backend.accounts)
        yield StoreSource(backend)


@asynccontextmanager
async def postgres_source(folder: Path) -> AsyncGenerator[Source]:
    async with postgres(folder) as backend:
        await add_accounts(backend.accounts)
        yield StoreSource(backend)


SOURCES: dict[str, Callable[[Path], AbstractAsyncContextManager[Source]]] = {
    "sqlite": sqlite_source,
    "postgres": postgres_source,
}
