"""Disks that fill, files that break, locks that stay: a clear error, and nothing lost that was acknowledged."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import anyio
import pytest

from milepost.domain.errors import Unavailable
from milepost.domain.query import EventQuery
from milepost.stores.sqlite import readers as readers_module
from milepost.stores.sqlite import writer as writer_module
from milepost.stores.sqlite.faults import unavailable
from milepost.stores.sqlite.store import SqliteStore
from tests.stores.sqlite_rooms import ACCOUNT, bytes_of, look, make, open_store, sids


async def test_a_full_disk_is_told_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        store._writer._connection.execute("PRAGMA max_page_count = 150")
        kept: list[str] = []

        async def fill() -> None:
            for number in range(10_000):
                event = make(number, description="x" * 2_000)
                await store.events.create(event)
                kept.append(event.sid)

        with pytest.raises(Unavailable, match="the disk is full"):
            await fill()
        assert kept
        assert (await sids(store))[: len(kept)] == kept[::-1][:100]
        store._writer._connection.execute("PRAGMA max_page_count = 1000000")
        await store.events.create(make(20_000))
        assert len(look(path, "SELECT 1 FROM event")) == len(kept) + 1
    assert look(path, "PRAGMA integrity_check") == [("ok",)]


async def test_a_commit_that_fails_fails_everything_in_it(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    failures = 0
    async with open_store(path) as store:
        await store.events.create(make(0))
        store._writer._connection.execute("PRAGMA max_page_count = 50")

        async def create(number: int) -> None:
            nonlocal failures
            try:
                await store.events.create(make(number, description=f"{number} " * 1_000))
            except Unavailable:
                failures += 1

        async with anyio.create_task_group() as group:
            for number in range(1, 65):
                group.start_soon(create, number)
        assert failures
        assert len(await sids(store)) == 65 - failures
        assert len(look(path, "SELECT 1 FROM event")) == 65 - failures


SPEAK_AS_NOBODY = """
import asyncio, os, sys
from pathlib import Path
from milepost.domain.errors import Unavailable
from tests.stores.sqlite_rooms import make, open_store

if os.geteuid() == 0:  # who may write anywhere; with everything imported, speak as nobody
    os.setegid(65534)
    os.seteuid(65534)

async def main():
    async with open_store(Path(sys.argv[1])) as store:
        await store.events.create(make(2))

try:
    asyncio.run(main())
except Unavailable as error:
    print(error.detail)
"""


def speak_as_nobody(path: Path) -> str:
    """What opening and writing comes to for a user that isn't root."""
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(root / "server")])}
    done = subprocess.run(
        [sys.executable, "-c", SPEAK_AS_NOBODY, str(path)],
        env=env, cwd=root, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def public_path(tmp_path: Path) -> Path:
    """A path whose folders everybody may enter."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder not in (Path("/"), Path("/tmp")):  # noqa: S108 - not written to
            folder.chmod(folder.stat().st_mode | 0o055)
    return tmp_path / "data" / "milepost.db"


async def test_a_read_only_file_or_folder_is_told(public_path: Path) -> None:
    async with open_store(public_path) as store:
        await store.events.create(make(1))
    public_path.chmod(0o444)
    public_path.parent.chmod(0o555)
    told = speak_as_nobody(public_path)
    public_path.parent.chmod(0o755)
    assert "read-only" in told or "can't be opened" in told
    assert str(public_path) in told
    async with open_store(public_path) as store:
        assert await sids(store) == ["evt_000001"]


async def test_a_folder_that_may_not_be_written_is_told(public_path: Path) -> None:
    public_path.parent.mkdir()
    public_path.parent.chmod(0o555)
    told = speak_as_nobody(public_path)
    assert "can't be made: Permission denied" in told


async def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        for number in range(200):
            await store.events.create(make(number))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    with pytest.raises(Unavailable, match="is damaged"):
        async with open_store(path) as store:
            await store.events.find(ACCOUNT, EventQuery())


async def test_a_lock_that_stays_is_told_and_one_that_goes_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        monkeypatch.setattr(writer_module, "BUSY_SECONDS", 0.2)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable, match="locked by another program") as raised:
                await store.events.create(make(1))
            assert raised.value.retry_after_seconds == 1
            assert await sids(store) == []
            monkeypatch.setattr(writer_module, "BUSY_SECONDS", 30.0)
            async with anyio.create_task_group() as group:
                group.start_soon(store.events.create, make(2))
                await anyio.wait_all_tasks_blocked()
                other.execute("ROLLBACK")
        assert await sids(store) == ["evt_000002"]


async def test_a_read_that_takes_too_long_is_stopped_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers_module, "MOST_STEPS_ON_THE_SPOT", 0)
    monkeypatch.setattr(readers_module, "_STEPS_BETWEEN_GLANCES", 1)
    monkeypatch.setattr(readers_module, "LONGEST_READ_SECONDS", 0.0)
    monkeypatch.setattr(readers_module, "_STEPS_BETWEEN_LOOKS", 1)
    async with open_store(tmp_path / "milepost.db") as store:
        with pytest.raises(Unavailable, match="took too long"):
            await store.events.find(ACCOUNT, EventQuery())
        monkeypatch.setattr(readers_module, "LONGEST_READ_SECONDS", 10.0)
        assert await sids(store) == []


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    async with open_store(tmp_path / "milepost.db") as store:
        pass
    with pytest.raises(Unavailable, match="clos"):
        await store.events.find(ACCOUNT, EventQuery())
    with pytest.raises(Unavailable, match="clos"):
        await store.events.create(make(1))


async def test_closing_finishes_what_is_waiting(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store, anyio.create_task_group() as group:
        for number in range(50):
            group.start_soon(store.events.create, make(number))
        await anyio.wait_all_tasks_blocked()
        await anyio.to_thread.run_sync(store.close)
    assert len(look(path, "SELECT 1 FROM event")) == 50


def test_sqlites_own_words_are_never_told() -> None:
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(sqlite3.Error) as raised:
        connection.execute("SELECT secret FROM nowhere")
    told = unavailable(raised.value, Path("/data/milepost.db"))
    assert "nowhere" not in f"{told} {told.detail}"


def test_where_the_file_is_is_told_to_whoever_runs_the_program_only() -> None:
    told = unavailable(sqlite3.OperationalError("disk I/O error"), Path("/data/milepost.db"))
    assert str(told) == "the event store failed"
    assert told.detail == "the database /data/milepost.db failed"


async def test_a_write_that_nobody_waits_for_any_more_may_be_left_out_but_never_half_done(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        async with anyio.create_task_group() as group:
            for number in range(100):
                group.start_soon(store.events.create, make(number))
            await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
        await store.events.create(make(1_000))
        rows = look(path, "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM event_text)")
        assert rows[0][0] == rows[0][1]
    assert bytes_of(path)


async def test_a_store_opens_no_reader_before_it_is_asked(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "milepost.db")
    try:
        assert store._readers._on_the_spot._idle == []
        await store.accounts.accounts()
        assert len(store._readers._on_the_spot._idle) == 1
    finally:
        store.close()


class FailingDisk:
    """The writer's connection on a disk that fails when it is to say that everything is written."""

    def __init__(self, connection: sqlite3.Connection, *failing: str) -> None:
        self._connection = connection
        self.failing = failing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement in self.failing:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
            raise error
        return self._connection.execute(statement, *values)


@pytest.mark.parametrize("failing", [("COMMIT",), ("COMMIT", "ROLLBACK")])
async def test_a_disk_that_fails_at_the_commit_is_told_and_the_next_write_is_taken(
    tmp_path: Path, failing: tuple[str, ...]
) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        disk = FailingDisk(store._writer._connection, *failing)
        store._writer._connection = cast("sqlite3.Connection", disk)
        with anyio.fail_after(10), pytest.raises(Unavailable, match="the disk failed") as raised:
            await store.events.create(make(1))
        assert raised.value.outcome_unknown
        assert "full" not in str(raised.value)
        disk.failing = ()
        with anyio.fail_after(10):
            await store.events.create(make(2))
        assert await sids(store) == ["evt_000002"]
    assert look(path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_whatever_ends_the_writer_nobody_goes_on_waiting_for_it(tmp_path: Path) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    async with open_store(tmp_path / "milepost.db") as store:
        store._writer._committed = broken
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                group.start_soon(store.events.create, make(1))
                await anyio.wait_all_tasks_blocked()
            await anyio.to_thread.run_sync(store._writer._thread.join)
            with pytest.raises(Unavailable, match="stopped writing"):
                await store.events.create(make(2))
        assert await sids(store) == ["evt_000001"]
