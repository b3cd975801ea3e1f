"""How long an upstream asks to be left alone."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from milepost.domain.instant import SECOND, Instant

_LONGEST_SECONDS: Final = 24 * 3600.0
_LEAST_EPOCH: Final = 1_000_000_000
"""A number from here on is a moment (seconds since 1970), one below it a number of seconds."""


def asked_pause_seconds(headers: Mapping[str, str], now: Instant) -> float | None:
    """By `Retry-After` (RFC 9110 section 10.2.3: seconds, or a date), else by `X-RateLimit-Reset`; None if neither says."""
    asked = _seconds(headers.get("retry-after", ""), now)
    if asked is None and headers.get("x-ratelimit-remaining", "").strip() == "0":
        asked = _seconds(headers.get("x-ratelimit-reset", ""), now)
    return asked


def _seconds(text: str, now: Instant) -> float | None:
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 16:
        number = int(text)
        seconds = number - now / SECOND if number >= _LEAST_EPOCH else float(number)
    else:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now / SECOND
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), _LONGEST_SECONDS)
