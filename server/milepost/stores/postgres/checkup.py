"""Looking a database over without changing it: what `milepost doctor` asks of the shared store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from milepost.stores.postgres.connection import complete, connect
from milepost.stores.postgres.faults import is_fault, unavailable
from milepost.stores.postgres.migrations import STEPS_AHEAD, migrations

LEAST_VERSION = 14
"""The oldest PostgreSQL that has all that is asked of it."""
_EXTENSION = "pg_trgm"

_STATE = """
SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000, pg_is_in_recovery(),
       current_setting('transaction_read_only')::bool, pg_encoding_to_char(encoding),
       EXISTS (SELECT 1 FROM pg_extension WHERE extname = %(extension)s),
       EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = %(extension)s),
       has_database_privilege(oid, 'CREATE'),
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
       to_regclass('schema_step') IS NOT NULL
  FROM pg_database WHERE datname = current_database()
"""
_SCHEMA = b"SELECT coalesce(max(number), 0) FROM schema_step"
_CLOCK = b"SELECT extract(epoch FROM clock_timestamp())::float8"


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was found.

    `server` is PostgreSQL's version, `schema` the database's step (0: nothing is in it yet), `newest` the one that this
    program knows. `clock_seconds` says how far its clock is ahead of this machine's. `problem` says what to mend.
    """

    server: str
    schema: int
    newest: int
    clock_seconds: float
    problem: str | None


def check_up(url: str, clock: Callable[[], float]) -> Checkup:
    """Look a database over; `clock` gives seconds since 1970. Raises `Unavailable` where it isn't reached."""
    try:
        with _any_connection(complete(url)) as connection:
            return _checked(connection, clock)
    except psycopg.Error as error:
        if is_fault(error):
            raise unavailable(error) from error
        raise


def _any_connection(conninfo: str) -> psycopg.Connection:
    """One as it is meant; where none of several hosts takes writes, one to tell of that by."""
    try:
        return connect(conninfo)
    except psycopg.OperationalError:
        if "target_session_attrs" not in conninfo_to_dict(conninfo):
            raise
        return connect(make_conninfo(conninfo, target_session_attrs="any"))


def _checked(connection: psycopg.Connection, clock: Callable[[], float]) -> Checkup:
    row = connection.execute(_STATE.encode(), {"extension": _EXTENSION}).fetchone()
    assert row is not None  # noqa: S101 - the database that is connected to is there
    schema = _number(connection, _SCHEMA) if row[9] else 0
    began = clock()
    there = _number(connection, _CLOCK)
    ahead = there - (began + clock()) / 2
    newest = migrations()[-1][0]
    return Checkup(row[0], int(schema), newest, ahead, _problem(row, int(schema), newest))


def _number(connection: psycopg.Connection, statement: bytes) -> float:
    row = connection.execute(statement).fetchone()
    return row[0] if row else 0


def _problem(row: tuple[Any, ...], schema: int, newest: int) -> str | None:
    _, version, standby, read_only, encoding, installed, available, may_extend, may_create, _ = row
    problems = {
        f"Milepost needs {LEAST_VERSION} or newer": version < LEAST_VERSION,
        "it is a standby, which takes no writes; name the primary, or all hosts as HOST1,HOST2": standby,
        "it takes no writes; see its default_transaction_read_only": read_only,
        f"its encoding is {encoding}; make a database with ENCODING 'UTF8'": encoding != "UTF8",
        f"its schema {schema} is newer than this program, which knows {newest}; update Milepost": schema
        > newest + STEPS_AHEAD,
        f"it lacks the extension {_EXTENSION}; install PostgreSQL's contrib package": not (installed or available),
        f"its user may not add the extension {_EXTENSION}; as a superuser run: CREATE EXTENSION {_EXTENSION}": not (
            installed or may_extend
        ),
        "its user may make no tables; run: GRANT CREATE ON SCHEMA public TO the user": schema < newest
        and not may_create,
    }
    return next((text for text, found in problems.items() if found), None)
