"""The writer: what arrives together is committed together, and answered after it."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from milepost.domain.account import Account
from milepost.domain.archive import ArchivedEvent
from milepost.domain.errors import Unavailable
from milepost.domain.event import Provenance
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.domain.token import Token, TokenKind
from milepost.stores.sqlite import tokens as tokens_module
from milepost.stores.sqlite import writer as writer_module
from milepost.stores.sqlite.store import SqliteStore
from milepost.stores.sqlite.writer import Work
from tests.stores.sqlite_rooms import ACCOUNT, look, make, open_store


class Gate:
    """An item that keeps the writer busy until it is opened, so that others gather behind it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self.entered = threading.Event()

    def __call__(self, _: Work) -> None:
        self.entered.set()
        self._open.wait(30)

    def open(self) -> None:
        self._open.set()


class Commits:
    """Counts them in place of the store's own listener."""

    def __init__(self, store: SqliteStore) -> None:
        self.count = 0
        store._writer._committed = self._committed

    def _committed(self) -> None:
        self.count += 1


async def test_what_gathers_is_committed_in_one_transaction(tmp_path: Path) -> None:
    async with open_store(tmp_path / "milepost.db") as store:
        gate, commits = Gate(), Commits(store)
        async with anyio.create_task_group() as group:
            group.start_soon(store._writer.write, gate)
            await anyio.to_thread.run_sync(gate.entered.wait)
            for number in range(50):
                group.start_soon(store.events.create, make(number))
            await anyio.wait_all_tasks_blocked()
            gate.open()
        assert commits.count == 2


async def test_what_comes_together_is_committed_together_though_the_writer_was_idle(tmp_path: Path) -> None:
    async with open_store(tmp_path / "milepost.db") as store:
        commits = Commits(store)
        async with anyio.create_task_group() as group:
            for number in range(50):
                group.start_soon(store.events.create, make(number))
        assert commits.count == 1


async def test_an_answer_comes_after_the_commit(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store, anyio.create_task_group() as group:

        async def create(number: int) -> None:
            event = make(number)
            await store.events.create(event)
            assert look(path, f"SELECT count(*) FROM event WHERE sid = '{event.sid}'") == [(1,)]  # noqa: S608

        for number in range(30):
            group.start_soon(create, number)


async def test_a_group_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "MOST_WAITING", 5)
    async with open_store(tmp_path / "milepost.db") as store:
        gate = Gate()
        async with anyio.create_task_group() as group:
            group.start_soon(store._writer.write, gate)
            await anyio.to_thread.run_sync(gate.entered.wait)
            for number in range(5):
                group.start_soon(store.events.create, make(number))
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(Unavailable, match="writes are waiting"):
                await store.events.create(make(6))
            gate.open()


async def test_a_bug_in_one_item_fails_that_item_alone(tmp_path: Path) -> None:
    def broken(work: Work) -> None:
        work.connection.execute("INSERT INTO account (sid, name, created_at) VALUES ('acc_half', 'half', 0)")
        raise ZeroDivisionError

    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        outcomes = await asyncio.gather(
            store.events.create(make(1)),
            store._writer.write(broken),
            store.events.create(make(2)),
            return_exceptions=True,
        )
        assert isinstance(outcomes[1], ZeroDivisionError)
    assert look(path, "SELECT sid FROM event ORDER BY sid") == [("evt_000001",), ("evt_000002",)]
    assert look(path, "SELECT sid FROM account") == [(ACCOUNT,)]


async def test_what_gathers_at_one_moment_keeps_events_apart(tmp_path: Path) -> None:
    """Deleting the newest event and writing another in one transaction: neither takes the other's place."""
    path = tmp_path / "milepost.db"
    by, other = Provenance("test"), "acc_other"
    async with open_store(path) as store:
        await store.archive.load([Account(other, "other", Instant(0))])
        moment = Instant(1_000)
        expected: dict[str, set[str]] = {ACCOUNT: set(), other: set()}
        for number in range(0, 40, 4):
            doomed, back = (make(number + step, started_at=moment, source="old") for step in (0, 1))
            await store.events.create(back)
            await store.events.delete(ACCOUNT, back.sid, lambda _: None, by, moment)
            await store.events.create(doomed)
            fresh = [
                make(number + step, started_at=moment, account_sid=sid) for step, sid in ((2, ACCOUNT), (3, other))
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
            expected[other].add(fresh[1].sid)
        for account_sid, wanted in expected.items():
            page = await store.events.find(account_sid, EventQuery(limit=100))
            assert {event.sid for event in page.events} == wanted
            page = await store.events.find(account_sid, EventQuery(message="event", limit=100))
            assert {event.sid for event in page.events} == wanted
        exported = [entry async for entry in store.archive.entries(None)]
        live = {entry.event.sid for entry in exported if isinstance(entry, ArchivedEvent) and not entry.deleted}
        assert live == expected[ACCOUNT] | expected[other]
    assert look(path, "SELECT count(*) FROM event WHERE chunk IS NULL") == [(0,)]


async def test_uses_of_tokens_are_written_when_nothing_else_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens_module, "USES_WRITTEN_WITHIN_SECONDS", 0.01)
    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        await keep_token(store)
        committed = threading.Event()
        store._writer._committed = committed.set
        await store.tokens.note_use("mcp_1", Instant(50))
        assert await anyio.to_thread.run_sync(committed.wait, 10)
        assert look(path, "SELECT last_used_at FROM token") == [(50,)]


async def test_uses_of_tokens_are_written_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        await keep_token(store)
        await store.tokens.note_use("mcp_1", Instant(50))
    assert look(path, "SELECT last_used_at FROM token") == [(50,)]


async def keep_token(store: SqliteStore) -> None:
    token = Token(sid="mcp_1", account_sid=ACCOUNT, kind=TokenKind.MCP, name="n", hint="h", created_at=Instant(1))
    await store.tokens.add_token(token, bytes(32))
