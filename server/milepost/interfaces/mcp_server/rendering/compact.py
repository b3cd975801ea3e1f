"""Events as small JSON: what every event has, then what is set. `detail: "full"` is the REST record instead."""

from __future__ import annotations

from typing import Any, Final

from milepost.domain.event import Event
from milepost.domain.scope import EVERYWHERE
from milepost.interfaces.mcp_server.rendering.moments import shown_moment
from milepost.wire.event_record import check_record, event_record

Json = dict[str, Any]

_NOT_DRAWN: Final = frozenset({"metadata", "check", "dedupKey"})


def shown_event(event: Event, *, full: bool, description: bool = True) -> Json:
    """One event as an answer holds it."""
    return event_record(event) if full else compact_event(event, description=description)


def compact_event(event: Event, *, description: bool) -> Json:
    """`sid`, `type`, `name`, `startedAt`, then whatever of the rest is set; scopes only where they are narrow."""
    compact: Json = {
        "sid": event.sid,
        "type": event.type.value,
        "name": event.name,
        "startedAt": shown_moment(event.started_at),
    }
    if event.source is not None:
        compact["source"] = event.source
    if event.ended_at is not None:
        compact["endedAt"] = shown_moment(event.ended_at)
    if description and event.description is not None:
        compact["description"] = event.description
    _add_scope(compact, event)
    _add_rest(compact, event)
    return compact


def marker(event: Event) -> Json:
    """What an event looks like on a chart needs; hundreds of them are drawn at once."""
    compact = compact_event(event, description=False)
    return {name: value for name, value in compact.items() if name not in _NOT_DRAWN}


def _add_scope(compact: Json, event: Event) -> None:
    if event.scope.buckets != EVERYWHERE:
        compact["bucketSids"] = list(event.scope.buckets)
    if event.scope.environments != EVERYWHERE:
        compact["environmentSids"] = list(event.scope.environments)


def _add_rest(compact: Json, event: Event) -> None:
    if event.severity is not None:
        compact["severity"] = event.severity.value
    if event.metadata is not None:
        compact["metadata"] = event.metadata
    if event.check is not None:
        compact["check"] = {name: value for name, value in check_record(event.check).items() if value is not None}
    if event.dedup_key is not None:
        compact["dedupKey"] = event.dedup_key
