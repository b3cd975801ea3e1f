"""Whatever is asked of whatever is there, the store finds what going through all events one by one finds."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.domain.account import Account
from milepost.domain.archive import ArchivedEvent, TagNumber
from milepost.domain.event import Check, Event, EventType, Provenance, Severity
from milepost.domain.instant import DAY, MINUTE, Instant
from milepost.domain.query import EventQuery, Position
from milepost.domain.scope import Restriction, Scope
from milepost.domain.tags import TagFilter, TagId
from milepost.domain.text import fold
from milepost.stores.sqlite import seating
from milepost.stores.sqlite.chunks import slots_of, unpack
from milepost.stores.sqlite.query import filters, rows, text, walk
from milepost.stores.sqlite.record import decode_event
from milepost.stores.sqlite.store import SqliteStore
from milepost.stores.sqlite.terms import terms_of
from tests.stores import brute_force

ACCOUNT, OTHER = "acc_one", "acc_other"
BY = Provenance("test")

SIDS = st.sampled_from(["A", "B", "C"])
SCOPE = st.just(("*",)) | st.lists(SIDS, min_size=1, max_size=2, unique=True).map(tuple)
MOMENTS = (st.integers(0, 40) | st.integers(0, 300 * DAY)).map(Instant)
SPANS = st.sampled_from([0, 1, 5, MINUTE, MINUTE + 1, 4 * MINUTE, 90 * MINUTE, DAY, 20 * DAY, 200 * DAY])
TAG_NAMES = st.sampled_from(["a", "b", "c", "ä"])
TAGS = st.none() | st.dictionaries(
    TAG_NAMES, st.lists(TAG_NAMES, min_size=1, max_size=2, unique=True).map(tuple), min_size=1
)
WORDS = st.sampled_from(["deploy", "Deploy", "roll back", "École", "ab", "Straße", "x", "depl"])
NAMES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


@st.composite
def events(draw: st.DrawFn) -> Event:
    started_at = draw(MOMENTS)
    span = draw(st.none() | SPANS)
    return Event(
        sid=draw(st.text("aZ0_-", min_size=1, max_size=6)),
        account_sid=draw(st.sampled_from([ACCOUNT, ACCOUNT, ACCOUNT, OTHER])),
        type=draw(st.sampled_from(EventType)),
        name=draw(NAMES),
        description=draw(st.none() | NAMES),
        source=draw(st.none() | st.sampled_from(["ci", "cd"])),
        scope=Scope(draw(SCOPE), draw(SCOPE)),
        started_at=started_at,
        ended_at=None if span is None else Instant(started_at + span),
        created_at=Instant(0),
        severity=draw(st.none() | st.sampled_from(Severity)),
        tags=draw(TAGS),
        check=draw(st.none() | st.builds(Check, st.integers(1, 3))),
        dedup_key=draw(st.none() | st.sampled_from(["k1", "k2", "k3", "k4"])),
    )


TAG_REFERENCES = TAG_NAMES | st.integers(1, 5).map(TagId)
TAG_FILTERS = st.builds(TagFilter, TAG_REFERENCES, st.lists(TAG_REFERENCES, max_size=2).map(tuple)) | st.builds(
    TagFilter, st.none(), st.lists(TAG_REFERENCES, min_size=1, max_size=2).map(tuple)
)
REACH = st.none() | st.frozensets(SIDS, max_size=2)


@st.composite
def queries(draw: st.DrawFn) -> EventQuery:
    def maybe(strategy: st.SearchStrategy[Any]) -> Any:
        return draw(strategy) if draw(st.integers(0, 3)) == 0 else None

    start, end = maybe(MOMENTS), maybe(MOMENTS)
    message = maybe(WORDS)
    if message is not None and len(fold(message)) < 3 and start is None:
        start = Instant(0)
    position = maybe(st.builds(Position, MOMENTS, st.text("aZ0_-", min_size=1, max_size=6)))
    return EventQuery(
        types=maybe(st.frozensets(st.sampled_from(EventType), max_size=3)) or frozenset(),
        start=start,
        end=end,
        bucket_sid=maybe(SIDS),
        environment_sid=maybe(SIDS),
        ongoing=maybe(st.booleans()),
        source=maybe(st.sampled_from(["ci", "cd", "absent"])),
        severities=maybe(st.frozensets(st.sampled_from(Severity), max_size=2)) or frozenset(),
        check_id=maybe(st.integers(1, 4)),
        dedup_key=maybe(st.sampled_from(["k1", "k2", "k5"])),
        message=None if message is None else fold(message),
        include_tags=maybe(st.lists(TAG_FILTERS, max_size=2).map(tuple)) or (),
        include_all_tags=draw(st.booleans()),
        exclude_tags=maybe(st.lists(TAG_FILTERS, max_size=2).map(tuple)) or (),
        reach=maybe(st.builds(Restriction, REACH, REACH)) or Restriction(),
        after=position,
        limit=draw(st.integers(1, 8)),
    )


@dataclass(frozen=True)
class Edit:
    """Something done to one of the events that are there, by its place in their order."""

    index: int
    what: str
    now: Event


EDITS = st.builds(Edit, st.integers(0, 60), st.sampled_from(["change", "change", "delete", "restore"]), events())


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


@settings(max_examples=150)
@given(
    st.lists(events(), max_size=60),
    st.lists(EDITS, max_size=20),
    st.lists(events(), max_size=10),
    st.lists(events(), max_size=5),
    st.lists(queries(), max_size=12),
)
def test_a_query_finds_what_going_through_all_events_finds(
    first: list[Event], edits: list[Edit], second: list[Event], third: list[Event], asked: list[EventQuery]
) -> None:
    async def run() -> None:
        async with open_world() as world:
            await world.load(first)
            await world.check(asked)
            await world.edit(edits)
            await world.load(second)
            await world.edit_together(edits[:5], third)
            await world.check(asked)
            await world.check([EventQuery(limit=100)])

    asyncio.run(run())
