"""An event as a record of the API, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final, TypeVar, cast

import orjson

from milepost.domain.errors import Invalid
from milepost.domain.event import Event, parse_type
from milepost.domain.instant import Instant, parse_instant
from milepost.domain.scope import EVERYWHERE, Scope, SidTuple
from milepost.domain.sid import check_sid
from milepost.domain.text import JsonObject
from milepost.upstreams.apitraffic.answers import Unreadable
from milepost.upstreams.apitraffic.foreign import foreign_object, foreign_text
from milepost.upstreams.apitraffic.luggage import NAMES, load, unload
from milepost.wire.event_record import event_record

FIELDS: Final = (
    "type",
    "name",
    "description",
    "source",
    "metadata",
    "bucketSids",
    "environmentSids",
    "startedAt",
    "endedAt",
)
"""What the API takes, in its documentation's order."""
_LARGEST_VERSION: Final = 2**31 - 1
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held:
    """An event, and what its record has that the event doesn't show.

    `metadata` still holds what rides along; `own` names the fields that ride along though the record has them itself.
    """

    event: Event
    metadata: JsonObject | None
    own: frozenset[str]


@dataclass(frozen=True, slots=True)
class Illegible:
    """A record that can't be read: when it starts and where it applies, None where not even that can be told."""

    started_at: Instant | None
    scope: Scope | None


def read_listed(content: object, account_sid: str) -> Event | Illegible:
    """Read one of many records of that account."""
    with suppress(Unreadable):
        return read_record(content, account_sid).event
    if not isinstance(content, dict):
        return Illegible(None, None)
    record = cast("dict[str, object]", content)
    started_at = _legible(lambda: _maybe(record, "startedAt", parse_instant))
    return Illegible(started_at, _legible(lambda: _scope(record)))


def read_record(content: object, account_sid: str) -> Held:
    """Read a record of that account; raises `Unreadable`.

    What the documentation shows as null may be missing too, and texts and lists may be longer than ours. A scope that is
    empty or missing is everywhere, which is the API's default.
    """
    if not isinstance(content, dict):
        raise Unreadable("event")
    record = cast("dict[str, object]", content)
    metadata = _maybe(record, "metadata", foreign_object)
    shown, attributes = unload(metadata, record)
    event = Event(
        sid=_need(record, "sid", check_sid),
        account_sid=_need(record, "accountSid", _only(account_sid)),
        type=_need(record, "type", parse_type),
        name=_need(record, "name", foreign_text),
        description=_maybe(record, "description", foreign_text),
        source=_maybe(record, "source", foreign_text),
        metadata=shown,
        scope=_scope(record),
        started_at=_need(record, "startedAt", parse_instant),
        ended_at=_maybe(record, "endedAt", parse_instant),
        created_at=_need(record, "createdAt", parse_instant),
        **attributes,
    )
    return Held(replace(event, version=version_of(event)), metadata, _own(record))


def version_of(event: Event) -> int:
    """A number from 1 to 2³¹-1 that changes with whatever the event shows; the API counts no versions."""
    digest = blake2b(orjson.dumps(event_record(event)), digest_size=8).digest()
    return int.from_bytes(digest, "big") % _LARGEST_VERSION + 1


def new_fields(event: Event) -> dict[str, Any]:
    """What creates the event. That nobody made it is said aloud: a Milepost up there would name itself. Raises `Invalid`."""
    fields = _fields(event, load(event, aloud=("createdBy",)))
    return {name: value for name, value in fields.items() if value is not None}


def changed_fields(held: Held, changed: Event) -> dict[str, Any]:
    """What makes `changed` of the event: the fields that differ, to the letter. Raises `Invalid`."""
    before = _fields(held.event, held.metadata)
    after = _fields(changed, load(changed, held.event.metadata, held.own))
    return {name: after[name] for name in FIELDS if orjson.dumps(after[name]) != orjson.dumps(before[name])}


def _fields(event: Event, metadata: JsonObject | None) -> dict[str, Any]:
    record = event_record(event) | {"metadata": metadata}
    return {name: record[name] for name in FIELDS}


def _own(record: Mapping[str, object]) -> frozenset[str]:
    """A Milepost up there notes each change itself, so `updatedAt` counts though it may still be null."""
    return frozenset(name for name in NAMES & record.keys() if name == "updatedAt" or record[name] is not None)


def _need(record: Mapping[str, object], name: str, read: Callable[[object, str], T]) -> T:
    value = _maybe(record, name, read)
    if value is None:
        raise Unreadable(f"{name} of an event")
    return value


def _maybe(record: Mapping[str, object], name: str, read: Callable[[object, str], T]) -> T | None:
    value = record.get(name)
    try:
        return None if value is None else read(value, name)
    except Invalid:
        raise Unreadable(f"{name} of an event") from None


def _only(account_sid: str) -> Callable[[object, str], str]:
    def read(value: object, field: str) -> str:
        if value != account_sid:
            raise Invalid.of(field, "it is another account's")
        return account_sid

    return read


def _legible(read: Callable[[], T]) -> T | None:
    with suppress(Unreadable):
        return read()
    return None


def _scope(record: Mapping[str, object]) -> Scope:
    buckets, environments = (_maybe(record, name, _sids) for name in ("bucketSids", "environmentSids"))
    return Scope(buckets or EVERYWHERE, environments or EVERYWHERE)


def _sids(value: object, field: str) -> SidTuple:
    if not isinstance(value, list):
        raise Invalid.of(field, "it is no list of SIDs")
    sids = tuple(foreign_text(item, field) for item in cast("list[object]", value))
    return EVERYWHERE if "*" in sids else tuple(dict.fromkeys(sids))
