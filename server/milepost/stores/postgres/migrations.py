"""Bringing a database to the schema that this program knows: numbered files, each in one transaction, by one at a time.

`schema_step` holds the number of each file that was applied. A step only ever adds what older programs can do without,
so that a Milepost of the version before works on beside the newer one while servers are replaced one by one.
"""

from __future__ import annotations

from pathlib import Path

import psycopg

from milepost.stores.postgres.connection import complete, connect
from milepost.stores.postgres.faults import is_fault, out_of_reach, unavailable

LOCK = 0x4D50_5354
"""The advisory lock under which a database is changed."""
STEPS_AHEAD = 1
"""How many steps a newer program may have taken already."""
MIGRATION_SECONDS = 3_600
_SCHEMA = Path(__file__).parent / "schema"

_KNOWN = b"SELECT to_regclass('schema_step') IS NOT NULL"
_LATEST = b"SELECT coalesce(max(number), 0) FROM schema_step"
_MAKE = b"CREATE TABLE IF NOT EXISTS schema_step (number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
_NOTE = "INSERT INTO schema_step (number) VALUES (%s)"


def migrations(folder: Path = _SCHEMA) -> list[tuple[int, Path]]:
    """Number and file of each migration, in order; the numbers are 1, 2, 3, …"""
    return [(int(path.name.partition("_")[0]), path) for path in sorted(folder.glob("*.sql"))]


def prepare_database(url: str, folder: Path = _SCHEMA) -> None:
    """Make or upgrade what Milepost needs in the database at `url`.

    Raises `Unavailable` where it is out of reach, was written by a much newer Milepost, or lacks an extension.
    """
    steps = migrations(folder)
    try:
        with connect(complete(url)) as connection:
            if _version(connection, steps[-1][0]) < steps[-1][0]:
                _upgrade(connection, steps)
    except psycopg.Error as error:
        if isinstance(error, psycopg.errors.FeatureNotSupported | psycopg.errors.UndefinedFile):
            raise out_of_reach("lacks the extension pg_trgm; install PostgreSQL's contrib package") from error
        if is_fault(error):
            raise unavailable(error) from error
        raise


def _version(connection: psycopg.Connection, newest: int) -> int:
    """The last step that was taken; 0 in a new database."""
    known = connection.execute(_KNOWN).fetchone()
    if not known or not known[0]:
        return 0
    row = connection.execute(_LATEST).fetchone()
    version: int = row[0] if row else 0
    if version > newest + STEPS_AHEAD:
        words = f"was written by a newer Milepost (its schema is {version}, this program knows {newest})"
        raise out_of_reach(f"{words}; update Milepost")
    return version


def _upgrade(connection: psycopg.Connection, steps: list[tuple[int, Path]]) -> None:
    """Take the steps that are missing; whoever comes second waits, and finds them taken."""
    connection.execute(f"SET statement_timeout = '{MIGRATION_SECONDS}s'".encode())
    connection.execute(f"SET lock_timeout = '{MIGRATION_SECONDS}s'".encode())
    for number, file in steps:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            connection.execute(_MAKE)
            if _version(connection, steps[-1][0]) < number:
                connection.execute(file.read_bytes())
                connection.execute(_NOTE, (number,))
