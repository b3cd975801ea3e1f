"""A store beside the events that should be in it, to be changed together and compared."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from milepost.domain.archive import ArchivedEvent, TagNumber
from milepost.domain.event import Event, Provenance
from milepost.domain.instant import Instant
from milepost.domain.ports import Archive, EventHistory, EventReader, EventWriter
from milepost.domain.query import EventQuery, Position
from tests.stores import brute_force
from tests.stores.made_up_timeline import ACCOUNT, Edit

BY = Provenance("test")


class Events(EventReader, EventWriter, Protocol):
    """Reads and writes."""


class Store(Protocol):
    """What is tried of a store."""

    @property
    def events(self) -> Events: ...

    @property
    def history(self) -> EventHistory: ...

    @property
    def archive(self) -> Archive: ...


class World:
    """A store and, beside it, the events that should be in it. `check_index` holds the store's index to its events."""

    def __init__(self, store: Store, check_index: Callable[[], None]) -> None:
        self.store = store
        self.check_index = check_index
        self.live: dict[tuple[str, str], Event] = {}
        self.hidden: dict[tuple[str, str], Event] = {}

    async def load(self, loaded: list[Event]) -> None:
        """Load, all at once, the events whose sids and dedup keys are still free."""
        free = self.free(loaded)
        await self.store.archive.load(map(ArchivedEvent, free))
        self.live |= {(event.account_sid, event.sid): event for event in free}

    def free(self, wanted: list[Event]) -> list[Event]:
        """Those whose sids and dedup keys nobody has, neither here nor among them."""
        taken = {(event.account_sid, event.dedup_key) for event in self.live.values() if event.dedup_key}
        sids = {*self.live, *self.hidden}
        found: list[Event] = []
        for event in wanted:
            key = (event.account_sid, event.dedup_key)
            if (event.account_sid, event.sid) not in sids and key not in taken:
                found.append(event)
                sids.add((event.account_sid, event.sid))
                taken |= {key} if event.dedup_key else set()
        return found

    async def edit(self, edits: list[Edit]) -> None:
        """Do them one after the other."""
        for edit in edits:
            await self._edit(edit)

    async def edit_together(self, edits: list[Edit], fresh: list[Event]) -> None:
        """Edit and create at the same time, in one group commit; each another event, so that their order doesn't matter."""
        chosen = {self.pick(edit): edit for edit in edits if self.live}
        free = self.free(fresh)
        creations = [self.store.events.create(event) for event in free]
        await asyncio.gather(
            *(self._edit(edit, key) for key, edit in chosen.items() if edit.what != "restore"), *creations
        )
        self.live |= {(event.account_sid, event.sid): event for event in free}

    def pick(self, edit: Edit) -> tuple[str, str]:
        return sorted(self.live)[edit.index % len(self.live)]

    async def _edit(self, edit: Edit, key: tuple[str, str] | None = None) -> None:
        if edit.what == "restore":
            if self.hidden:
                await self._restore(sorted(self.hidden)[edit.index % len(self.hidden)])
            return
        if not self.live:
            return
        together, key = key is not None, key or self.pick(edit)
        if edit.what == "delete":
            self.hidden[key] = self.live.pop(key)
            await self.store.events.delete(*key, lambda _: None, BY, Instant(1))
            return
        old = self.live[key]
        new = replace(edit.now, sid=old.sid, account_sid=old.account_sid, version=old.version + 1)
        new = new if self.key_is_free(new) and not together else replace(new, dedup_key=old.dedup_key)
        self.live[key] = await self.store.events.change(*key, lambda _: new, BY)

    async def _restore(self, key: tuple[str, str]) -> None:
        if self.key_is_free(self.hidden[key]):
            restored = await self.store.history.restore(
                *key, lambda event: replace(event, version=event.version + 1), BY
            )
            del self.hidden[key]
            self.live[key] = restored

    def key_is_free(self, event: Event) -> bool:
        holders = [
            other.sid
            for other in self.live.values()
            if other.account_sid == event.account_sid and other.dedup_key == event.dedup_key
        ]
        return event.dedup_key is None or not set(holders) - {event.sid}

    async def tag_numbers(self) -> brute_force.TagNumbers:
        entries = [entry async for entry in self.store.archive.entries(ACCOUNT)]
        return {
            (str(entry.part), entry.number): entry.name
            for entry in entries
            if isinstance(entry, TagNumber) and entry.name
        }

    async def check(self, asked: list[EventQuery]) -> None:
        """Ask the store and go through all events, for each query page by page."""
        self.check_index()
        numbers = await self.tag_numbers()
        mine = [event for event in self.live.values() if event.account_sid == ACCOUNT]
        for query in asked:
            page = await self.store.events.find(ACCOUNT, query)
            assert page == brute_force.find(mine, query, numbers)
            while page.has_more:
                last = page.events[-1]
                query = replace(query, after=Position(last.started_at, last.sid))  # noqa: PLW2901 - the next page
                page = await self.store.events.find(ACCOUNT, query)
                assert page == brute_force.find(mine, query, numbers)
