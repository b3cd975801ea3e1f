"""Whatever is asked of whatever is there, a store finds what going through all events one by one finds."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.domain.account import Account
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.stores.postgres import seating as postgres_seating
from milepost.stores.postgres.connection import connect
from milepost.stores.postgres.hashed_terms import hashed
from milepost.stores.postgres.query import leading as postgres_leading
from milepost.stores.postgres.query import rows as postgres_rows
from milepost.stores.postgres.query import text as postgres_text
from milepost.stores.postgres.query import walk as postgres_walk
from milepost.stores.postgres.store import PostgresStore
from milepost.stores.sqlite import seating
from milepost.stores.sqlite.chunks import unpack
from milepost.stores.sqlite.query import filters, rows, text, walk
from milepost.stores.sqlite.store import SqliteStore
from milepost.stores.timeline.chunk_keys import slots_of
from milepost.stores.timeline.record import decode_event
from milepost.stores.timeline.terms import terms_of
from tests.postgres_server import database
from tests.stores import brute_force
from tests.stores.made_up_timeline import ACCOUNT, OTHER, Maker
from tests.stores.world import World

OpenWorld = Callable[[], AbstractAsyncContextManager[World]]
ACCOUNTS = [Account(sid, sid, Instant(0)) for sid in (ACCOUNT, OTHER)]


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
            patch.setattr(walk, "_MOST_LOOKED_AT", 3)
            patch.setattr(postgres_seating, "FULL", 0b1111)
            patch.setattr(postgres_walk, "FIRST_STRIDE", 1)
            patch.setattr(postgres_walk, "STRIDE_GROWTH", 2)
            patch.setattr(postgres_walk, "LONGEST_STRIDE", 2)
            patch.setattr(postgres_leading, "MOST_MERGED", 2)
            patch.setattr(postgres_leading, "MOST_WEIGHED", 2)
            patch.setattr(postgres_walk, "MOST_WEIGHED", 2)
            patch.setattr(postgres_leading, "NEAR", 1)
            patch.setattr(postgres_walk, "MOST_LOOKED_UP", 2)
            patch.setattr(postgres_rows, "MOST_LOOKED_UP", 2)
            patch.setattr(postgres_walk, "MOST_CHECKED", 1)
            patch.setattr(postgres_text, "MOST_WALKED", 4)
            patch.setattr(postgres_text, "MOST_WALKED_WITH_FILTERS", 4)
            patch.setattr(postgres_text, "MOST_STRETCHES", 2)
            patch.setattr(postgres_walk, "FIRST_UNORDERED_STRIDE", 1)
            patch.setattr(postgres_walk, "UNORDERED_GROWTH", 2)
            patch.setattr(postgres_walk, "LONGEST_UNORDERED_STRIDE", 4)
        yield


def check_sqlite_index(path: Path) -> None:
    """The bitmaps hold what the events' terms say, and nothing else."""
    with closing(sqlite3.connect(path)) as connection:
        terms = {row[0]: tuple(row[1:]) for row in connection.execute("SELECT id, account_id, kind, value FROM term")}
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


def check_postgres_index(url: str) -> None:
    """The same of the other store, whose terms are hashes."""
    with connect(url) as connection:
        found = {
            (bytes(term), chunk, slot)
            for term, chunk, bits in connection.execute("SELECT term, chunk, bits FROM posting")
            for slot in slots_of(bits)
        }
        events = connection.execute("SELECT account_id, chunk, slot, record FROM event").fetchall()
        seats = {
            (account_id, key, slot)
            for account_id, key, live in connection.execute("SELECT account_id, key, live FROM chunk")
            for slot in slots_of(live)
        }
    expected = {
        (hashed(account_id, term), chunk, slot)
        for account_id, chunk, slot, record in events
        for term in terms_of(decode_event(record, ""))
    }
    assert found == expected
    assert seats == {(account_id, chunk, slot) for account_id, chunk, slot, _ in events}


@asynccontextmanager
async def open_sqlite() -> AsyncGenerator[World]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "milepost.db"
        store = SqliteStore(path)
        try:
            await store.archive.load(ACCOUNTS)
            yield World(store, partial(check_sqlite_index, path))
        finally:
            store.close()


@asynccontextmanager
async def open_postgres() -> AsyncGenerator[World]:
    with database() as url:
        async with await PostgresStore.open(url) as store:
            await store.archive.load(ACCOUNTS)
            yield World(store, partial(check_postgres_index, url))


@pytest.mark.parametrize("open_world", [open_sqlite, open_postgres], ids=["sqlite", "postgres"])
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_a_query_finds_what_going_through_all_events_finds(open_world: OpenWorld, seed: int) -> None:
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
