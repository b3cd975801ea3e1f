"""What finding needs of each event, brought up to date once a transaction, just before its COMMIT.

Items of a group commit tell what they changed (`note`); `save` seats new events, gathers their terms and writes each
posting once for the whole group. An event that changes several times in one transaction counts once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from milepost.domain.event import Event
from milepost.stores.sqlite.postings import Postings
from milepost.stores.sqlite.seating import Seating
from milepost.stores.sqlite.terms import terms_of
from milepost.stores.timeline.chunk_keys import Seat
from milepost.stores.timeline.folded import folded_texts

_UNSEAT = "UPDATE event SET chunk = NULL, slot = NULL WHERE id = ?"
_FORGET_TRIGRAMS = "INSERT INTO event_trigram (event_trigram, rowid, name, description) VALUES ('delete', ?, ?, ?)"
_FORGET_TEXT = "DELETE FROM event_text WHERE id = ?"
_KEEP_TEXT = "INSERT INTO event_text VALUES (?, ?, ?)"
_KEEP_TRIGRAMS = "INSERT INTO event_trigram (rowid, name, description) VALUES (?, ?, ?)"


@dataclass(slots=True)
class Noted:
    """One event before the transaction (with its seat) and now; None where there is none."""

    account_id: int
    event_id: int
    before: Event | None
    seat: Seat | None
    after: Event | None

    @property
    def moved(self) -> bool:
        """Whether it needs another seat."""
        return self.before is None or self.after is None or self.before.started_at != self.after.started_at


class Index:
    """The index as one writer connection writes it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._postings = Postings(connection)
        self._noted: dict[int, Noted] = {}

    def note(self, noted: Noted) -> None:
        """Remember that an event was written. An id is never given twice, so one that comes again is the same event."""
        earlier = self._noted.setdefault(noted.event_id, noted)
        earlier.after = noted.after

    def save(self) -> None:
        """Bring the index up to date with everything noted."""
        noted = sorted(self._noted.values(), key=lambda one: one.account_id)
        for account_id, group in groupby(noted, key=lambda one: one.account_id):
            self._save_account(account_id, list(group))
        self._postings.save()
        for one in sorted(noted, key=lambda one: one.event_id):
            self._save_text(one)
        self._noted.clear()

    def forget(self) -> None:
        """Drop what was noted and what is remembered of the tables (after a rollback, or another process's write)."""
        self._noted.clear()
        self._postings.forget()

    def forget_terms(self) -> None:
        """Drop what is remembered of the terms' numbers."""
        self._postings.forget()

    def _save_account(self, account_id: int, noted: list[Noted]) -> None:
        seating = Seating(self._connection, account_id, self._postings)
        self._leave(seating, account_id, noted)
        for one in noted:
            if not one.moved and one.before and one.after and one.seat:
                old, new = terms_of(one.before), terms_of(one.after)
                self._postings.clear(account_id, old - new, one.seat)
                self._postings.set(account_id, new - old, one.seat)
        self._postings.save()
        for one in sorted((one for one in noted if one.moved and one.after), key=_order):
            assert one.after is not None  # noqa: S101 - chosen so
            seat = seating.seat(one.event_id, one.after.started_at)
            self._postings.set(account_id, terms_of(one.after), seat)
        seating.save()

    def _leave(self, seating: Seating, account_id: int, noted: Iterable[Noted]) -> None:
        left: list[Seat] = []
        for one in noted:
            if one.moved and one.before and one.seat:
                self._postings.clear(account_id, terms_of(one.before), one.seat)
                left.append(one.seat)
        seating.clear(left)
        self._connection.executemany(_UNSEAT, [(one.event_id,) for one in noted if one.moved and one.seat])

    def _save_text(self, noted: Noted) -> None:
        old = None if noted.before is None else folded_texts(noted.before)
        new = None if noted.after is None else folded_texts(noted.after)
        if old == new:
            return
        if old is not None:
            self._connection.execute(_FORGET_TRIGRAMS, (noted.event_id, *old))
            self._connection.execute(_FORGET_TEXT, (noted.event_id,))
        if new is not None:
            self._connection.execute(_KEEP_TEXT, (noted.event_id, *new))
            self._connection.execute(_KEEP_TRIGRAMS, (noted.event_id, *new))


def _order(noted: Noted) -> tuple[int, str]:
    assert noted.after is not None  # noqa: S101 - only such are ordered
    return (noted.after.started_at, noted.after.sid)
