"""Bringing a database to the schema that this program knows: numbered files, each in one transaction.

`user_version` holds the number of the last file applied, `application_id` tells our files from other programs'.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from milepost.stores.sqlite.chunks import add_functions
from milepost.stores.sqlite.connection import BUSY_SECONDS, connect, create_file
from milepost.stores.sqlite.faults import is_busy, out_of_reach, unavailable
from milepost.stores.sqlite.library import check_library

APPLICATION_ID = 0x4D50_5354
_SCHEMA = Path(__file__).parent / "schema"
_PAUSE_SECONDS = 0.02
_LOOK = (
    "SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id), count(*)"
    " FROM sqlite_schema"
)
"""All of one moment: another process may be making the file."""


def migrations(folder: Path = _SCHEMA) -> list[tuple[int, Path]]:
    """Number and file of each migration, in order; the numbers are 1, 2, 3, …"""
    return [(int(path.name.partition("_")[0]), path) for path in sorted(folder.glob("*.sql"))]


def open_database(path: Path, folder: Path = _SCHEMA) -> sqlite3.Connection:
    """A connection to the database at `path`, made if missing and upgraded if older; for writing.

    Raises `Unavailable` where the file is newer than this program, another program's, damaged or out of reach, and
    where Python's SQLite is too old for it.
    """
    check_library()
    try:
        create_file(path)
        connection = connect(path)
    except OSError as error:
        raise out_of_reach(path, f"can't be made: {error.strerror}") from error
    except sqlite3.Error as error:
        raise unavailable(error, path) from error
    add_functions(connection)
    try:
        _prepare(connection, path, migrations(folder))
    except sqlite3.Error as error:
        connection.close()
        raise unavailable(error, path) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, steps: list[tuple[int, Path]]) -> None:
    newest = steps[-1][0]
    if _version(connection, path, newest) < newest or _journal(connection) != "wal":
        _use_log(connection)
        for number, file in steps:
            _apply(connection, path, number, file, newest)


def _version(connection: sqlite3.Connection, path: Path, newest: int) -> int:
    version, identity, tables = connection.execute(_LOOK).fetchone()
    if identity != APPLICATION_ID and (tables or version):
        raise out_of_reach(path, "belongs to another program; name another file")
    if version > newest:
        words = f"(its schema is {version}, this program knows {newest}); update Milepost"
        raise out_of_reach(path, f"was written by a newer Milepost {words}")
    return version


def _journal(connection: sqlite3.Connection) -> str:
    return connection.execute("PRAGMA journal_mode").fetchone()[0]


def _use_log(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging; here SQLite doesn't wait for other processes by itself."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _apply(connection: sqlite3.Connection, path: Path, number: int, file: Path, newest: int) -> None:
    """Apply one step unless another process did it in the meantime."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection, path, newest) < number:
            for statement in _statements(file.read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    """The statements of a script one by one: `executescript` would commit the transaction that they belong to."""
    found: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending)
            pending = ""
    if pending.strip():
        raise ValueError(f"a statement without its end: {pending.strip()[:80]}")
    return found
