"""The writer: what arrives together is committed together, and answered after it."""

import asyncio
import threading
from dataclasses import replace

import anyio
import psycopg
import pytest

from milepost.domain.account import Account
from milepost.domain.archive import ArchivedEvent
from milepost.domain.errors import Unavailable
from milepost.domain.event import Provenance
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.domain.token import Token, TokenKind
from milepost.stores.postgres import tokens as tokens_module
from milepost.stores.postgres import writer as writer_module
from milepost.stores.postgres.store import PostgresStore
from milepost.stores.postgres.workspace import Workspace
from tests.stores.postgres_rooms import ACCOUNT, OTHER, SOON_SECONDS, look, make, open_store, sids


class Gate:
    """An item that keeps its lane busy until it is opened, so that others gather behind it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self.entered = threading.Event()

    def __call__(self, _: Workspace) -> None:
        self.entered.set()
        self._open.wait(SOON_SECONDS)

    def open(self) -> None:
        self._open.set()


async def test_what_gathers_is_committed_in_one_transaction(url: str) -> None:
    async with open_store(url) as store:
        gate = Gate()
        async with anyio.create_task_group() as group:
            group.start_soon(store._writer.write, ACCOUNT, "evt_none", gate)
            await anyio.to_thread.run_sync(gate.entered.wait)
            for number in range(50):
                group.start_soon(store.events.create, make(number))
            await anyio.wait_all_tasks_blocked()
            gate.open()
        assert look(url, "SELECT count(DISTINCT xmin::text) FROM event") == [(1,)]


async def test_an_answer_comes_after_the_commit(url: str) -> None:
    async with open_store(url) as store, anyio.create_task_group() as group:

        async def create(number: int) -> None:
            event = make(number)
            await store.events.create(event)
            assert look(url, f"SELECT count(*) FROM event WHERE sid = '{event.sid}'") == [(1,)]  # noqa: S608

        for number in range(30):
            group.start_soon(create, number)


async def test_what_waits_is_bounded(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "MOST_WAITING", 5)
    async with open_store(url) as store:
        gate = Gate()
        async with anyio.create_task_group() as group:
            group.start_soon(store._writer.write, ACCOUNT, "evt_none", gate)
            await anyio.to_thread.run_sync(gate.entered.wait)
            for number in range(5):
                group.start_soon(store.events.create, make(number))
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(Unavailable, match="writes are waiting"):
                await store.events.create(make(6))
            gate.open()


async def test_a_write_that_waited_for_too_long_is_turned_away(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "LONGEST_WAIT_SECONDS", -1.0)
    async with open_store(url) as store:
        with pytest.raises(Unavailable, match="too busy"):
            await store.events.create(make(1))
        assert await sids(store) == []


async def test_a_lane_that_is_held_up_leaves_the_accounts_of_others_alone(url: str) -> None:
    accounts = [f"acc_{number}" for number in range(8)]
    async with open_store(url) as store:
        await store.archive.load([Account(sid, sid, Instant(0)) for sid in accounts])
        gate, written = Gate(), list[str]()

        async def create(account_sid: str) -> None:
            await store.events.create(make(1, account_sid=account_sid))
            written.append(account_sid)
            gate.open()

        async with anyio.create_task_group() as group:
            group.start_soon(store._writer.write, ACCOUNT, "evt_none", gate)
            await anyio.to_thread.run_sync(gate.entered.wait)
            for account_sid in accounts:
                group.start_soon(create, account_sid)
        assert sorted(written) == accounts


async def test_a_bug_in_one_item_fails_that_item_alone(url: str) -> None:
    def broken(_: Workspace) -> None:
        raise ZeroDivisionError

    async with open_store(url) as store:
        outcomes = await asyncio.gather(
            store.events.create(make(1)),
            store._writer.write(ACCOUNT, "evt_none", broken),
            store.events.create(make(2)),
            return_exceptions=True,
        )
        assert isinstance(outcomes[1], ZeroDivisionError)
        assert await sids(store) == ["evt_000002", "evt_000001"]


async def test_what_the_database_refuses_fails_alone(url: str) -> None:
    """Text that PostgreSQL can't hold never comes so far; were it to, its neighbours would be written all the same."""
    async with open_store(url) as store:
        gate, outcomes = Gate(), list[object]()
        async with anyio.create_task_group() as group:
            group.start_soon(store._writer.write, ACCOUNT, "evt_none", gate)
            await anyio.to_thread.run_sync(gate.entered.wait)

            async def gather() -> None:
                events = [make(1), make(2, name="a\0b"), make(3)]
                outcomes.extend(await asyncio.gather(*map(store.events.create, events), return_exceptions=True))

            group.start_soon(gather)
            await anyio.wait_all_tasks_blocked()
            gate.open()
        assert isinstance(outcomes[1], psycopg.DataError)
        assert await sids(store) == ["evt_000003", "evt_000001"]


async def test_what_gathers_at_one_moment_keeps_events_apart(url: str) -> None:
    """Deleting the newest event and writing another in one transaction: neither takes the other's place."""
    by = Provenance("test")
    async with open_store(url) as store:
        await store.archive.load([Account(OTHER, "other", Instant(0))])
        moment = Instant(1_000)
        expected: dict[str, set[str]] = {ACCOUNT: set(), OTHER: set()}
        for number in range(0, 40, 4):
            doomed, back = (make(number + step, started_at=moment, source="old") for step in (0, 1))
            await store.events.create(back)
            await store.events.delete(ACCOUNT, back.sid, lambda _: None, by, moment)
            await store.events.create(doomed)
            fresh = [
                make(number + step, started_at=moment, account_sid=sid) for step, sid in ((2, ACCOUNT), (3, OTHER))
            ]
            await asyncio.gather(
                store.events.delete(ACCOUNT, doomed.sid, lambda _: None, by, moment),
                store.history.restore(ACCOUNT, doomed.sid, lambda event: replace(event, version=3), by),
                store.events.delete(ACCOUNT, doomed.sid, lambda _: None, by, moment),
                store.events.create(fresh[1]),
                store.events.create(fresh[0]),
                store.history.restore(ACCOUNT, back.sid, lambda event: replace(event, version=3), by),
            )
            expected[ACCOUNT] |= {fresh[0].sid, back.sid}
            expected[OTHER].add(fresh[1].sid)
        for account_sid, wanted in expected.items():
            for query in (EventQuery(limit=100), EventQuery(message="event", limit=100)):
                page = await store.events.find(account_sid, query)
                assert {event.sid for event in page.events} == wanted
        exported = [entry async for entry in store.archive.entries(None)]
        live = {entry.event.sid for entry in exported if isinstance(entry, ArchivedEvent) and not entry.deleted}
        assert live == expected[ACCOUNT] | expected[OTHER]


async def test_a_key_changes_hands_in_one_transaction(url: str) -> None:
    by = Provenance("test")
    async with open_store(url) as store:
        first, second = make(1, dedup_key="a"), make(2, dedup_key="b")
        await asyncio.gather(store.events.create(first), store.events.create(second))
        gate = Gate()
        async with anyio.create_task_group() as group:
            group.start_soon(store._writer.write, ACCOUNT, "evt_none", gate)
            await anyio.to_thread.run_sync(gate.entered.wait)
            for sid, key in ((first.sid, "c"), (second.sid, "a"), (first.sid, "b")):
                group.start_soon(
                    store.events.change,
                    ACCOUNT,
                    sid,
                    lambda event, key=key: replace(event, dedup_key=key, version=event.version + 1),
                    by,
                )
                await anyio.wait_all_tasks_blocked()
            gate.open()
        assert sorted(look(url, "SELECT sid, dedup_key FROM event")) == [(first.sid, "b"), (second.sid, "a")]


async def test_uses_of_tokens_are_written_when_nothing_else_is(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens_module, "USES_WRITTEN_WITHIN_SECONDS", 0.0)
    async with open_store(url) as store:
        await keep_token(store)
        await store.tokens.note_use("mcp_1", Instant(50))
        with anyio.fail_after(SOON_SECONDS):
            while (await store.tokens.get_token(ACCOUNT, "mcp_1")).last_used_at != 50:
                await anyio.lowlevel.checkpoint()


async def test_uses_of_tokens_are_written_at_the_end(url: str) -> None:
    async with open_store(url) as store:
        await keep_token(store)
        await store.tokens.note_use("mcp_1", Instant(50))
    assert look(url, "SELECT last_used_at FROM token") == [(50,)]


async def keep_token(store: PostgresStore) -> None:
    token = Token(sid="mcp_1", account_sid=ACCOUNT, kind=TokenKind.MCP, name="n", hint="h", created_at=Instant(1))
    await store.tokens.add_token(token, bytes(32))
