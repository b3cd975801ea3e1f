"""Events as people read them in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.cli.terminal import json_text, print_fields, print_table
from milepost.domain.event import Event, Provenance
from milepost.domain.history import Revision
from milepost.domain.instant import Instant, format_instant
from milepost.domain.scope import EVERYWHERE, SidTuple
from milepost.wire.event_record import check_record, tags_record

_HEADINGS = ("STARTED", "ENDED", "TYPE", "SOURCE", "SID", "SCOPE", "NAME")


def print_events(events: Sequence[Event], *, headed: bool = True) -> None:
    """One line an event, under headings where `headed`."""
    print_table(_HEADINGS, [_row(event) for event in events], headed=headed)


def print_event(event: Event) -> None:
    """One event, a field a line; what is not set is left out."""
    print_fields(
        {
            "sid": event.sid,
            "type": event.type.value,
            "name": event.name,
            "description": event.description,
            "source": event.source,
            "metadata": None if event.metadata is None else json_text(event.metadata),
            "buckets": _narrow(event.scope.buckets),
            "environments": _narrow(event.scope.environments),
            "started": format_instant(event.started_at),
            "ended": _end(event) or None,
            "severity": event.severity,
            "tags": json_text(tags_record(event.tags)) if event.tags else None,
            "check": json_text(check_record(event.check)) if event.check else None,
            "dedup key": event.dedup_key,
            "created": f"{format_instant(event.created_at)}{_by(event.created_by)}",
            "updated": _moment(event.updated_at),
        },
        with_breaks="description",
    )


def print_revisions(revisions: Sequence[Revision]) -> None:
    """One line a change, with what the event was called before it."""
    print_table(
        ("AT", "VERSION", "CHANGE", "BY", "BEFORE"),
        [
            (
                format_instant(item.at),
                str(item.version),
                item.kind.value,
                _by(item.by).removeprefix(" by "),
                "" if item.before is None else f"{item.before.type}: {item.before.name}",
            )
            for item in revisions
        ],
    )


def _row(event: Event) -> tuple[str, ...]:
    return (
        format_instant(event.started_at),
        _end(event),
        event.type.value,
        event.source or "",
        event.sid,
        _scope(event),
        event.name,
    )


def _end(event: Event) -> str:
    return "ongoing" if event.ongoing else _moment(event.ended_at) or ""


def _scope(event: Event) -> str:
    parts = [_narrow(event.scope.buckets), _narrow(event.scope.environments)]
    return " in ".join(part or "*" for part in parts) if any(parts) else "*"


def _narrow(sids: SidTuple) -> str | None:
    return None if sids == EVERYWHERE else ",".join(sids)


def _by(by: Provenance | None) -> str:
    if by is None:
        return ""
    details = [detail for detail in (by.token, by.client) if detail]
    return f" by {by.door}" + (f" ({', '.join(details)})" if details else "")


def _moment(instant: Instant | None) -> str | None:
    return None if instant is None else format_instant(instant)
