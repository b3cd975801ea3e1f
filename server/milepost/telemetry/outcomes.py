"""What an operation came to, as one word of a closed list: fit for a label."""

from __future__ import annotations

from typing import Final

from milepost.domain.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    ReadOnly,
    Stale,
    Unauthorized,
    Unavailable,
)

OK: Final = "ok"
CANCELLED: Final = "cancelled"
BUG: Final = "bug"
_NAMES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (Invalid, "invalid"),
    (NotFound, "not_found"),
    (Conflict, "conflict"),
    (Stale, "stale"),
    (Unauthorized, "unauthorized"),
    (Forbidden, "forbidden"),
    (ReadOnly, "read_only"),
    (Unavailable, "unavailable"),
)


def outcome_of(error: BaseException | None) -> str:
    """`ok`, one word for each domain error, `cancelled`, or `bug` for anything else."""
    if error is None:
        return OK
    if not isinstance(error, Exception):
        return CANCELLED
    return next((name for kind, name in _NAMES if isinstance(error, kind)), BUG)


def is_fault(outcome: str) -> bool:
    """Whether the operation failed, rather than saying no."""
    return outcome in {"unavailable", BUG}
