"""The tables of former states: one revision a change, and the events that are deleted for now."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from milepost.domain.event import Event, Provenance
from milepost.domain.history import ChangeKind, Revision
from milepost.domain.instant import Instant
from milepost.stores.timeline.record import decode_event, decode_provenance, encode_event, encode_provenance

_KEEP = "INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?, ?)"
_OF_EVENT = (
    "SELECT event_sid, version, kind, at, by, before FROM revision"
    " WHERE account_id = ? AND event_sid = ? AND version < ? ORDER BY version DESC LIMIT ?"
)
_HIDE = "INSERT INTO deleted_event VALUES (?, ?, ?, ?, ?)"
_FIND_HIDDEN = "SELECT record FROM deleted_event WHERE account_id = ? AND sid = ?"
_UNHIDE = "DELETE FROM deleted_event WHERE account_id = ? AND sid = ?"

RevisionRow = tuple[str, int, str, int, str, str | None]


@dataclass(frozen=True, slots=True)
class Occasion:
    """Which change, when and by whom."""

    kind: ChangeKind
    at: Instant
    by: Provenance


def keep_revision(
    connection: sqlite3.Connection,
    account_id: int,
    event_sid: str,
    version: int,
    occasion: Occasion,
    before: Event | None,
) -> None:
    """Write one revision; `version` is the event's after the change."""
    record = None if before is None else encode_event(before)
    by = encode_provenance(occasion.by)
    connection.execute(_KEEP, (account_id, event_sid, version, occasion.kind, occasion.at, by, record))


def revisions_below(
    connection: sqlite3.Connection, account_id: int, account_sid: str, event_sid: str, version: int, limit: int
) -> list[Revision]:
    """The newest `limit` revisions with a version under `version`."""
    rows = connection.execute(_OF_EVENT, (account_id, event_sid, version, limit))
    return [decode_revision(row, account_sid) for row in rows]


def decode_revision(row: RevisionRow, account_sid: str) -> Revision:
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


def hide_event(connection: sqlite3.Connection, account_id: int, event: Event) -> None:
    """Keep the last state of an event that is deleted."""
    connection.execute(_HIDE, (account_id, event.sid, event.started_at, event.source, encode_event(event)))


def find_hidden(connection: sqlite3.Connection, account_id: int, account_sid: str, event_sid: str) -> Event | None:
    """The last state of a deleted event."""
    found = connection.execute(_FIND_HIDDEN, (account_id, event_sid)).fetchone()
    return None if found is None else decode_event(found[0], account_sid)


def unhide_event(connection: sqlite3.Connection, account_id: int, event_sid: str) -> None:
    """Forget a deleted event, since it is live again."""
    connection.execute(_UNHIDE, (account_id, event_sid))
