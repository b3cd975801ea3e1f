"""Substrings are looked for stretch by stretch: what wrote a text, or moved its event, never matters."""

import random
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest

from milepost.domain.archive import ArchivedEvent
from milepost.domain.event import Event, Provenance
from milepost.domain.instant import DAY, Instant
from milepost.domain.query import EventQuery, Position
from milepost.stores.postgres.migrations import migrations, prepare_database
from milepost.stores.postgres.query import text
from milepost.stores.postgres.query.text import stretches_between
from milepost.stores.postgres.store import PostgresStore
from milepost.stores.timeline.chunk_keys import BEGINNING
from tests.postgres_server import shared_server
from tests.stores.postgres_rooms import ACCOUNT, look, make, open_store

BY = Provenance("rest", None, None)
QUOKKA = EventQuery(message="quokka")


@pytest.fixture
def barely_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything but the newest event is found by its trigrams."""
    monkeypatch.setattr(text, "MOST_WALKED", 1)


def move(started_at: Instant, name: str, event: Event) -> Event:
    return replace(event, name=name, started_at=started_at, version=event.version + 1)


async def found(store: PostgresStore, query: EventQuery = QUOKKA) -> list[str]:
    page = await store.events.find(ACCOUNT, query)
    return [event.sid for event in page.events]


def test_program_and_database_number_stretches_alike(url: str) -> None:
    chance = random.Random(1)
    with psycopg.connect(url) as connection:
        for _ in range(300):
            account_id, first = chance.choice((1, 2, 70_000)), chance.randrange(-(10**13), 10**13)
            last = first + int(10 ** chance.uniform(0, 14))
            moment = chance.choice((first, last, chance.randint(first, last)))
            row = connection.execute("SELECT stretches_of(%s, %s)", (account_id, moment)).fetchone()
            assert row
            assert not set(row[0]).isdisjoint(stretches_between(account_id, first, last))


def test_stretches_are_few_and_hold_little_else() -> None:
    for days in range(1, 3_000):
        stretches = stretches_between(1, 0, days * DAY)
        assert len(stretches) <= text.MOST_STRETCHES
        far = stretches_between(1, 2 * days * DAY, 3 * days * DAY)
        assert set(stretches).isdisjoint(far)
    assert stretches_between(3, BEGINNING, 0) == stretches_between(3, BEGINNING, -BEGINNING)


@pytest.mark.usefixtures("barely_walked")
async def test_a_moved_event_is_found_by_its_text_where_it_is_now(url: str) -> None:
    async with open_store(url) as store:
        await store.archive.load(ArchivedEvent(make(number)) for number in range(3))
        for number in range(3):
            moved = Instant((5 - number) * 400 * DAY)

            await store.events.change(ACCOUNT, f"evt_{number:06}", partial(move, moved, f"quokka {number}"), BY)
        assert await found(store) == ["evt_000000", "evt_000001", "evt_000002"]
        after = Position(Instant(1_700 * DAY), "")
        assert await found(store, replace(QUOKKA, after=after)) == ["evt_000001", "evt_000002"]


@pytest.mark.usefixtures("barely_walked")
async def test_a_text_that_the_version_before_wrote_is_found(url: str) -> None:
    async with open_store(url) as store:
        await store.archive.load(ArchivedEvent(make(number, name=f"quokka {number}")) for number in range(3))
        look(url, "DELETE FROM event_text WHERE sid = 'evt_000000'")
        look(url, "INSERT INTO event_text SELECT * FROM (VALUES (1::bigint, 'evt_000000', 'quokka 0', NULL)) AS old")
        assert await found(store) == ["evt_000002", "evt_000001", "evt_000000"]


def test_texts_get_their_time_when_the_database_is_upgraded(tmp_path: Path) -> None:
    server = shared_server()
    url = server.empty_database()
    try:
        [(_, first), *_] = migrations()
        (tmp_path / first.name).write_text(first.read_text())
        prepare_database(url, tmp_path)
        look(url, "INSERT INTO event (account_id, started_at, sid, record) VALUES (1, 5, 'b', '{}'), (1, 7, 'a', '{}')")
        look(url, "INSERT INTO event_text VALUES (1, 'a', 'one', NULL), (1, 'b', 'two', 'three')")
        prepare_database(url)
        rows = look(url, "SELECT sid, name, description, started_at FROM event_text ORDER BY sid")
        assert rows == [("a", "one", None, 7), ("b", "two", "three", 5)]
    finally:
        server.drop(url)
