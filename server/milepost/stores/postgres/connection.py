"""Opening connections: what is added to the user's URL, and how values travel."""

from __future__ import annotations

import struct
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import AdaptersMap
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.array import ListBinaryDumper
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper

from milepost.stores.postgres.bits import LOADERS

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 10
"""The longest that one statement may take, except for those that go through everything."""
LOCK_SECONDS = 5
"""How long a lock of another server is waited for."""
IDLE_IN_TRANSACTION_SECONDS = 60
"""A server that was cut off in the middle of a transaction keeps the others waiting for no longer than this."""
UNANSWERED_SECONDS = 10
"""A connection whose other side doesn't acknowledge for so long is given up."""

_NUMBER_BYTES = 8
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


class NumbersDumper(ListBinaryDumper):
    """Lists of whole numbers, which are most of what travels, in an eighth of the time; others as usual."""

    def dump(self, obj: list[Any]) -> Buffer | None:
        """The list as a binary array."""
        if isinstance(self.sub_dumper, Int8BinaryDumper):
            with suppress(struct.error):  # NULLs among them, or lists
                lengths_and_values = chain.from_iterable((_NUMBER_BYTES, number) for number in obj)
                return struct.pack(f">5i{'iq' * len(obj)}", 1, 0, self.sub_dumper.oid, len(obj), 1, *lengths_and_values)
        return super().dump(obj)


@dataclass(frozen=True, slots=True)
class _Values:
    """How values travel on our connections."""

    adapters: AdaptersMap
    connection: None = None


def _values() -> _Values:
    adapters = AdaptersMap(psycopg.adapters)
    # Whole numbers always as bigint: a statement is prepared once, and not again for each size of number.
    adapters.register_dumper(int, Int8Dumper)
    adapters.register_dumper(int, Int8BinaryDumper)
    adapters.register_dumper(list, NumbersDumper)
    for name, loaders in LOADERS.items():
        for loader in loaders:
            adapters.register_loader(name, loader)
    return _Values(adapters)


VALUES: Final[AdaptContext] = _values()


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
    return psycopg.connect(conninfo, autocommit=True, prepare_threshold=1, context=VALUES)
