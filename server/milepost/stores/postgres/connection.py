"""Opening connections: what is added to the user's URL, and how values travel."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 10
"""The longest that one statement may take, except for those that go through everything."""
LOCK_SECONDS = 5
"""How long a lock of another server is waited for."""
IDLE_IN_TRANSACTION_SECONDS = 60
"""A server that was cut off in the middle of a transaction keeps the others waiting for no longer than this."""
UNANSWERED_SECONDS = 10
"""A connection whose other side doesn't acknowledge for so long is given up."""

_DEFAULTS: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    "application_name": "milepost",
    "keepalives_idle": UNANSWERED_SECONDS,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": UNANSWERED_SECONDS * 1_000,
}
_SETTINGS = {
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    "lock_timeout": f"{LOCK_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS}s",
    "client_encoding": "UTF8",
    "default_transaction_isolation": "read\\ committed",
    # Statements are written so that one way through the indexes is right whatever the values are: plans are made once
    # and never go through a whole table or sort what an index gives in order.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashagg": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}


def complete(url: str) -> str:
    """The URL with time-outs and settings of ours, where it doesn't set them itself.

    With several hosts the one that takes writes is looked for.
    """
    given = conninfo_to_dict(url)
    values = {name: value for name, value in _DEFAULTS.items() if name not in given}
    if "," in str(given.get("host", "")) and "target_session_attrs" not in given:
        values["target_session_attrs"] = "read-write"
    settings = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    values["options"] = f"{settings} {given.get('options') or ''}".strip()
    return make_conninfo(url, **values)


def connect(conninfo: str) -> psycopg.Connection:
    """A connection in autocommit mode; raises `psycopg.OperationalError`."""
    connection = psycopg.connect(conninfo, autocommit=True, prepare_threshold=1)
    # Whole numbers always as bigint: a statement is prepared once, and not again for each size of number.
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_dumper(int, Int8BinaryDumper)
    return connection
