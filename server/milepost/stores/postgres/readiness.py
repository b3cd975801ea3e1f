"""Whether the database can do now what it is there for."""

from __future__ import annotations

import psycopg

_READ_ONLY = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool"


def check_reachable(connection: psycopg.Connection) -> None:
    """Fails where the server doesn't answer."""
    connection.execute(b"SELECT 1 FROM account LIMIT 1")


def check_writable(connection: psycopg.Connection) -> None:
    """Fails as a write would, on a standby and on a server that was made read-only; the connection is given up then."""
    [[read_only]] = connection.execute(_READ_ONLY).fetchall()
    if read_only:
        raise psycopg.errors.ReadOnlySqlTransaction
