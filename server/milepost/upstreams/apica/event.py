"""A row of Apica's as an event of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

import orjson

from milepost.domain.event import LONGEST_NAME, Check, Event, EventType, Severity
from milepost.domain.sid import EVENT, derive
from milepost.domain.text import is_visible
from milepost.upstreams.apica.message import NO_MESSAGE
from milepost.wire.apica_row import ApicaRow

_DIGEST_BYTES: Final = 16


def events_of(rows: Iterable[ApicaRow], account_sid: str) -> list[Event]:
    """The events of rows in order, newest first; the rows have to be all of their seconds.

    Apica's events have no id, and the same row may come several times: its sid is made of what it says and of how many
    like it came before. So it stays the same from call to call, whatever window or page it comes on.
    """
    seen = Counter[ApicaRow]()
    events: list[Event] = []
    for row in rows:
        events.append(_event(row, seen[row], account_sid))
        seen[row] += 1
    return sorted(events, key=lambda event: (event.started_at, event.sid), reverse=True)


def _event(row: ApicaRow, occurrence: int, account_sid: str) -> Event:
    message, moment = row.event_message, row.time_stamp_utc
    incident = row.severity is not Severity.INFORMATION
    name = message[:LONGEST_NAME]
    return Event(
        sid=derive(EVENT, moment, _digest(row, occurrence)),
        account_sid=account_sid,
        type=EventType.INCIDENT if incident else EventType.CUSTOM,
        name=name if is_visible(name) else NO_MESSAGE,
        description=message if len(message) > LONGEST_NAME else None,
        started_at=moment,
        ended_at=moment if incident else None,
        created_at=moment,
        severity=row.severity,
        check=None if row.check_id is None else Check(row.check_id, row.check_symbol, row.check_descriptor),
    )


def _digest(row: ApicaRow, occurrence: int) -> bytes:
    """Of all fields; a change here gives every event another sid."""
    fields = [
        row.check_symbol,
        row.event_type,
        row.check_id,
        row.check_descriptor,
        row.severity,
        row.event_message,
        row.time_stamp_utc,
        occurrence,
    ]
    return blake2b(orjson.dumps(fields), digest_size=_DIGEST_BYTES).digest()
