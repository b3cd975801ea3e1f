"""The lines of an export that hold events and their history."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from milepost.domain.archive import ArchivedEvent
from milepost.domain.caller import LONGEST_CLIENT
from milepost.domain.errors import Invalid, Problem
from milepost.domain.event import (
    Event,
    Provenance,
    check_span,
    parse_check,
    parse_dedup_key,
    parse_description,
    parse_metadata,
    parse_name,
    parse_severity,
    parse_source,
    parse_type,
)
from milepost.domain.history import ChangeKind, Revision
from milepost.domain.instant import LATEST
from milepost.domain.scope import EVERYWHERE, Scope, SidTuple, parse_scope
from milepost.domain.sid import check_sid
from milepost.domain.tags import parse_tags
from milepost.domain.text import JsonObject, check_integer, check_text, shown
from milepost.domain.token import LONGEST_NAME as LONGEST_TOKEN_NAME
from milepost.wire.event_record import event_record
from milepost.wire.line_fields import LineFields, read_choice, read_flag
from milepost.wire.revision_record import revision_record

_KEPT_KINDS = (ChangeKind.CHANGED, ChangeKind.DELETED, ChangeKind.RESTORED)
_LONGEST_DOOR = 32


def event_line(entry: ArchivedEvent) -> JsonObject:
    """The event's record, its version and whether it is deleted."""
    return {**_versioned(entry.event), "deleted": entry.deleted}


def revision_line(revision: Revision) -> JsonObject:
    """The change's record, its account, and the version of the event before it."""
    before = None if revision.before is None else _versioned(revision.before)
    return {**revision_record(revision), "accountSid": revision.account_sid, "before": before}


def read_event_line(content: object) -> ArchivedEvent:
    """Read what `event_line` wrote; raises `Invalid`."""
    fields = LineFields(content, "event")
    deleted = fields.maybe("deleted", read_flag) or False
    return ArchivedEvent(_read_event(fields), deleted)


def read_revision_line(content: object) -> Revision:
    """Read what `revision_line` wrote; raises `Invalid`."""
    fields = LineFields(content, "history")
    revision = Revision(
        event_sid=fields.take("eventSid", check_sid),
        account_sid=fields.take("accountSid", check_sid),
        version=fields.take("version", _read_version),
        kind=fields.take("kind", _read_kind),
        at=fields.instant("at"),
        by=fields.take("by", read_provenance),
        before=fields.maybe("before", lambda value, field: _read_event(LineFields(value, field))),
    )
    fields.close()
    return revision


def _versioned(event: Event) -> JsonObject:
    return {**event_record(event), "version": event.version}


def _read_event(fields: LineFields) -> Event:
    event = Event(
        sid=fields.take("sid", check_sid),
        account_sid=fields.take("accountSid", check_sid),
        type=fields.take("type", parse_type),
        name=fields.take("name", parse_name),
        description=fields.maybe("description", parse_description),
        source=fields.maybe("source", parse_source),
        metadata=fields.maybe("metadata", parse_metadata),
        scope=Scope(
            fields.maybe("bucketSids", _read_sids) or EVERYWHERE,
            fields.maybe("environmentSids", _read_sids) or EVERYWHERE,
        ),
        started_at=fields.instant("startedAt"),
        ended_at=fields.maybe_instant("endedAt"),
        created_at=fields.instant("createdAt"),
        severity=fields.maybe("severity", parse_severity),
        tags=fields.maybe("tags", parse_tags),
        check=fields.maybe("check", parse_check),
        dedup_key=fields.maybe("dedupKey", parse_dedup_key),
        updated_at=fields.maybe_instant("updatedAt"),
        created_by=fields.maybe("createdBy", read_provenance),
        version=fields.maybe("version", _read_version) or 1,
    )
    fields.close()
    try:
        check_span(event.started_at, event.ended_at, LATEST)  # how far ahead it may lie was asked when it was made
    except Invalid as invalid:
        raise Invalid(Problem(fields.name_of(problem.field), problem.message) for problem in invalid.problems) from None
    return event


def _read_sids(value: object, field: str) -> SidTuple:
    if not isinstance(value, list):
        return _sids(value, field)
    items = tuple(cast("list[object]", value))
    try:
        return _remembered_sids(items, field)
    except TypeError:  # one of them can't be remembered, and so is no SID
        return _sids(items, field)


def _sids(value: object, field: str) -> SidTuple:
    sids = parse_scope(value, field)
    return sids if sids == EVERYWHERE else tuple(check_sid(sid, field) for sid in sids)


_remembered_sids = lru_cache(maxsize=4_096)(_sids)
"""Nearly all events have one of a few scopes."""


def _read_version(value: object, field: str) -> int:
    version = check_integer(value, field)
    if version < 1:
        raise Invalid.of(field, f"{version} is no version; write 1 or more")
    return version


def _read_kind(value: object, field: str) -> ChangeKind:
    kind = read_choice(ChangeKind)(value, field)
    if kind not in _KEPT_KINDS:
        raise Invalid.of(field, f"{shown(value)} is not one of {', '.join(_KEPT_KINDS)}")
    return kind


def read_provenance(value: object, field: str) -> Provenance:
    """Read what `provenance_record` wrote; raises `Invalid`."""
    fields = LineFields(value, field)
    by = Provenance(
        fields.take("door", lambda item, name: check_text(item, name, _LONGEST_DOOR, blank=False)),
        fields.maybe("token", lambda item, name: check_text(item, name, LONGEST_TOKEN_NAME)),
        fields.maybe("client", lambda item, name: check_text(item, name, LONGEST_CLIENT)),
    )
    fields.close()
    return by
