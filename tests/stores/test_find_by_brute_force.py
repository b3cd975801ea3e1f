"""Whatever is asked of whatever is there, the store finds what going through all events one by one finds."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.domain.account import Account
from milepost.domain.archive import ArchivedEvent, TagNumber
from milepost.domain.event import Check, Event, EventType, Provenance, Severity
from milepost.domain.instant import DAY, MINUTE, Instant
from milepost.domain.query import EventQuery, Position
from milepost.domain.scope import EVERYWHERE, Restriction, Scope, SidTuple
from milepost.domain.tags import TagFilter, TagId, TagName
from milepost.domain.text import fold
from milepost.stores.sqlite import seating
from milepost.stores.sqlite.chunks import unpack
from milepost.stores.sqlite.query import filters, rows, text, walk
from milepost.stores.sqlite.store import SqliteStore
from milepost.stores.timeline.chunk_keys import slots_of
from milepost.stores.timeline.record import decode_event
from milepost.stores.timeline.terms import terms_of
from tests.stores import brute_force

ACCOUNT, OTHER = "acc_one", "acc_other"
BY = Provenance("test")

SIDS = ("A", "B", "C")
TAG_NAMES = ("a", "b", "c", "ä")
SPANS = (0, 1, 5, MINUTE, MINUTE + 1, 4 * MINUTE, 90 * MINUTE, DAY, 20 * DAY, 200 * DAY)
WORDS = ("deploy", "Deploy", "roll back", "École", "ab", "Straße", "x", "depl")
T = TypeVar("T")


class Maker:
    """Makes events and queries of few different values, so that they meet; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def maybe(self, make: Callable[[], T], share: float = 0.5) -> T | None:
        return make() if self.chance.random() < share else None

    def some(self, values: Sequence[T], most: int, least: int = 1) -> list[T]:
        return self.chance.sample(values, self.chance.randint(least, most))

    def moment(self) -> Instant:
        return Instant(self.chance.randrange(self.chance.choice((40, 2 * MINUTE, 300 * DAY))))

    def sid(self) -> str:
        return "".join(self.chance.choices("aZ0_-", k=self.chance.randint(1, 6)))

    def words(self) -> str:
        return " ".join(self.chance.choices(WORDS, k=self.chance.randint(1, 3)))

    def scope(self) -> SidTuple:
        return EVERYWHERE if self.chance.random() < 0.3 else tuple(self.some(SIDS, 2))

    def event(self) -> Event:
        chance, started_at = self.chance, self.moment()
        return Event(
            sid=self.sid(),
            account_sid=chance.choice((ACCOUNT, ACCOUNT, ACCOUNT, OTHER)),
            type=chance.choice(list(EventType)),
            name=self.words(),
            description=self.maybe(self.words),
            source=self.maybe(lambda: chance.choice(("ci", "cd"))),
            scope=Scope(self.scope(), self.scope()),
            started_at=started_at,
            ended_at=self.maybe(lambda: Instant(started_at + chance.choice(SPANS))),
            created_at=Instant(0),
            severity=self.maybe(lambda: chance.choice(list(Severity))),
            tags=self.maybe(lambda: {key: tuple(self.some(TAG_NAMES, 2)) for key in self.some(TAG_NAMES, 2)}),
            check=self.maybe(lambda: Check(chance.randint(1, 3))),
            dedup_key=self.maybe(lambda: f"k{chance.randint(1, 30)}", 0.3),
        )

    def events(self, most: int) -> list[Event]:
        return [self.event() for _ in range(self.chance.randint(0, most))]

    def edits(self, most: int) -> list[Edit]:
        kinds = ("change", "change", "delete", "restore")
        return [
            Edit(self.chance.randrange(100), self.chance.choice(kinds), self.event())
            for _ in range(self.chance.randint(0, most))
        ]

    def tag_reference(self) -> TagName:
        return self.chance.choice((*TAG_NAMES, TagId(self.chance.randint(1, 5))))

    def tag_filter(self) -> TagFilter:
        key = self.maybe(self.tag_reference, 0.7)
        least = 1 if key is None else 0
        return TagFilter(key, tuple(self.tag_reference() for _ in range(self.chance.randint(least, 2))))

    def tag_filters(self) -> tuple[TagFilter, ...]:
        return tuple(self.tag_filter() for _ in range(self.chance.randint(1, 2)))

    def reach(self) -> Restriction:
        return Restriction(*(self.maybe(lambda: frozenset(self.some(SIDS, 2, 0))) for _ in range(2)))

    def query(self) -> EventQuery:
        """With few filters, so that something is found."""
        chance, share = self.chance, 0.12
        message = self.maybe(lambda: fold(chance.choice(WORDS)), share)
        start = self.maybe(self.moment, 0.3)
        if message is not None and len(message) < 3 and start is None:
            start = Instant(0)
        return EventQuery(
            types=frozenset(self.maybe(lambda: self.some(list(EventType), 3), share) or ()),
            start=start,
            end=self.maybe(self.moment, 0.2),
            bucket_sid=self.maybe(lambda: chance.choice(SIDS), share),
            environment_sid=self.maybe(lambda: chance.choice(SIDS), share),
            ongoing=self.maybe(lambda: chance.random() < 0.5, share),
            source=self.maybe(lambda: chance.choice(("ci", "cd", "absent")), share),
            severities=frozenset(self.maybe(lambda: self.some(list(Severity), 2), share) or ()),
            exclude_severities=frozenset(self.maybe(lambda: self.some(list(Severity), 2), share) or ()),
            starts_only=chance.random() < 0.2,
            check_id=self.maybe(lambda: chance.randint(1, 4), share),
            dedup_key=self.maybe(lambda: f"k{chance.randint(1, 31)}", 0.05),
            message=message,
            include_tags=self.maybe(self.tag_filters, share) or (),
            include_all_tags=chance.random() < 0.5,
            exclude_tags=self.maybe(self.tag_filters, share) or (),
            reach=self.maybe(self.reach, share) or Restriction(),
            after=self.maybe(lambda: Position(self.moment(), self.sid()), 0.2),
            limit=chance.randint(1, 12),
        )


@dataclass(frozen=True)
class Edit:
    """Something done to one of the events that are there, by its place in their order."""

    index: int
    what: str
    now: Event


@pytest.fixture(autouse=True, params=["as shipped", "tight"])
def limits(request: pytest.FixtureRequest) -> Generator[None]:
    """Once with the limits as they are, once so tight that a few events take every way through the code."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "tight":
            patch.setattr(seating, "FULL", 0b1111)
            patch.setattr(walk, "_FIRST_STRIDE", 1)
            patch.setattr(walk, "_STRIDE_GROWTH", 2)
            patch.setattr(walk, "_LONGEST_STRIDE", 2)
            patch.setattr(walk, "_MOST_POINTED_AT", 2)
            patch.setattr(filters, "_MOST_ONE_BY_ONE", 1)
            patch.setattr(rows, "_MOST_LOOKED_UP", 2)
            patch.setattr(text, "MOST_WALKED", 4)
            patch.setattr(text, "_FIRST_BATCH", 2)
            patch.setattr(walk, "_CLOSE", 1)
        yield


class World:
    """A store and, beside it, the events that should be in it."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
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

    def check_index(self) -> None:
        """The bitmaps hold what the events' terms say, and nothing else."""
        with closing(sqlite3.connect(self.store.path)) as connection:
            terms = {
                row[0]: tuple(row[1:]) for row in connection.execute("SELECT id, account_id, kind, value FROM term")
            }
            found = {
                (*terms[term], chunk, slot)
                for term, chunk, bits in connection.execute("SELECT term, chunk, bits FROM posting")
                for slot in slots_of(unpack(bits))
            }
            events = connection.execute("SELECT account_id, chunk, slot, record FROM event").fetchall()
            seats = {
                (account_id, key, slot)
                for account_id, key, live in connection.execute("SELECT account_id, key, live FROM chunk")
                for slot in slots_of(unpack(live))
            }
        expected = {
            (account_id, *term, chunk, slot)
            for account_id, chunk, slot, record in events
            for term in terms_of(decode_event(record, ""))
        }
        assert found == expected
        assert seats == {(account_id, chunk, slot) for account_id, chunk, slot, _ in events}

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


@asynccontextmanager
async def open_world() -> AsyncGenerator[World]:
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "milepost.db")
        try:
            await store.archive.load([Account(sid, sid, Instant(0)) for sid in (ACCOUNT, OTHER)])
            yield World(store)
        finally:
            store.close()


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_a_query_finds_what_going_through_all_events_finds(seed: int) -> None:
    """Hypothesis chooses the seed alone: drawn one by one, events and queries come too few to meet each other."""
    maker = Maker(seed)
    asked = [maker.query() for _ in range(60)]

    async def run() -> None:
        async with open_world() as world:
            await world.load(maker.events(100))
            await world.check(asked)
            await world.edit(maker.edits(40))
            await world.load(maker.events(20))
            await world.edit_together(maker.edits(15), maker.events(10))
            await world.check(asked)
            await world.check([EventQuery(limit=100)])

    asyncio.run(run())


def test_the_questions_are_telling() -> None:
    """Most find something, and each filter narrows what many of them find."""
    maker = Maker(1)
    events = [event for event in maker.events(100) if event.account_sid == ACCOUNT]
    asked = [maker.query() for _ in range(500)]
    found = [brute_force.find(events, query, {}) for query in asked]
    assert sum(bool(page.events) for page in found) > len(asked) / 3
    for field in fields(EventQuery):
        if field.name not in ("limit", "include_all_tags"):
            without = [replace(query, **{field.name: getattr(EventQuery(), field.name)}) for query in asked]
            narrowed = sum(
                brute_force.find(events, query, {}) != page for query, page in zip(without, found, strict=True)
            )
            assert narrowed >= 5, field.name
