"""Moments in time: what may be written, and how they are kept and shown.

Written: RFC 3339 with any offset and fraction, a bare date-time (taken as UTC), or relative to now
(`now`, `now-90m`, `now-7d`; units s m h d w). Kept: whole milliseconds UTC, finer fractions cut off.
Shown: always `2024-01-15T14:30:00.000Z`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, NewType

from milepost.domain.errors import Invalid
from milepost.domain.text import check_integer, shown

Instant = NewType("Instant", int)
"""Milliseconds since 1970-01-01T00:00:00Z; negative before."""

Clock = Callable[[], Instant]
"""Gives the present moment; handed in by whoever wires the application."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - arithmetic on UTC only; an aware datetime formats four times slower
_EPOCH_ORDINAL = _EPOCH.toordinal()
EARLIEST = Instant((date.min.toordinal() - _EPOCH_ORDINAL) * DAY)
LATEST = Instant((date.max.toordinal() - _EPOCH_ORDINAL + 1) * DAY - 1)

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_LONGEST_OFFSET = 1_000 * 366 * DAY
_LONGEST_TEXT = 256
_RELATIVE = re.compile(r"now(?:-(\d{1,15})([smhdw]))?", re.ASCII)
_LIFETIME = re.compile(r"(\d{1,15})([smhdw])", re.ASCII)
_ABSOLUTE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_AS_SHOWN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
"""The form of `format_instant`, which the standard library reads three times as fast as we."""
_MILLISECOND = timedelta(milliseconds=1)
HOW_TO_WRITE = (
    'write RFC 3339 such as "2024-01-15T14:30:00Z", or relative such as "now-90m" or "now-7d" (units s m h d w)'
)


@dataclass(frozen=True, slots=True)
class When:
    """A moment as it was written: fixed (`relative` false, `offset` since the epoch) or relative to now.

    `offset` is in milliseconds.
    """

    relative: bool
    offset: int

    def at(self, now: Instant) -> Instant:
        """The moment meant, when it is `now`."""
        return Instant(now + self.offset) if self.relative else Instant(self.offset)


def parse_when(value: object, field: str) -> When:
    """Read a moment as a user wrote it; raises `Invalid` naming `field`, what came and what to write instead."""
    if not isinstance(value, str):
        raise Invalid.of(field, f"{shown(value)} is not a time; {HOW_TO_WRITE}")
    text = value.strip()
    if len(text) <= _LONGEST_TEXT:
        if relative := _RELATIVE.fullmatch(text):
            return _relative(relative, field)
        if absolute := _ABSOLUTE.fullmatch(text):
            return When(relative=False, offset=_absolute(absolute, field))
    raise Invalid.of(field, f"{shown(value)} is not a time; {HOW_TO_WRITE}")


def parse_instant(value: object, field: str) -> Instant:
    """Read a fixed moment, as an export or an upstream's answer holds it; relative ones are `Invalid`."""
    if isinstance(value, str) and _AS_SHOWN.fullmatch(value):
        with suppress(ValueError):  # no such moment; what follows says why
            return Instant((datetime.fromisoformat(value[:-1]) - _EPOCH) // _MILLISECOND)
    when = parse_when(value, field)
    if when.relative:
        raise Invalid.of(field, f"{shown(value)} is relative; write RFC 3339 such as 2024-01-15T14:30:00.000Z")
    return Instant(when.offset)


def parse_milliseconds(value: object, field: str) -> When:
    """Read a fixed moment as whole milliseconds since 1970, for the few ways in whose clients count so."""
    milliseconds = check_integer(value, field)
    if not 0 <= milliseconds <= LATEST:
        raise Invalid.of(field, f"{milliseconds} is no time; write milliseconds since 1970 such as 1376980667000")
    return When(relative=False, offset=milliseconds)


def parse_lifetime(value: object, field: str) -> int:
    """Read a span such as `90d` or `12h` (units s m h d w) as milliseconds, more than none."""
    match = _LIFETIME.fullmatch(value) if isinstance(value, str) else None
    lifetime = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < lifetime <= _LONGEST_OFFSET:
        raise Invalid.of(field, f'{shown(value)} is no span of time; write one such as "90d" (units s m h d w)')
    return lifetime


def format_instant(instant: Instant) -> str:
    """`2024-01-15T14:30:00.000Z`: UTC, milliseconds, always 24 characters."""
    minutes, rest = divmod(instant, MINUTE)
    seconds, milliseconds = divmod(rest, SECOND)
    return _minute(minutes) + _SECONDS[seconds] + _MILLISECONDS[milliseconds]


# A page shows up to three times an event: put together from parts, each takes a third of what formatting it takes.
_SECONDS: Final = tuple(f":{second:02}." for second in range(60))
_MILLISECONDS: Final = tuple(f"{millisecond:03}Z" for millisecond in range(SECOND))


@lru_cache(maxsize=4096)
def _minute(minutes: int) -> str:
    return (_EPOCH + timedelta(minutes=minutes)).isoformat(timespec="minutes")


def _relative(match: re.Match[str], field: str) -> When:
    amount, unit = match.groups()
    offset = int(amount) * _UNITS[unit] if amount else 0
    if offset > _LONGEST_OFFSET:
        raise Invalid.of(field, f"{match[0]} reaches back more than a thousand years; {HOW_TO_WRITE}")
    return When(relative=True, offset=-offset)


def _absolute(match: re.Match[str], field: str) -> int:
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, zone = match[7] or "", match[8] or "Z"
    try:
        ordinal = date(year, month, day).toordinal()
    except ValueError as error:
        raise Invalid.of(field, f'"{match[0]}" is no date of the calendar ({error}); {HOW_TO_WRITE}') from None
    offset = _zone_offset(zone)
    minutes = (ordinal - _EPOCH_ORDINAL) * DAY + hour * HOUR + minute * MINUTE - (offset or 0)
    leap = second == 60 and minutes % DAY == DAY - MINUTE
    if hour > 23 or minute > 59 or (second > 59 and not leap) or offset is None:
        raise Invalid.of(field, f'"{match[0]}" is no time of day; {HOW_TO_WRITE}')
    instant = minutes + second * SECOND + int(fraction[:3].ljust(3, "0"))
    if not EARLIEST <= instant <= LATEST:
        raise Invalid.of(field, f'"{match[0]}" lies outside the years 1 to 9999 in UTC; {HOW_TO_WRITE}')
    return instant


def _zone_offset(zone: str) -> int | None:
    """Milliseconds east of UTC, or None where hours or minutes are out of range."""
    if zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 23 or minutes > 59:
        return None
    return (hours * HOUR + minutes * MINUTE) * (-1 if zone[0] == "-" else 1)
