"""An event as Apica ASM writes it: one row of the answer to `GET /v3/events`, written and read here.

The source of names, order and values is Apica's description of its events API ("Response body model"). Its times are UTC
and in whole seconds: `2024-05-19T11:52:31`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from milepost.domain.errors import Invalid
from milepost.domain.event import (
    LONGEST_CHECK_DESCRIPTOR,
    LONGEST_CHECK_SYMBOL,
    LONGEST_DESCRIPTION,
    Event,
    Severity,
    parse_severity,
)
from milepost.domain.instant import SECOND, Instant, format_instant
from milepost.domain.text import check_integer, cut, without_refused
from milepost.wire.line_fields import LineFields, Parse

_TIME_LENGTH: Final = len("2024-05-19T11:52:31")
_DIGITS: Final = re.compile(r"-?[0-9]{1,19}")


class ApicaEventType(StrEnum):
    """Whether a check raised the event."""

    CHECK = "CheckEvent"
    CUSTOM = "CustomEvent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApicaRow:
    """A row as it was read. Its age is left out: it tells when the row was asked for, not what happened."""

    check_symbol: str | None
    event_type: ApicaEventType
    check_id: int | None
    check_descriptor: str | None
    severity: Severity
    event_message: str
    time_stamp_utc: Instant


def apica_row(event: Event, now: Instant) -> dict[str, Any]:
    """The row of an event: its name as the message, `I` where it has no severity, `check_*` null without a check.

    `time_stamp_utc` is `startedAt` with the fraction of its second cut off; `event_age_seconds` counts the whole seconds
    from `startedAt` to `now`, rounded down, and is negative for an event that lies ahead.
    """
    check = event.check
    return {
        "check_symbol": check and check.symbol,
        "event_type": (ApicaEventType.CHECK if check else ApicaEventType.CUSTOM).value,
        "check_id": check and check.id,
        "check_descriptor": check and check.descriptor,
        "severity": (event.severity or Severity.INFORMATION).value,
        "event_message": event.name,
        "time_stamp_utc": format_instant(event.started_at)[:_TIME_LENGTH],
        "event_age_seconds": (now - event.started_at) // SECOND,
    }


def read_apica_row(value: object, field: str) -> ApicaRow:
    """Read a row that Apica answered; raises `Invalid` naming the part of `field`, such as `[0].check_id`.

    Nothing is refused that can be shown somehow. Keys that Apica may add are passed over. Only a severity (in any case) and a
    time have to be there: the latter may have a fraction (milliseconds of it are kept) and a zone; without one it is UTC.
    Text is cut to our limits, what is refused everywhere is replaced in it, and a message may be blank. A number may be
    written as text. An event type that isn't known is told by whether there is a check.
    """
    fields = LineFields(value, field)
    check_id = fields.maybe("check_id", _number)
    return ApicaRow(
        check_symbol=fields.maybe("check_symbol", _text(LONGEST_CHECK_SYMBOL)),
        event_type=_event_type(fields.maybe("event_type", _as_it_is), check_id),
        check_id=check_id,
        check_descriptor=fields.maybe("check_descriptor", _text(LONGEST_CHECK_DESCRIPTOR)),
        severity=fields.take("severity", _severity),
        event_message=fields.maybe("event_message", _text(LONGEST_DESCRIPTION)) or "",
        time_stamp_utc=fields.instant("time_stamp_utc"),
    )


def _text(longest: int) -> Parse[str]:
    def read(value: object, field: str) -> str:
        if not isinstance(value, str):
            raise Invalid.of(field, "it is no text")
        return cut(without_refused(value), longest)

    return read


def _number(value: object, field: str) -> int:
    return check_integer(int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value, field)


def _severity(value: object, field: str) -> Severity:
    return parse_severity(value.upper() if isinstance(value, str) and value.isascii() else value, field)


def _as_it_is(value: object, field: str) -> object:  # noqa: ARG001 - it reads like the others
    return value


def _event_type(value: object, check_id: int | None) -> ApicaEventType:
    known = next((one for one in ApicaEventType if one.value == value), None)
    return known or (ApicaEventType.CUSTOM if check_id is None else ApicaEventType.CHECK)
