"""The file: its permissions, its schema, and what happens when it is something else."""

import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from milepost.domain.errors import Unavailable
from milepost.stores.sqlite.migrations import APPLICATION_ID, migrations, open_database
from milepost.stores.sqlite.store import SqliteStore
from tests.stores.sqlite_rooms import look, make, open_store, sids

SCHEMA = Path(__file__).parents[2] / "server" / "milepost" / "stores" / "sqlite" / "schema"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_only_the_owner_may_read_the_file_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "data" / "milepost" / "milepost.db"
    async with open_store(path) as store:
        await store.events.create(make(1))
        assert mode(path.parent) == 0o700
        assert {file.name: mode(file) for file in path.parent.iterdir()} == {
            "milepost.db": 0o600,
            "milepost.db-wal": 0o600,
            "milepost.db-shm": 0o600,
        }


async def test_a_folder_that_was_there_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    async with open_store(tmp_path / "milepost.db"):
        assert mode(tmp_path) == 0o755


async def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "milepost.db")
    with closing(connection):
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


def test_migrations_that_were_published_do_not_change() -> None:
    for number, path in migrations():
        assert "IF NOT EXISTS" not in path.read_text(), f"{number}: a migration knows what is there"


async def test_many_that_open_a_new_file_at_once_make_it_once(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    versions: list[int] = []

    def open_and_close() -> None:
        with closing(open_database(path)) as connection:
            versions.append(connection.execute("PRAGMA user_version").fetchone()[0])

    async with anyio.create_task_group() as group:
        for _ in range(16):
            group.start_soon(anyio.to_thread.run_sync, open_and_close)
    assert versions == [len(migrations())] * 16


async def test_an_older_database_is_upgraded_and_keeps_what_it_holds(tmp_path: Path) -> None:
    path, folder = tmp_path / "milepost.db", tmp_path / "schema"
    async with open_store(path) as store:
        await store.events.create(make(1))
    folder.mkdir()
    for _, file in migrations():
        (folder / file.name).write_text(file.read_text())
    newest = len(migrations()) + 1
    (folder / f"{newest:04}_next.sql").write_text(
        "-- Two; with a semicolon.\nCREATE TABLE one (a TEXT DEFAULT ';');\nCREATE TABLE two (b);\n"
    )
    with closing(open_database(path, folder)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (newest,)
        assert connection.execute("SELECT count(*) FROM event, one").fetchone() == (0,)
        assert connection.execute("SELECT sid FROM event").fetchall() == [("evt_000001",)]


async def test_keys_with_several_values_are_found_in_what_was_written_before_they_were_indexed(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    tags = {"Region": ("eu", "ap"), "Team": ("search",)}
    async with open_store(path) as store:
        for number in range(1, 4):
            await store.events.create(replace(make(number), tags=tags if number < 3 else {"Region": ("eu",)}))
    with closing(sqlite3.connect(path, isolation_level=None)) as older:
        terms = older.execute("SELECT id, value FROM term WHERE kind = 12").fetchall()
        before = older.execute("SELECT chunk, bits FROM posting WHERE term = ?", terms[0][:1]).fetchall()
        older.execute("DELETE FROM posting WHERE term = ?", terms[0][:1])
        older.execute("DELETE FROM term WHERE kind = 12")
        older.execute("DROP TABLE session")
        older.execute("PRAGMA user_version = 1")
    with closing(open_database(path)) as newer:
        ((number, key),) = newer.execute("SELECT id, value FROM term WHERE kind = 12").fetchall()
        assert key == "Region"
        assert newer.execute("SELECT chunk, bits FROM posting WHERE term = ?", (number,)).fetchall() == before
        assert newer.execute("PRAGMA user_version").fetchone() == (len(migrations()),)


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path, folder = tmp_path / "milepost.db", tmp_path / "schema"
    folder.mkdir()
    (folder / "0001_first.sql").write_text("CREATE TABLE kept (a);")
    (folder / "0002_second.sql").write_text("CREATE TABLE gone (a);\nINSERT INTO nothing VALUES (1);")
    with pytest.raises(Unavailable):
        open_database(path, folder)
    assert look(path, "SELECT name FROM sqlite_schema") == [("kept",)]
    assert look(path, "PRAGMA user_version") == [(1,)]


def test_a_newer_database_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    open_database(path).close()
    look(path, "PRAGMA user_version = 999")
    with pytest.raises(Unavailable, match=r"newer Milepost \(its schema is 999, this program knows \d+\)") as raised:
        SqliteStore(path)
    assert "\n" not in str(raised.value)
    assert look(path, "PRAGMA user_version") == [(999,)]


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    look(path, "CREATE TABLE theirs (a)")
    before = path.read_bytes()
    with pytest.raises(Unavailable, match="another program"):
        SqliteStore(path)
    assert path.read_bytes() == before
    assert look(path, "PRAGMA application_id") == [(0,)]
    assert APPLICATION_ID != 0


def test_what_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    path.write_text("# Notes\n" * 1_000)
    with pytest.raises(Unavailable, match="not a database"):
        SqliteStore(path)
    assert path.read_text() == "# Notes\n" * 1_000


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="can't be opened"):
        SqliteStore(tmp_path)


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(Unavailable, match="can't be made"):
        SqliteStore(tmp_path / "data" / "milepost.db")


async def test_the_file_survives_closing_and_opening(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        await store.events.create(make(1))
    async with open_store(path) as store:
        await store.events.create(make(2))
        assert await sids(store) == ["evt_000002", "evt_000001"]
    assert look(path, "PRAGMA integrity_check") == [("ok",)]


def test_an_sqlite_that_is_too_old_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.36.0")
    with pytest.raises(Unavailable, match=r"^Milepost needs SQLite 3\.37 or newer and found 3\.36\.0; run it with .*$"):
        SqliteStore(tmp_path / "milepost.db")
    assert list(tmp_path.iterdir()) == []


def test_a_migration_without_its_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "0001_first.sql").write_text("CREATE TABLE kept (a);\nCREATE TABLE cut_off (a)")
    with pytest.raises(ValueError, match="without its end: CREATE TABLE cut_off"):
        open_database(tmp_path / "milepost.db", tmp_path / "schema")
