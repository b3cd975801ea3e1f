"""Former states: one revision a change, and the events that are deleted for now."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from milepost.domain.event import Event, Provenance
from milepost.domain.history import ChangeKind, Revision
from milepost.domain.instant import Instant
from milepost.stores.timeline.record import decode_event, decode_provenance, encode_event, encode_provenance

KEEP = (
    "INSERT INTO revision SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::bigint[],"
    " %b::text[], %b::text[])"
)
_OF_EVENT = (
    "SELECT event_sid, version, kind, at, by, before FROM revision"
    " WHERE account_id = %s AND event_sid = %s AND version < %s ORDER BY version DESC LIMIT %s"
)

RevisionRow = tuple[int, str, int, str, int, str, str | None]


@dataclass(frozen=True, slots=True)
class Occasion:
    """Which change, when and by whom."""

    kind: ChangeKind
    at: Instant
    by: Provenance


def revision_row(
    account_id: int, event_sid: str, version: int, occasion: Occasion, before: Event | None
) -> RevisionRow:
    """A revision as it is written; `version` is the event's after the change."""
    record = None if before is None else encode_event(before)
    by = encode_provenance(occasion.by)
    return (account_id, event_sid, version, occasion.kind.value, occasion.at, by, record)


def revisions_below(
    connection: psycopg.Connection, account_id: int, account_sid: str, event_sid: str, version: int, limit: int
) -> list[Revision]:
    """The newest `limit` revisions with a version under `version`."""
    rows = connection.execute(_OF_EVENT, (account_id, event_sid, version, limit))
    return [decode_revision(row, account_sid) for row in rows]


def decode_revision(row: tuple[str, int, str, int, str, str | None], account_sid: str) -> Revision:
    """A revision from its row, the account left out."""
    event_sid, version, kind, at, by, before = row
    return Revision(
        event_sid=event_sid,
        account_sid=account_sid,
        version=version,
        kind=ChangeKind(kind),
        at=Instant(at),
        by=decode_provenance(by),
        before=None if before is None else decode_event(before, account_sid),
    )
