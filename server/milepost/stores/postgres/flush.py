"""Writing a workspace: every table brought up to date, a statement each, sent without waiting for answers in between.

What leaves its place in the timeline, or frees a dedup key, goes first, so that others may take it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import LiteralString

import psycopg

from milepost.domain.event import Event
from milepost.stores.postgres.naming import name_sources_and_tags
from milepost.stores.postgres.notices import keep_notices
from milepost.stores.postgres.postings import Postings
from milepost.stores.postgres.revisions import KEEP as KEEP_REVISIONS
from milepost.stores.postgres.seating import Seating
from milepost.stores.postgres.workspace import Entry, Workspace
from milepost.stores.timeline.chunk_keys import Seat
from milepost.stores.timeline.folded import folded_texts
from milepost.stores.timeline.terms import terms_of

_OURS = "account_id = %s AND sid = ANY(%b)"
_REMOVE = f"DELETE FROM event WHERE {_OURS}"
_LEAVE = f"UPDATE event SET chunk = NULL, slot = NULL, dedup_key = NULL WHERE {_OURS}"
_FREE_KEY = f"UPDATE event SET dedup_key = NULL WHERE {_OURS}"
_NEW_ROWS = (
    "unnest(%b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::bigint[], %b::integer[], %b::text[], %b::text[])"
)
_COLUMNS = "account_id, sid, started_at, ended_at, chunk, slot, dedup_key, record"
_ADD = f"INSERT INTO event ({_COLUMNS}) SELECT * FROM {_NEW_ROWS}"
_CHANGE = (
    "UPDATE event SET started_at = new.started_at, ended_at = new.ended_at, chunk = new.chunk, slot = new.slot,"
    f" dedup_key = new.dedup_key, record = new.record FROM {_NEW_ROWS} AS new ({_COLUMNS})"
    " WHERE event.account_id = new.account_id AND event.sid = new.sid"
)
_FORGET_TEXT = f"DELETE FROM event_text WHERE {_OURS}"
_KEEP_TEXT = (
    "INSERT INTO event_text SELECT * FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::text[], %b::bigint[])"
    " ON CONFLICT (account_id, sid) DO UPDATE SET name = excluded.name, description = excluded.description"
)
_UNHIDE = f"DELETE FROM deleted_event WHERE {_OURS}"
_HIDE = (
    "INSERT INTO deleted_event"
    " SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::text[])"
    " ON CONFLICT (account_id, sid) DO UPDATE"
    " SET started_at = excluded.started_at, source = excluded.source, record = excluded.record"
)


def flush(work: Workspace) -> None:
    """Write what the workspace gathered; it is spent afterwards."""
    touched = [entry for entry in work.entries.values() if entry.live is not entry.stored]
    hidden = [entry for entry in work.entries.values() if entry.hidden_record is not None]
    shown = [entry for entry in work.entries.values() if entry.was_hidden and entry.hidden is None]
    if not (touched or hidden or shown or work.changes or work.revisions):
        return
    with work.connection.pipeline():
        for account_id, group in groupby(sorted(touched, key=_account), key=_account):
            _Timeline(work.connection, account_id).write(list(group))
        _each_account(work.connection, _UNHIDE, shown)
        _keep_hidden(work.connection, hidden)
        if work.revisions:
            work.connection.execute(KEEP_REVISIONS, _turned(work.revisions))
        name_sources_and_tags(work.connection, [(entry.account_id, entry.live) for entry in touched if entry.live])
        keep_notices(work.connection, work.noticed, work.changes)


class _Timeline:
    """The events of one account: rows, seats, postings, text."""

    def __init__(self, connection: psycopg.Connection, account_id: int) -> None:
        self._connection = connection
        self._account_id = account_id
        self._postings = Postings(connection)
        self._seating = Seating(connection, account_id, self._postings, self._write_seated)
        self._seated: list[tuple[Entry, Seat]] = []

    def write(self, entries: list[Entry]) -> None:
        self._leave(entries)
        self._stay([entry for entry in entries if not entry.moved])
        self._postings.save()
        for entry in sorted((entry for entry in entries if entry.moved and entry.live), key=_order):
            self._sit_down(entry)
        self._write_seated()
        self._seating.save()
        self._write_text(entries)

    def _leave(self, entries: list[Entry]) -> None:
        """Take out what is gone or moves; free the keys that others may want."""
        for entry in entries:
            if entry.moved and entry.stored and entry.seat:
                self._postings.clear(self._account_id, terms_of(entry.stored), entry.seat)
        self._seating.clear(entry.seat for entry in entries if entry.moved and entry.seat)
        self._execute(_REMOVE, [entry for entry in entries if entry.stored and not entry.live])
        self._execute(_LEAVE, [entry for entry in entries if entry.stored and entry.live and entry.moved])
        self._execute(_FREE_KEY, [entry for entry in entries if not entry.moved and _frees_key(entry)])

    def _stay(self, entries: list[Entry]) -> None:
        """Change events where they are."""
        seated: list[tuple[Entry, Seat]] = []
        for entry in entries:
            if entry.stored and entry.live and entry.seat:
                old, new = terms_of(entry.stored), terms_of(entry.live)
                self._postings.clear(self._account_id, old - new, entry.seat)
                self._postings.set(self._account_id, new - old, entry.seat)
                seated.append((entry, entry.seat))
        self._write(_CHANGE, seated)

    def _sit_down(self, entry: Entry) -> None:
        assert entry.live is not None  # noqa: S101 - chosen so
        seat = self._seating.seat(entry.live.started_at)
        self._postings.set(self._account_id, terms_of(entry.live), seat)
        self._seated.append((entry, seat))

    def _write_seated(self) -> None:
        self._write(_ADD, [(entry, seat) for entry, seat in self._seated if not entry.stored])
        self._write(_CHANGE, [(entry, seat) for entry, seat in self._seated if entry.stored])
        self._seated.clear()
        self._postings.save()

    def _write(self, statement: LiteralString, seated: list[tuple[Entry, Seat]]) -> None:
        if seated:
            self._connection.execute(statement, _turned(map(_row, seated)))

    def _write_text(self, entries: list[Entry]) -> None:
        texts = [_text(entry.live) for entry in entries if entry.live and _text_differs(entry)]
        if texts:
            rows = [(self._account_id, *text) for text in texts]
            self._connection.execute(_KEEP_TEXT, _turned(rows))
        self._execute(_FORGET_TEXT, [entry for entry in entries if entry.stored and not entry.live])

    def _execute(self, statement: LiteralString, entries: list[Entry]) -> None:
        if entries:
            self._connection.execute(statement, (self._account_id, [entry.sid for entry in entries]))


def _keep_hidden(connection: psycopg.Connection, entries: Iterable[Entry]) -> None:
    rows = [
        (entry.account_id, entry.sid, entry.hidden.started_at, entry.hidden.source, entry.hidden_record)
        for entry in entries
        if entry.hidden
    ]
    if rows:
        connection.execute(_HIDE, _turned(rows))


def _each_account(connection: psycopg.Connection, statement: LiteralString, entries: list[Entry]) -> None:
    for account_id, group in groupby(sorted(entries, key=_account), key=_account):
        connection.execute(statement, (account_id, [entry.sid for entry in group]))


def _row(seated: tuple[Entry, Seat]) -> tuple[object, ...]:
    entry, (chunk, slot) = seated
    event = entry.live
    assert event is not None  # noqa: S101 - only such are seated
    times = (event.started_at, event.ended_at)
    return (entry.account_id, entry.sid, *times, chunk, slot, event.dedup_key, entry.record)


def _turned(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    """Rows as columns, which is how they travel."""
    return [list(column) for column in zip(*rows, strict=True)]


def _frees_key(entry: Entry) -> bool:
    return bool(
        entry.stored and entry.stored.dedup_key and entry.live and entry.stored.dedup_key != entry.live.dedup_key
    )


def _text_differs(entry: Entry) -> bool:
    one, other = entry.stored, entry.live
    return one is None or other is None or (one.name, one.description) != (other.name, other.description)


def _text(event: Event) -> tuple[str, str, str | None, int]:
    return (event.sid, *folded_texts(event), event.started_at)


def _account(entry: Entry) -> int:
    return entry.account_id


def _order(entry: Entry) -> tuple[int, str]:
    assert entry.live is not None  # noqa: S101 - only such are ordered
    return (entry.live.started_at, entry.sid)
