"""Several processes over one file: nothing lost, no lock reaches a caller, and each hears what the others do."""

import os
import sys
from pathlib import Path

import anyio
import pytest

from milepost.domain.history import ChangeKind, PurgeSelection
from milepost.domain.query import EventQuery
from milepost.stores.sqlite.store import SqliteStore
from tests.stores.sqlite_rooms import ACCOUNT, look, make, open_store

ROOT = Path(__file__).parents[2]
COUNT = 400


async def write_elsewhere(path: Path, first: int, acknowledged: list[str]) -> None:
    """Let another process write `COUNT` events; whatever goes wrong there goes wrong here."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "server")])}
    command = [sys.executable, "-m", "tests.stores.writing_process", str(path), str(first), str(COUNT)]
    done = await anyio.run_process(command, env=env, cwd=ROOT)
    acknowledged.extend(done.stdout.decode().split())


async def test_two_processes_write_at_once_and_a_third_hears_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    acknowledged: list[str] = []
    heard: list[str] = []
    async with open_store(path) as store, store.feed.listen() as notices:

        async def hear() -> None:
            async for notice in notices:
                assert notice.kind is ChangeKind.CREATED
                heard.append(str(notice.event_sid))
                if len(heard) == 2 * COUNT:
                    return

        with anyio.fail_after(120):
            async with anyio.create_task_group() as group:
                group.start_soon(hear)
                group.start_soon(write_elsewhere, path, 0, acknowledged)
                group.start_soon(write_elsewhere, path, COUNT, acknowledged)
        expected = {make(number).sid for number in range(2 * COUNT)}
        assert sorted(acknowledged) == sorted(expected)
        assert sorted(heard) == sorted(expected)
        for query in (EventQuery(source="s3", limit=100), EventQuery(message="event 79", limit=100)):
            assert (await store.events.find(ACCOUNT, query)).events
    assert look(path, "PRAGMA integrity_check") == [("ok",)]
    assert look(path, "SELECT count(*) FROM event WHERE chunk IS NULL") == [(0,)]


async def test_terms_that_another_store_purged_are_minted_anew(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as first:
        second = SqliteStore(path)
        try:
            await first.events.create(make(1, source="ci"))
            await second.history.purge(PurgeSelection(account_sid=ACCOUNT, event_sid="evt_000001"), lambda _: None)
            await second.events.create(make(2, source="cd"))
            await first.events.create(make(3, source="ci"))
            for store in (first, second):
                found = await store.events.find(ACCOUNT, EventQuery(source="ci"))
                assert [event.sid for event in found.events] == ["evt_000003"]
        finally:
            second.close()


@pytest.mark.parametrize("stores", [1, 4])
async def test_stores_in_one_process_take_turns(tmp_path: Path, stores: int) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as first:
        others = [SqliteStore(path) for _ in range(stores - 1)]
        async with anyio.create_task_group() as group:
            for number in range(100):
                group.start_soon((first, *others)[number % stores].events.create, make(number))
        for other in others:
            other.close()
    assert look(path, "SELECT count(*) FROM event") == [(100,)]
