"""The feed: nothing that is committed goes unheard, however late it comes and whatever becomes of connections."""

from collections.abc import AsyncIterator

import anyio
import psycopg
import pytest

from milepost.domain.account import Account
from milepost.domain.history import ChangeKind, Notice
from milepost.domain.instant import Instant
from milepost.stores.postgres import feed as feed_module
from milepost.stores.postgres import notices as notices_module
from milepost.stores.postgres.store import PostgresStore
from tests.stores.postgres_rooms import ACCOUNT, OTHER, SOON_SECONDS, look, make, open_store

LISTENING = (
    "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%' OR query LIKE '%noticed%'"
)
END_LISTENERS = f"SELECT pg_terminate_backend(pid) {LISTENING} AND pid <> pg_backend_pid()"
UNTOLD = (
    "INSERT INTO notice VALUES ((SELECT id FROM account WHERE sid = %s),"
    " (SELECT noticed FROM account WHERE sid = %s), 'created', %s, '[]')"
)


async def take(notices: AsyncIterator[Notice], count: int) -> list[Notice]:
    with anyio.fail_after(SOON_SECONDS):
        return [await anext(notices) for _ in range(count)]


async def test_what_another_server_writes_is_heard_once_and_in_order(url: str) -> None:
    async with open_store(url) as one, open_store(url) as other, one.feed.listen() as notices:
        for number in range(100):
            await (one, other)[number % 2].events.create(make(number))
        assert [notice.event_sid for notice in await take(notices, 100)] == [make(number).sid for number in range(100)]


async def test_where_no_hint_comes_through_the_table_is_looked_at_all_the_same(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices_module, "_TELL", b"SELECT 1")
    monkeypatch.setattr(feed_module, "LOOK_EVERY_SECONDS", 0.01)
    async with open_store(url) as store, store.feed.listen() as notices:
        for number in range(3):
            await store.events.create(make(number))
            assert [notice.event_sid for notice in await take(notices, 1)] == [make(number).sid]


async def test_nothing_is_lost_when_the_connection_is(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "_AFTER_FAULT_SECONDS", 0.0)
    async with open_store(url) as store, store.feed.listen() as notices:
        heard: list[str | None] = []
        for number in range(0, 60, 2):
            await store.events.create(make(number))
            look(url, END_LISTENERS)
            await store.events.create(make(number + 1))
            heard += [notice.event_sid for notice in await take(notices, 2)]
        assert heard == [make(number).sid for number in range(60)]


async def test_a_commit_that_comes_late_is_not_slipped_by(url: str) -> None:
    """A transaction takes its place and keeps its commit back, while others of another account are written and heard."""
    async with open_store(url) as store:
        await store.archive.load([Account(OTHER, "other", Instant(0))])
        async with store.feed.listen() as notices:
            with psycopg.connect(url) as late:
                late.execute("SELECT 1 FROM account WHERE sid = %s FOR NO KEY UPDATE", (OTHER,))
                late.execute("UPDATE account SET noticed = noticed + 1 WHERE sid = %s", (OTHER,))
                late.execute(UNTOLD, (OTHER, OTHER, "evt_late"))
                for number in range(5):
                    await store.events.create(make(number))
                assert [notice.event_sid for notice in await take(notices, 5)] == [make(n).sid for n in range(5)]
                late.execute("NOTIFY milepost_notice")
            assert await take(notices, 1) == [Notice(kind=ChangeKind.CREATED, account_sid=OTHER, event_sid="evt_late")]


async def test_writers_of_one_account_take_their_places_in_the_order_of_their_commits(url: str) -> None:
    async with open_store(url) as one, open_store(url) as other, one.feed.listen() as notices:

        async def write(store: PostgresStore, first: int) -> None:
            for number in range(first, first + 100):
                await store.events.create(make(number))

        told: list[Notice] = []
        async with anyio.create_task_group() as group:
            for number, store in enumerate((one, other, one, other)):
                group.start_soon(write, store, number * 100)
            told = await take(notices, 400)
        assert sorted(str(notice.event_sid) for notice in told) == sorted(make(number).sid for number in range(400))
    assert look(url, "SELECT count(*), max(position) FROM notice") == [(400, 400)]


async def test_one_who_comes_back_after_notices_were_trimmed_is_told_so(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices_module, "MOST_KEPT", 5)
    monkeypatch.setattr(notices_module, "TRIMMED_EVERY", 1)
    async with open_store(url) as store, store.feed.listen() as notices:
        await store.feed._stop()
        for number in range(20):
            await store.events.create(make(number))
        store.feed._watcher = None
        async with store.feed.listen():
            told = await take(notices, 6)
        assert told[0] == Notice(kind=ChangeKind.MISSED, account_sid=ACCOUNT)
        assert [notice.event_sid for notice in told[1:]] == [make(number).sid for number in range(15, 20)]


async def test_the_table_stays_small(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices_module, "MOST_KEPT", 10)
    monkeypatch.setattr(notices_module, "TRIMMED_EVERY", 5)
    async with open_store(url) as store:
        for number in range(50):
            await store.events.create(make(number))
    assert look(url, "SELECT count(*) FROM notice") == [(10,)]


async def test_listeners_end_when_the_store_is_closed(url: str) -> None:
    store = await PostgresStore.open(url)
    async with store.feed.listen() as notices:
        await store.close()
        assert [notice async for notice in notices] == []
