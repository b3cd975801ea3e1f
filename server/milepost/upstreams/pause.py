"""How long an upstream asks to be left alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from milepost.domain.instant import SECOND, Instant

_LONGEST_SECONDS: Final = 24 * 3600.0
_MOST_DIGITS: Final = 15
_LEAST_EPOCH: Final = 1_000_000_000
"""A number from here on is a moment (seconds since 1970), one below it a number of seconds."""
_LEAST_EPOCH_MILLISECONDS: Final = 100 * _LEAST_EPOCH
"""From here on it is milliseconds since 1970."""


def asked_pause_seconds(headers: Mapping[str, str], now: Instant) -> float | None:
    """By `Retry-After` (RFC 9110 section 10.2.3: seconds, or a date), else by `X-RateLimit-Reset`; None if neither says.

    The latter, which no standard tells, only where nothing of the rate remains.
    """
    asked = _seconds(headers.get("retry-after", ""), now)
    if asked is None and headers.get("x-ratelimit-remaining", "0").strip() == "0":
        asked = _seconds(headers.get("x-ratelimit-reset", ""), now)
    return asked


def _seconds(text: str, now: Instant) -> float | None:
    text = text.strip()
    seconds = _number(text, now) if text.isascii() and text.isdigit() else _date(text, now)
    return None if seconds is None else min(max(seconds, 0.0), _LONGEST_SECONDS)


def _number(digits: str, now: Instant) -> float | None:
    if len(digits) > _MOST_DIGITS:
        return None
    number = float(digits)
    if number < _LEAST_EPOCH:
        return number
    return (number / SECOND if number >= _LEAST_EPOCH_MILLISECONDS else number) - now / SECOND


def _date(text: str, now: Instant) -> float | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # Dates of HTTP are in UTC, and one of its forms doesn't say so.
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now / SECOND
