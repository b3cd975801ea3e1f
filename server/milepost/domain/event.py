"""The event: something that happened to a system and explains a chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum, StrEnum
from typing import Any, Final, TypeVar, cast, dataclass_transform

from milepost.domain.errors import Invalid
from milepost.domain.instant import DAY, Instant, When, format_instant
from milepost.domain.scope import ALL, Scope, SidTuple
from milepost.domain.tags import Tags
from milepost.domain.text import JsonObject, check_integer, check_json_object, check_text, member, shown

LONGEST_NAME = 256
LONGEST_DESCRIPTION = 8_192
LONGEST_SOURCE = 128
LONGEST_DEDUP_KEY = 256
LONGEST_CHECK_SYMBOL = 256
LONGEST_CHECK_DESCRIPTOR = 1_024
METADATA_BYTES = 16 * 1_024
METADATA_DEPTH = 8
FURTHEST_AHEAD = 366 * DAY


T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def _unchanging(kind: type[T]) -> type[T]:
    """A frozen dataclass as far as pyright goes, which is how far it has to go.

    Being frozen at run time as well makes an event take twice the time to make: of a page of 25, a tenth of its whole answer.
    """
    return dataclass(slots=True, kw_only=True)(kind)


class EventType(StrEnum):
    """What kind of happening it was."""

    DEPLOYMENT = "deployment"
    INCIDENT = "incident"
    CONFIG_CHANGE = "config_change"
    SCALE = "scale"
    CUSTOM = "custom"


class Severity(StrEnum):
    """How bad it is: information, warning, error, fatal."""

    INFORMATION = "I"
    WARNING = "W"
    ERROR = "E"
    FATAL = "F"


@dataclass(frozen=True, slots=True)
class Check:
    """The monitor that raised an event: its number, its symbolic and its descriptive name."""

    id: int
    symbol: str | None = None
    descriptor: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who wrote: the door it came through (`mcp`, `rest`, `cli`, …), the token's name, the client's name and version."""

    door: str
    token: str | None = None
    client: str | None = None


@_unchanging
class Event:
    """An event as it is kept. `version` counts its changes from 1; `updated_at` is None until the first."""

    sid: str
    account_sid: str
    type: EventType
    name: str
    description: str | None = None
    source: str | None = None
    metadata: JsonObject | None = None
    scope: Scope = ALL
    started_at: Instant
    ended_at: Instant | None = None
    created_at: Instant
    severity: Severity | None = None
    tags: Tags | None = None
    check: Check | None = None
    dedup_key: str | None = None
    updated_at: Instant | None = None
    created_by: Provenance | None = None
    version: int = 1

    @property
    def ongoing(self) -> bool:
        """An incident without an end. Any other event without one is a point in time."""
        return self.ended_at is None and self.type is EventType.INCIDENT


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDraft:
    """What a user writes to create an event; None is left out. Scopes hold SIDs or names, as written."""

    type: EventType
    name: str
    description: str | None = None
    source: str | None = None
    metadata: JsonObject | None = None
    buckets: SidTuple | None = None
    environments: SidTuple | None = None
    started_at: When | None = None
    ended_at: When | None = None
    severity: Severity | None = None
    tags: Tags | None = None
    check: Check | None = None
    dedup_key: str | None = None


class Unset(Enum):
    """Marks a field that a change leaves alone, so that None can mean "clear it"."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
Maybe = T | Unset


@dataclass(frozen=True, slots=True, kw_only=True)
class EventChange:
    """What a user writes to change an event: only what is given changes, None clears.

    `type`, `name`, `started_at` and the scopes can't be cleared. Scopes hold SIDs or names, as written.
    """

    type: Maybe[EventType] = UNSET
    name: Maybe[str] = UNSET
    description: Maybe[str | None] = UNSET
    source: Maybe[str | None] = UNSET
    metadata: Maybe[JsonObject | None] = UNSET
    buckets: Maybe[SidTuple] = UNSET
    environments: Maybe[SidTuple] = UNSET
    started_at: Maybe[When] = UNSET
    ended_at: Maybe[When | None] = UNSET
    severity: Maybe[Severity | None] = UNSET
    tags: Maybe[Tags | None] = UNSET
    check: Maybe[Check | None] = UNSET
    dedup_key: Maybe[str | None] = UNSET

    def given(self) -> Mapping[str, Any]:
        """The fields that were given, by their names here."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in values if value is not UNSET}

    def applied_to(self, event: Event, now: Instant) -> Event:
        """The event after this change, its scopes being SIDs by now; the very same object if nothing changes.

        Raises `Invalid` where the span that results breaks a rule.
        """
        values = dict(self.given())
        scope = Scope(values.pop("buckets", event.scope.buckets), values.pop("environments", event.scope.environments))
        for field in ("started_at", "ended_at"):
            if isinstance(when := values.get(field), When):
                values[field] = when.at(now)
        changed = replace(event, scope=scope, **values)
        if changed == event and _same_json(changed.metadata, event.metadata):
            return event
        check_span(changed.started_at, changed.ended_at, now)
        return replace(changed, updated_at=now, version=event.version + 1)


def check_span(started_at: Instant, ended_at: Instant | None, now: Instant) -> None:
    """Raises `Invalid` if the span ends before it starts, or reaches further ahead than 366 days."""
    for field, moment in (("startedAt", started_at), ("endedAt", ended_at)):
        if moment is not None and moment > now + FURTHEST_AHEAD:
            latest = format_instant(Instant(now + FURTHEST_AHEAD))
            raise Invalid.of(
                field, f"{format_instant(moment)} is more than 366 days ahead; the latest taken is {latest}"
            )
    if ended_at is not None and ended_at < started_at:
        message = f"{format_instant(ended_at)} lies before startedAt {format_instant(started_at)}; write a later end"
        raise Invalid.of("endedAt", message)


def parse_name(value: object, field: str = "name") -> str:
    """1-256 characters, not blank."""
    return check_text(value, field, LONGEST_NAME, blank=False)


def parse_description(value: object, field: str = "description") -> str:
    """At most 8,192 characters."""
    return check_text(value, field, LONGEST_DESCRIPTION)


def parse_source(value: object, field: str = "source") -> str:
    """At most 128 characters, such as `github_actions`."""
    return check_text(value, field, LONGEST_SOURCE)


def parse_dedup_key(value: object, field: str = "dedupKey") -> str:
    """1-256 characters; a blank one is refused, since an unset variable would make all events one."""
    return check_text(value, field, LONGEST_DEDUP_KEY, blank=False)


def parse_metadata(value: object, field: str = "metadata") -> JsonObject:
    """A JSON object of at most 16 KiB, at most 8 deep; its keys keep their order."""
    return check_json_object(value, field, most_bytes=METADATA_BYTES, depth=METADATA_DEPTH)


def parse_type(value: object, field: str = "type") -> EventType:
    """One of the five types."""
    return _one_of(EventType, value, field)


def parse_severity(value: object, field: str = "severity") -> Severity:
    """One of the four letters."""
    return _one_of(Severity, value, field)


def parse_check(value: object, field: str = "check") -> Check:
    """`{id, symbol, descriptor}`; the id is required."""
    if not isinstance(value, dict):
        raise Invalid.of(field, f'{shown(value)} is not an object; write one such as {{"id": 42, "symbol": "login"}}')
    parts = cast("dict[str, object]", value)
    if unknown := parts.keys() - {"id", "symbol", "descriptor"}:
        raise Invalid.of(
            member(field, min(map(str, unknown))), "there is no such field; check has id, symbol and descriptor"
        )
    if parts.get("id") is None:
        raise Invalid.of(f"{field}.id", "it is missing; write the monitor's number such as 42")
    symbol, descriptor = parts.get("symbol"), parts.get("descriptor")
    return Check(
        id=check_integer(parts["id"], f"{field}.id"),
        symbol=None if symbol is None else check_text(symbol, f"{field}.symbol", LONGEST_CHECK_SYMBOL),
        descriptor=None
        if descriptor is None
        else check_text(descriptor, f"{field}.descriptor", LONGEST_CHECK_DESCRIPTOR),
    )


E = TypeVar("E", bound=StrEnum)


def _one_of(kind: type[E], value: object, field: str) -> E:
    for one in kind:
        if value == one.value:
            return one
    raise Invalid.of(field, f"{shown(value)} is not one of {', '.join(kind)}")


def _same_json(one: JsonObject | None, other: JsonObject | None) -> bool:
    """Whether two metadata are the same to the letter: key order counts, and 1 is neither 1.0 nor true."""
    return repr(one) == repr(other)
