"""When the database fails: callers are told what is so, and whatever comes next works as soon as the database does."""

import asyncio
import threading
from collections.abc import Generator
from functools import partial

import anyio
import psycopg
import pytest

from milepost.domain.archive import ArchivedEvent
from milepost.domain.errors import Unavailable
from milepost.domain.query import EventQuery
from milepost.stores.postgres import connection as connection_module
from milepost.stores.postgres import connections as connections_module
from milepost.stores.postgres.connection import complete
from milepost.stores.postgres.store import PostgresStore
from tests.postgres_server import PostgresServer, running_server
from tests.stores.postgres_rooms import ACCOUNT, bound, look, make, open_store, sids

END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture(scope="module")
def server() -> Generator[PostgresServer]:
    """A server of this module's own, to be stopped and started; its disk is waited for."""
    with running_server(durable=True) as found:
        yield found


def trouble(url: str, *, on: str, first_only: bool = False, deferred: bool = False, words: str) -> None:
    """Make the database do `words` when an event is written (`on` a table), the first time or each time."""
    condition = "IF nextval('tries') = 1 THEN" if first_only else "IF nextval('tries') > 0 THEN"
    kind = "CONSTRAINT TRIGGER" if deferred else "TRIGGER"
    when = "DEFERRABLE INITIALLY DEFERRED" if deferred else ""
    look(
        url,
        "CREATE SEQUENCE tries",
        f"CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {condition} {words}; END IF; RETURN NULL; END $$",
        f"CREATE {kind} trouble AFTER INSERT ON {on} {when} FOR EACH ROW EXECUTE FUNCTION trouble()",
    )


DIE = "PERFORM pg_terminate_backend(pg_backend_pid())"


def fail(code: str) -> str:
    return f"RAISE EXCEPTION 'made up' USING ERRCODE = '{code}'"


async def test_a_server_that_is_away_is_told_and_used_again_when_it_is_back(server: PostgresServer) -> None:
    async with open_store(server.migrated_database()) as store:
        await store.events.create(make(1))
        server.stop()
        try:
            for attempt in (partial(sids, store), partial(store.events.create, make(2)), store.accounts.accounts):
                with pytest.raises(Unavailable, match=r"reached|shutting down") as raised:
                    await attempt()
                assert not raised.value.outcome_unknown
        finally:
            server.start()
        await store.events.create(make(3))
        assert await sids(store) == ["evt_000003", "evt_000001"]


async def test_what_was_acknowledged_survives_a_crash(server: PostgresServer) -> None:
    acknowledged: list[str] = []
    async with open_store(server.migrated_database()) as store:

        async def write(first: int) -> None:
            for number in range(first, first + 1_000):
                try:
                    acknowledged.append((await store.events.create(make(number))).event.sid)
                except Unavailable:
                    return

        async with anyio.create_task_group() as group:
            for writer in range(8):
                group.start_soon(write, writer * 1_000)
            while len(acknowledged) < 200:
                await anyio.lowlevel.checkpoint()
            await anyio.to_thread.run_sync(server.stop, "immediate")
        server.start()
        exported = {entry.event.sid async for entry in store.archive.entries(None) if isinstance(entry, ArchivedEvent)}
        assert set(acknowledged) <= exported


async def test_connections_that_were_ended_are_replaced(url: str) -> None:
    async with open_store(url) as store:
        await store.events.create(make(1))
        for number in range(2, 5):
            assert len(await sids(store)) == number - 1
            look(url, END_OTHERS)
            assert len(await sids(store)) == number - 1
            look(url, END_OTHERS)
            await store.events.create(make(number))


@pytest.mark.parametrize("words", [DIE, fail("40001"), fail("40P01")], ids=["terminated", "serialisation", "deadlock"])
async def test_a_write_that_certainly_was_rolled_back_is_tried_again(url: str, words: str) -> None:
    async with open_store(url) as store:
        trouble(url, on="event", first_only=True, words=words)
        assert not (await store.events.create(make(1))).replayed
        assert await sids(store) == ["evt_000001"]


async def test_trying_again_has_an_end(url: str) -> None:
    async with open_store(url) as store:
        trouble(url, on="event", words=DIE)
        with pytest.raises(Unavailable) as raised:
            await store.events.create(make(1))
        assert not raised.value.outcome_unknown
        assert look(url, "SELECT last_value FROM tries") == [(3,)]


async def test_a_connection_lost_during_a_commit_leaves_the_outcome_unknown(url: str) -> None:
    async with open_store(url) as store:
        trouble(url, on="event", deferred=True, words=DIE)
        outcomes = await asyncio.gather(*(store.events.create(make(n)) for n in range(5)), return_exceptions=True)
        assert [isinstance(one, Unavailable) and one.outcome_unknown for one in outcomes] == [True] * 5
        look(url, "DROP TRIGGER trouble ON event")
        await store.events.create(make(9))
        assert await sids(store) == ["evt_000009"]


@pytest.mark.parametrize("code", ["40001", "23514", "53100"])
async def test_a_commit_that_the_server_refuses_is_no_doubt(url: str, code: str) -> None:
    async with open_store(url) as store:
        trouble(url, on="event", deferred=True, words=fail(code))
        with pytest.raises(Unavailable) as raised:
            await store.events.create(make(1))
        assert not raised.value.outcome_unknown
        assert await sids(store) == []


async def test_a_commit_that_met_another_transaction_is_tried_again(url: str) -> None:
    async with open_store(url) as store:
        trouble(url, on="event", deferred=True, first_only=True, words=fail("40001"))
        await store.events.create(make(1))
        assert await sids(store) == ["evt_000001"]


@pytest.mark.parametrize(
    ("code", "words"),
    [("53100", "run out of room"), ("58030", "its disk"), ("53300", "run out of"), ("XX001", "damaged")],
)
async def test_what_the_server_lacks_is_told(url: str, code: str, words: str) -> None:
    async with open_store(url) as store:
        trouble(url, on="event", words=fail(code))
        with pytest.raises(Unavailable, match=words) as raised:
            await store.events.create(make(1))
        assert "made up" not in str(raised.value)
        assert "made up" in raised.value.detail


async def test_a_lock_that_somebody_keeps_is_waited_for_no_longer_than_allowed(url: str) -> None:
    async with open_store(bound(url, lock_timeout="50ms")) as store:
        with psycopg.connect(url) as other:
            other.execute("SELECT 1 FROM account FOR UPDATE")
            with pytest.raises(Unavailable, match="locked by others") as raised:
                await store.events.create(make(1))
            assert not raised.value.outcome_unknown
            assert await sids(store) == []
        await store.events.create(make(1))


async def test_a_statement_that_takes_too_long_is_stopped(url: str) -> None:
    async with open_store(bound(url, statement_timeout="50ms")) as store:
        trouble(url, on="event", words="PERFORM pg_sleep(30)")
        with pytest.raises(Unavailable, match="too long") as raised:
            await store.events.create(make(1))
        assert not raised.value.outcome_unknown


async def test_a_database_that_takes_no_writes_is_read_all_the_same(url: str) -> None:
    async with open_store(url) as store:
        await store.events.create(make(1))
    read_only = bound(url, default_transaction_read_only="on")
    async with await PostgresStore.open(read_only) as store:
        assert await sids(store) == ["evt_000001"]
        with pytest.raises(Unavailable, match="read-only") as raised:
            await store.events.create(make(2))
        assert not raised.value.outcome_unknown


async def test_a_connection_is_waited_for_no_longer_than_allowed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections_module, "LONGEST_WAIT_SECONDS", 0.05)
    held, let_go = threading.Event(), threading.Event()

    def hold(_: psycopg.Connection) -> None:
        held.set()
        let_go.wait()

    async with open_store(url, most_connections=1) as store, anyio.create_task_group() as group:
        group.start_soon(store._connections.glance, hold)
        await anyio.to_thread.run_sync(held.wait)
        with pytest.raises(Unavailable, match="no connection became free"):
            await store.events.get(ACCOUNT, "evt_000001")
        let_go.set()


async def test_a_closed_store_says_so(url: str) -> None:
    async with open_store(url) as store:
        pass
    for attempt in (partial(store.events.find, ACCOUNT, EventQuery()), partial(store.events.create, make(1))):
        with pytest.raises(Unavailable, match="clos"):
            await attempt()


async def test_of_several_hosts_the_one_that_takes_writes_is_used(url: str) -> None:
    port = url.rpartition(":")[2].partition("/")[0]
    several = url.replace(f"127.0.0.1:{port}", f"127.0.0.1:1,127.0.0.1:{port}")
    assert "target_session_attrs=read-write" in complete(several)
    async with open_store(several) as store:
        await store.events.create(make(1))
        assert await sids(store) == ["evt_000001"]


def test_what_the_url_sets_is_left_as_it_is() -> None:
    found = complete("postgresql://u@h/d?connect_timeout=1&target_session_attrs=any&options=-c%20lock_timeout%3D1s")
    assert "connect_timeout=1 " in f"{found} "
    assert "target_session_attrs=any" in found
    assert found.index(f"lock_timeout={connection_module.LOCK_SECONDS}s") < found.index("lock_timeout=1s")
