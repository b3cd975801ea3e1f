"""Looking a database over without changing it: what `milepost doctor` asks of the embedded store."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from milepost.stores.sqlite.connection import connect
from milepost.stores.sqlite.faults import out_of_reach, unavailable
from milepost.stores.sqlite.migrations import APPLICATION_ID, migrations

_MOST_DAMAGES = 10
_UNLISTED = "SELECT count(*) FROM event WHERE chunk IS NULL"


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was found. `schema` is the file's version, `newest` the one that this program knows; sizes are in bytes.

    `damages` are what SQLite's `quick_check` complains of, at most ten; `unlisted` counts the live events that no search
    can find, of which there should be none.
    """

    schema: int
    newest: int
    size: int
    free: int
    damages: tuple[str, ...]
    unlisted: int


def check_up(path: Path) -> Checkup:
    """Look an existing database over; reads all of it. Raises `Unavailable` where it can't be read, or not written."""
    try:
        connection = connect(path)
    except sqlite3.Error as error:
        raise unavailable(error, path) from error
    try:
        return _checked(connection, path)
    except sqlite3.Error as error:
        raise unavailable(error, path) from error
    finally:
        connection.close()


def _checked(connection: sqlite3.Connection, path: Path) -> Checkup:
    schema: int = connection.execute("PRAGMA user_version").fetchone()[0]
    identity: int = connection.execute("PRAGMA application_id").fetchone()[0]
    tables: int = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if identity != APPLICATION_ID and (schema or tables):
        raise out_of_reach(path, "belongs to another program; name another file")
    rows = connection.execute(f"PRAGMA quick_check({_MOST_DAMAGES})").fetchall()
    # What a writer does first: it needs the file, its folder and the locks, and changes nothing.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")
    return Checkup(
        schema=schema,
        newest=migrations()[-1][0],
        size=path.stat().st_size,
        free=shutil.disk_usage(path.parent).free,
        damages=tuple(row[0] for row in rows if row[0] != "ok"),
        unlisted=connection.execute(_UNLISTED).fetchone()[0] if schema else 0,
    )
