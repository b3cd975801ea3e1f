"""Telling of what is missing from an answer that has no room for it: in headers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from milepost.domain.query import Missing
from milepost.middleware.refusals import HeaderList

WARNING: Final = b"x-milepost-warning"
LONGEST_WARNING: Final = 512


def warning_headers(missing: Iterable[Missing]) -> HeaderList:
    """`source: message`, one header a source, of characters that a header may hold (RFC 9110, 5.5); others become `?`."""
    return [(WARNING, _safe(f"{one.source}: {one.reason}")) for one in missing]


def _safe(text: str) -> bytes:
    seen = "".join(char if char.isprintable() else "?" for char in text[:LONGEST_WARNING])
    return seen.strip().encode("latin-1", "replace")
