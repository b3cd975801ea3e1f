"""The table of live events: every write to it, each noted for the index and for whoever listens."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from milepost.domain.errors import Conflict, NotFound
from milepost.domain.event import Event
from milepost.domain.history import ChangeKind
from milepost.stores.sqlite.index import Noted
from milepost.stores.sqlite.notices import Change
from milepost.stores.sqlite.writer import Work
from milepost.stores.timeline.chunk_keys import Seat
from milepost.stores.timeline.record import decode_event, encode_event

_COLUMNS = "SELECT id, chunk, slot, record FROM event WHERE account_id = ?"
_BY_SID = f"{_COLUMNS} AND sid = ?"
_BY_DEDUP_KEY = f"{_COLUMNS} AND dedup_key = ?"
_ADD = (
    "INSERT INTO event (account_id, sid, started_at, ended_at, source, dedup_key, record) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_CHANGE = "UPDATE event SET started_at = ?, ended_at = ?, source = ?, dedup_key = ?, record = ? WHERE id = ?"
_REMOVE = "DELETE FROM event WHERE id = ?"
_DELETED = "SELECT 1 FROM deleted_event WHERE account_id = ? AND sid = ?"


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """An event with its row and its seat; it has none while the transaction that wrote it lasts."""

    account_id: int
    id: int
    seat: Seat | None
    event: Event


def find_live(connection: sqlite3.Connection, account_id: int, account_sid: str, sid: str) -> LiveEvent | None:
    """The live event with that sid."""
    return _live(connection.execute(_BY_SID, (account_id, sid)).fetchone(), account_id, account_sid)


def get_live(connection: sqlite3.Connection, account_id: int, account_sid: str, sid: str) -> LiveEvent:
    """The live event with that sid; raises `NotFound`."""
    found = find_live(connection, account_id, account_sid, sid)
    if found is None:
        raise NotFound("event", sid)
    return found


def find_by_dedup_key(connection: sqlite3.Connection, account_id: int, account_sid: str, key: str) -> LiveEvent | None:
    """The live event that holds the key."""
    return _live(connection.execute(_BY_DEDUP_KEY, (account_id, key)).fetchone(), account_id, account_sid)


def sid_is_taken(connection: sqlite3.Connection, account_id: int, sid: str) -> bool:
    """Whether an event of that sid is there, live or deleted."""
    live = connection.execute(_BY_SID, (account_id, sid)).fetchone()
    return live is not None or connection.execute(_DELETED, (account_id, sid)).fetchone() is not None


def add_live(work: Work, account_id: int, event: Event, kind: ChangeKind) -> None:
    """Insert an event whose sid and dedup key are free."""
    row = (event.started_at, event.ended_at, event.source, event.dedup_key, encode_event(event))
    event_id = work.connection.execute(_ADD, (account_id, event.sid, *row)).lastrowid
    assert event_id is not None  # noqa: S101 - an INSERT has one
    work.noted.append(Noted(account_id, event_id, None, None, event))
    work.changes.append(Change(kind, account_id, event.sid, (event.scope,)))


def change_live(work: Work, live: LiveEvent, event: Event) -> None:
    """Write the event's new state."""
    row = (event.started_at, event.ended_at, event.source, event.dedup_key, encode_event(event))
    work.connection.execute(_CHANGE, (*row, live.id))
    work.noted.append(Noted(live.account_id, live.id, live.event, live.seat, event))
    scopes = tuple(dict.fromkeys((live.event.scope, event.scope)))
    work.changes.append(Change(ChangeKind.CHANGED, live.account_id, event.sid, scopes))


def remove_live(work: Work, live: LiveEvent) -> None:
    """Take the event out; what becomes of it, and who hears of it, is up to the caller."""
    work.connection.execute(_REMOVE, (live.id,))
    work.noted.append(Noted(live.account_id, live.id, live.event, live.seat, None))


def check_dedup_key(work: Work, account_id: int, event: Event, event_id: int | None) -> None:
    """Raises `Conflict` if another live event than `event_id` holds the event's dedup key."""
    if event.dedup_key is None:
        return
    holder = find_by_dedup_key(work.connection, account_id, event.account_sid, event.dedup_key)
    if holder is not None and holder.id != event_id:
        raise Conflict("dedupKey", "another event of this account has this key; choose another, or leave it out")


def _live(row: tuple[int, int | None, int | None, str] | None, account_id: int, account_sid: str) -> LiveEvent | None:
    if row is None:
        return None
    event_id, chunk, slot, record = row
    seat = None if chunk is None or slot is None else (chunk, slot)
    return LiveEvent(account_id, event_id, seat, decode_event(record, account_sid))
