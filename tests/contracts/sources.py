"""Where events are read from: what the reader's suite runs over. A further one joins by a function and a line here."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from milepost.domain.account import Account
from milepost.domain.event import Event
from milepost.domain.instant import Instant
from milepost.domain.ports import EventReader
from milepost.upstreams.apitraffic.record import version_of
from milepost.upstreams.overlay import OverlaidEvents
from milepost.upstreams.sources import Source as Overlay
from tests.contracts.apica import apica_source
from tests.contracts.backends import Backend, postgres, sqlite
from tests.contracts.kept import Kept
from tests.contracts.samples import ACCOUNT, add_accounts
from tests.upstreams.apitraffic.documented import DocumentedApi, adapter
from tests.upstreams.apitraffic.milepost_upstream import milepost_upstream


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


@dataclass(frozen=True)
class ApiTrafficSource:
    """Shows all that an event has, and counts no versions. `put` keeps events up there."""

    reader: EventReader
    put: Callable[[Event], Awaitable[object]]

    async def keep(self, *events: Event) -> Sequence[Kept]:
        for event in events:
            await self.put(event)
        shown = [replace(event, version=version_of(event)) for event in events]
        return list(map(Kept, shown, shown))


@asynccontextmanager
async def documented_source(folder: Path) -> AsyncGenerator[Source]:
    api = DocumentedApi()

    async def put(event: Event) -> None:
        api.hold(event)

    yield ApiTrafficSource(adapter(api.answer), put)


@asynccontextmanager
async def milepost_source(folder: Path) -> AsyncGenerator[Source]:
    async with milepost_upstream(folder) as upstream:
        yield ApiTrafficSource(upstream.events, upstream.store.events.create)


@dataclass(frozen=True)
class OverlaidSource:
    """A store of ours with another laid over it; every other event is in that one."""

    reader: EventReader
    own: StoreSource
    other: StoreSource

    async def keep(self, *events: Event) -> Sequence[Kept]:
        kept: list[Kept] = []
        for number, event in enumerate(events):
            source = self.other if number % 2 and event.account_sid == ACCOUNT else self.own
            kept.extend(await source.keep(event))
        return kept


@asynccontextmanager
async def overlaid_source(folder: Path) -> AsyncGenerator[Source]:
    (folder / "other").mkdir()
    async with sqlite(folder) as own, sqlite(folder / "other") as other:
        await add_accounts(own.accounts)
        await other.accounts.add_account(Account(ACCOUNT, "theirs", Instant(1)))
        reader = OverlaidEvents(own.events, [Overlay("other", other.events, ACCOUNT)])
        yield OverlaidSource(reader, StoreSource(own), StoreSource(other))


SOURCES: dict[str, Callable[[Path], AbstractAsyncContextManager[Source]]] = {
    "sqlite": sqlite_source,
    "postgres": postgres_source,
    "overlay": overlaid_source,
    "apica to milepost": apica_source,
    "apitraffic": documented_source,
    "apitraffic to milepost": milepost_source,
}
