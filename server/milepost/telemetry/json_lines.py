"""Log lines for machines: one JSON object each. Written by hand, since every request has its line."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from milepost.middleware.request_id import REQUEST_ID

_OWN: Final = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime"})
"""What every record has; the rest is what its line was given as `extra`."""


class JsonLines(logging.Formatter):
    """`event`, `level`, `logger`, `timestamp`, then what it was given, its request and its exception; no nulls."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            **{name: value for name, value in vars(record).items() if name not in _OWN},
            "request_id": REQUEST_ID.get(),
            "exception": self.formatException(record.exc_info) if record.exc_info else None,
            "stack_info": record.stack_info,
        }
        present = {name: value for name, value in line.items() if value is not None}
        return orjson.dumps(present, default=str).decode()
