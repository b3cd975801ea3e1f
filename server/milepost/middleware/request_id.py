"""A name for each request, which its answer carries and every log line about it has."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

REQUEST_ID: ContextVar[str | None] = ContextVar("milepost_request_id", default=None)
"""The request that is being answered here and now."""

_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_NEW_BYTES = 8


def request_id_from(headers: list[tuple[bytes, bytes]]) -> str:
    """The caller's own `X-Request-Id` if it can stand in a log line as it is, else a new one."""
    for name, value in headers:
        if name == b"x-request-id" and _SANE.fullmatch(value):
            return value.decode()
    return secrets.token_hex(_NEW_BYTES)
