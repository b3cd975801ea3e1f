"""Events and provenances as the JSON texts in which they are kept; what is None is left out."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from milepost.domain.event import Check, Event, EventType, Provenance, Severity
from milepost.domain.instant import Instant
from milepost.domain.scope import ALL, EVERYWHERE, Scope

_TYPES = {kind.value: kind for kind in EventType}
_SEVERITIES = {letter.value: letter for letter in Severity}
_provenance = lru_cache(maxsize=256)(Provenance)
"""A few tokens write nearly all events."""
_scope = lru_cache(maxsize=4096)(Scope)
"""Most events are of a few services, each in one environment."""
_PLAIN = ("description", "source", "metadata", "ended_at", "severity", "dedup_key", "updated_at")


def encode_event(event: Event) -> str:
    """The whole event except its account."""
    record: dict[str, Any] = {
        "sid": event.sid,
        "type": event.type,
        "name": event.name,
        "started_at": event.started_at,
        "created_at": event.created_at,
        "version": event.version,
    }
    record |= {name: value for name in _PLAIN if (value := getattr(event, name)) is not None}
    if event.scope.buckets != EVERYWHERE:
        record["buckets"] = event.scope.buckets
    if event.scope.environments != EVERYWHERE:
        record["environments"] = event.scope.environments
    if event.tags is not None:
        record["tags"] = dict(event.tags)
    if event.check is not None:
        record["check"] = (event.check.id, event.check.symbol, event.check.descriptor)
    if event.created_by is not None:
        record["created_by"] = _parts(event.created_by)
    return orjson.dumps(record).decode()


def decode_event(record: str | bytes | dict[str, Any], account_sid: str) -> Event:
    """The event again, from its text or from its text read as JSON."""
    found: dict[str, Any] = record if isinstance(record, dict) else orjson.loads(record)
    get = found.get
    severity, tags, check, creator = get("severity"), get("tags"), get("check"), get("created_by")
    return Event(
        sid=found["sid"],
        account_sid=account_sid,
        type=_TYPES[found["type"]],
        name=found["name"],
        description=get("description"),
        source=get("source"),
        metadata=get("metadata"),
        scope=_decode_scope(get("buckets"), get("environments")),
        started_at=Instant(found["started_at"]),
        ended_at=get("ended_at"),
        created_at=Instant(found["created_at"]),
        severity=None if severity is None else _SEVERITIES[severity],
        tags=None if tags is None else {key: tuple(values) for key, values in tags.items()},
        check=None if check is None else Check(*check),
        dedup_key=get("dedup_key"),
        updated_at=get("updated_at"),
        created_by=None if creator is None else _provenance(*creator),
        version=found["version"],
    )


def scope_in(record: str) -> Scope:
    """The event's scope alone, in half the time of the whole."""
    found = orjson.loads(record)
    return _decode_scope(found.get("buckets"), found.get("environments"))


def encode_provenance(by: Provenance) -> str:
    """Door, token's name, client."""
    return orjson.dumps(_parts(by)).decode()


def decode_provenance(text: str) -> Provenance:
    """The provenance again."""
    return _provenance(*orjson.loads(text))


def encode_scope(scope: Scope) -> list[list[str]]:
    """Buckets, environments."""
    return [list(scope.buckets), list(scope.environments)]


def decode_scope(parts: list[list[str]]) -> Scope:
    """The scope again."""
    return Scope(tuple(parts[0]), tuple(parts[1]))


def _decode_scope(buckets: list[str] | None, environments: list[str] | None) -> Scope:
    if buckets is None and environments is None:
        return ALL
    return _scope(tuple(buckets or EVERYWHERE), tuple(environments or EVERYWHERE))


def _parts(by: Provenance) -> tuple[str, str | None, str | None]:
    return (by.door, by.token, by.client)
