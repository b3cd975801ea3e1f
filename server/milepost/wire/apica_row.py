"""An event as Apica ASM writes it: one row of the answer to `GET /v3/events`, written and read here.

The source of names, order and values is Apica's description of its events API ("Response body model"). Its times are UTC
and in whole seconds: `2024-05-19T11:52:31`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from milepost.domain.event import (
    LONGEST_CHECK_DESCRIPTOR,
    LONGEST_CHECK_SYMBOL,
    LONGEST_DESCRIPTION,
    Event,
    Severity,
    parse_severity,
)
from milepost.domain.instant import SECOND, Instant, format_instant
from milepost.domain.text import check_integer, check_text
from milepost.wire.line_fields import LineFields, Parse, read_choice

_TIME_LENGTH: Final = len("2024-05-19T11:52:31")


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

    Keys that Apica may add are passed over. `check_*` may be null or left out; the rest has to be there. A message has at
    most 8,192 characters and may be blank. A time may have a fraction (milliseconds of it are kept) and a zone; without
    one it is UTC.
    """
    fields = LineFields(value, field)
    return ApicaRow(
        check_symbol=fields.maybe("check_symbol", _text(LONGEST_CHECK_SYMBOL)),
        event_type=fields.take("event_type", read_choice(ApicaEventType)),
        check_id=fields.maybe("check_id", check_integer),
        check_descriptor=fields.maybe("check_descriptor", _text(LONGEST_CHECK_DESCRIPTOR)),
        severity=fields.take("severity", parse_severity),
        event_message=fields.take("event_message", _text(LONGEST_DESCRIPTION)),
        time_stamp_utc=fields.instant("time_stamp_utc"),
    )


def _text(longest: int) -> Parse[str]:
    return lambda value, field: check_text(value, field, longest)
