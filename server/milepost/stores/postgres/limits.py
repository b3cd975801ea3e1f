"""The time that a transaction's statements may take, where it is not the usual one."""

from __future__ import annotations

import psycopg

_UNBOUNDED = b"SET LOCAL statement_timeout = 0"


def without_time_limit(connection: psycopg.Connection) -> None:
    """Let this transaction's statements take as long as they do: it goes through everything there is."""
    connection.execute(_UNBOUNDED)
