"""The event as JSON: the twelve fields of the seed API in its order, then Milepost's own. Every field is always there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from milepost.domain.event import Check, Event, Provenance
from milepost.domain.instant import Instant, format_instant
from milepost.domain.tags import Tags


def event_record(event: Event) -> dict[str, Any]:
    """The record that REST answers with: times as `2024-01-15T14:30:00.000Z`, what is not set as null."""
    return {
        "sid": event.sid,
        "accountSid": event.account_sid,
        "type": event.type.value,
        "name": event.name,
        "description": event.description,
        "source": event.source,
        "metadata": event.metadata,
        "bucketSids": list(event.scope.buckets),
        "environmentSids": list(event.scope.environments),
        "startedAt": format_instant(event.started_at),
        "endedAt": _moment(event.ended_at),
        "createdAt": format_instant(event.created_at),
        "severity": event.severity.value if event.severity else None,
        "tags": tags_record(event.tags) if event.tags else None,
        "check": check_record(event.check) if event.check else None,
        "dedupKey": event.dedup_key,
        "updatedAt": _moment(event.updated_at),
        "createdBy": provenance_record(event.created_by) if event.created_by else None,
    }


def check_record(check: Check) -> dict[str, Any]:
    """`{id, symbol, descriptor}`, the names null where they are not set."""
    return {"id": check.id, "symbol": check.symbol, "descriptor": check.descriptor}


def tags_record(tags: Tags) -> Mapping[str, list[str]]:
    """Each key with its values, in the order in which they were written."""
    return {key: list(values) for key, values in tags.items()}


def provenance_record(by: Provenance) -> dict[str, str | None]:
    """`{door, token, client}`: through which door, the token's name, the client's name and version."""
    return {"door": by.door, "token": by.token, "client": by.client}


def _moment(instant: Instant | None) -> str | None:
    return None if instant is None else format_instant(instant)
