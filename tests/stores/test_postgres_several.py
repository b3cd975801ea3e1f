"""Events with several values of a tag key: found by a term of their own, also where a program of the version before wrote them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import psycopg
import pytest

from milepost.domain.query import EventQuery
from milepost.domain.tags import parse_tag_filter
from milepost.stores.postgres.hashed_terms import hashed
from milepost.stores.postgres.several import LOCK
from milepost.stores.postgres.store import PostgresStore
from milepost.stores.timeline.terms import TermKind
from tests.stores.postgres_rooms import ACCOUNT, SOON_SECONDS, bound, look, make, open_store

BOTH = EventQuery(
    include_tags=tuple(parse_tag_filter(f"Environment~{value}", "tag") for value in ("Prod", "Dev")),
    include_all_tags=True,
)
UNMARKED = "SELECT noticed - marked FROM account"
HELD_UP = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_an_event_with_two_values_of_a_key_is_found_by_both(url: str) -> None:
    async with open_store(url) as store:
        await _write(store)
        assert await _found(store) == ["evt_000001"]
    assert look(url, UNMARKED) == [(0,)]
    assert len(_marks(url)) == 1


async def test_what_the_version_before_wrote_is_found_and_marked_by_the_next_who_looks(url: str) -> None:
    async with open_store(url) as store:
        await _write(store)
        marks = _marks(url)
        _as_the_version_before_wrote(url)
        assert await _found(store) == ["evt_000001"]
        await store.catch_up()
        assert await _found(store) == ["evt_000001"]
    assert look(url, UNMARKED) == [(0,)]
    assert _marks(url) == marks


async def test_servers_that_look_at_once_count_nothing_twice(url: str) -> None:
    async with open_store(url) as one, open_store(url) as other:
        await _write(one)
        _as_the_version_before_wrote(url)
        await asyncio.gather(*(store.catch_up() for store in (one, other) * 2))
        assert look(url, UNMARKED) == [(0,)]


async def test_nobody_waits_for_a_server_that_marks(url: str) -> None:
    async with left_behind(url) as store:
        with psycopg.connect(url) as another:
            another.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            await store.catch_up()
            assert look(url, UNMARKED) == [(3,)]
        await store.catch_up()
        assert look(url, UNMARKED) == [(0,)]


async def test_an_account_that_is_being_written_to_does_not_keep_others_from_being_marked(url: str) -> None:
    async with left_behind(bound(url, lock_timeout="100ms")) as store:
        look(url, "INSERT INTO account (sid, name, created_at, noticed) VALUES ('acc_z', 'z', 0, 1)")
        with psycopg.connect(url) as writer:
            writer.execute("SELECT 1 FROM account WHERE sid = %s FOR NO KEY UPDATE", (ACCOUNT,))
            await store.catch_up()
            assert look(url, f"{UNMARKED} ORDER BY id") == [(3,), (0,)]
        await store.catch_up()
        assert look(url, f"{UNMARKED} ORDER BY id") == [(0,), (0,)]


async def test_a_server_that_stops_breaks_off_marking(url: str) -> None:
    async with left_behind(url) as store:
        with psycopg.connect(url) as writer:
            writer.execute("SELECT 1 FROM account WHERE sid = %s FOR NO KEY UPDATE", (ACCOUNT,))
            marking = asyncio.create_task(store.catch_up())
            async with asyncio.timeout(SOON_SECONDS):
                while not look(url, HELD_UP):  # noqa: ASYNC110 - of another program nothing tells
                    await asyncio.sleep(0.01)
            marking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await marking
            assert not look(url, HELD_UP)


@asynccontextmanager
async def left_behind(url: str) -> AsyncGenerator[PostgresStore]:
    """A store with events that the version before wrote."""
    async with open_store(url) as store:
        await _write(store)
        _as_the_version_before_wrote(url)
        yield store


async def _write(store: PostgresStore) -> None:
    """One event with both values, one with either."""
    for number, values in enumerate((("Prod", "Dev"), ("Prod",), ("Dev",)), 1):
        await store.events.create(replace(make(number), tags={"Environment": values}))


async def _found(store: PostgresStore) -> list[str]:
    return [event.sid for event in (await store.events.find(ACCOUNT, BOTH)).events]


def _marks(url: str) -> list[tuple[int, str]]:
    term = hashed(look(url, "SELECT id FROM account")[0][0], (TermKind.SEVERAL, "Environment")).hex()
    return look(url, f"SELECT chunk, bits FROM posting WHERE term = '\\x{term}'")  # noqa: S608 - a number in letters


def _as_the_version_before_wrote(url: str) -> None:
    """Without the marks, which it doesn't count either."""
    term = hashed(look(url, "SELECT id FROM account")[0][0], (TermKind.SEVERAL, "Environment")).hex()
    look(url, f"DELETE FROM posting WHERE term = '\\x{term}'", "UPDATE account SET marked = 0")  # noqa: S608
