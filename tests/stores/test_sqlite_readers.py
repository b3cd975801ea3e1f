"""Where reads are done: quick ones on the spot, the others in threads, and each of them sees what is on disk by then."""

import sqlite3
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from milepost.domain.errors import NotFound
from milepost.stores.sqlite import readers as readers_module
from milepost.stores.sqlite.readers import LARGEST_ON_THE_SPOT_BYTES, Readers

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT count(*) FROM n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with one table, of one row."""
    path = tmp_path / "plain.db"
    write(path, "CREATE TABLE thing (name)", "INSERT INTO thing VALUES ('one')")
    return path


@pytest.fixture
async def readers(path: Path) -> AsyncGenerator[Readers]:
    readers = Readers(path)
    yield readers
    readers.close()


def write(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def noting(threads: list[str], statement: str) -> Callable[[sqlite3.Connection], object]:
    """A look that notes in which thread it was done."""

    def look(connection: sqlite3.Connection) -> object:
        threads.append(threading.current_thread().name.rpartition("_")[0] or "here")
        return connection.execute(statement).fetchone()[0]

    return look


async def test_a_quick_read_is_done_on_the_spot(readers: Readers) -> None:
    threads: list[str] = []
    assert await readers.read(noting(threads, "SELECT name FROM thing")) == "one"
    assert threads == ["here"]


async def test_a_read_of_many_steps_is_given_up_and_begun_anew_in_a_thread(readers: Readers) -> None:
    threads: list[str] = []
    assert await readers.read(noting(threads, LONG)) == 100_000
    assert threads == ["here", "milepost-reader"]


async def test_a_read_from_a_slow_disk_is_given_up_too(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers_module, "LONGEST_ON_THE_SPOT_SECONDS", -1.0)
    monkeypatch.setattr(readers_module, "_STEPS_BETWEEN_GLANCES", 1)
    threads: list[str] = []
    assert await readers.read(noting(threads, "SELECT name FROM thing")) == "one"
    assert threads == ["milepost-reader"]


async def test_a_read_of_much_at_once_is_given_up_too(readers: Readers, path: Path) -> None:
    threads: list[str] = []
    write(path, "UPDATE thing SET name = printf('%.131072c', 'x')")
    much = "SELECT length(group_concat(name)) FROM (SELECT name FROM thing UNION ALL SELECT name FROM thing)"
    assert await readers.read(noting(threads, much)) == LARGEST_ON_THE_SPOT_BYTES + 1 == 262_145
    assert threads == ["here", "milepost-reader"]


async def test_what_is_known_to_take_its_time_is_not_tried_on_the_spot(readers: Readers) -> None:
    threads: list[str] = []
    await readers.read(noting(threads, LONG), bounded=False)
    assert threads == ["milepost-reader"]


async def test_others_have_their_turn_between_reads_on_the_spot(readers: Readers) -> None:
    turns: list[str] = []

    async def read(name: str) -> None:
        for _ in range(2):
            await readers.read(lambda _: turns.append(name))

    async with anyio.create_task_group() as group:
        group.start_soon(read, "a")
        group.start_soon(read, "b")
    assert sorted(turns[:2]) == sorted(turns[2:]) == ["a", "b"]


async def test_a_locked_file_is_waited_for_in_a_thread(readers: Readers, path: Path) -> None:
    threads: list[str] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with anyio.create_task_group() as group:
            group.start_soon(readers.read, noting(threads, "SELECT name FROM thing"))
            await anyio.wait_all_tasks_blocked()
            other.execute("COMMIT")
    assert threads[-1] == "milepost-reader"


@pytest.mark.parametrize("fails", [NotFound("thing", "two"), ZeroDivisionError()])
async def test_a_read_that_failed_leaves_nothing_behind(readers: Readers, path: Path, fails: Exception) -> None:
    def look(connection: sqlite3.Connection) -> None:
        connection.execute("SELECT name FROM thing").fetchone()
        raise fails

    with pytest.raises(type(fails)):
        await readers.read(look)
    write(path, "UPDATE thing SET name = 'two'")
    assert await readers.read(noting([], "SELECT name FROM thing")) == "two"


async def test_what_was_still_being_read_when_a_read_was_given_up_keeps_no_old_state(
    readers: Readers, path: Path
) -> None:
    write(path, "PRAGMA journal_mode = WAL", "INSERT INTO thing VALUES ('more')")
    half_read: list[sqlite3.Cursor] = []

    def look(connection: sqlite3.Connection) -> None:
        half_read.append(connection.execute("SELECT name FROM thing"))
        connection.execute(LONG).fetchone()

    await readers.read(look)
    write(path, "UPDATE thing SET name = 'two'")
    assert await readers.read(noting([], "SELECT name FROM thing")) == "two"
