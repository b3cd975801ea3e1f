"""Postings as they are written: terms become numbers, bits are gathered and written once a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from milepost.stores.sqlite.chunks import pack
from milepost.stores.timeline.terms import Term, TermKind

_MOST_REMEMBERED = 20_000
_PARTS = {TermKind.TAG_KEY: "key", TermKind.TAG_VALUE: "value"}

_FIND = "SELECT id FROM term WHERE account_id = ? AND kind = ? AND value = ?"
_ADD = "INSERT INTO term (account_id, kind, value) VALUES (?, ?, ?)"
_SET = "INSERT INTO posting VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET bits = bits_or(bits, excluded.bits)"
_CLEAR = "UPDATE posting SET bits = bits_without(bits, ?) WHERE term = ? AND chunk = ?"
_SWEEP = "DELETE FROM posting WHERE term = ? AND chunk = ? AND bits = x''"
_NUMBER = (
    "INSERT INTO tag_number"
    " SELECT ?1, ?2, 1 + coalesce((SELECT max(number) FROM tag_number WHERE account_id = ?1 AND part = ?2), 0), ?3"
    " WHERE NOT EXISTS (SELECT 1 FROM tag_number WHERE account_id = ?1 AND part = ?2 AND name = ?3)"
)


class Postings:
    """The writer's view of postings; `forget` what is remembered when another process may have written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._numbers: dict[tuple[int, int, str], int] = {}
        self._set: dict[tuple[int, int], int] = {}
        self._cleared: dict[tuple[int, int], int] = {}

    def set(self, account_id: int, terms: Iterable[Term], seat: tuple[int, int]) -> None:
        """The event in that seat has these terms."""
        chunk, slot = seat
        for term in terms:
            place = (self._number(account_id, term), chunk)
            self._set[place] = self._set.get(place, 0) | 1 << slot

    def clear(self, account_id: int, terms: Iterable[Term], seat: tuple[int, int]) -> None:
        """The event in that seat no longer has these terms. Written before what is set."""
        chunk, slot = seat
        for term in terms:
            place = (self._number(account_id, term), chunk)
            self._cleared[place] = self._cleared.get(place, 0) | 1 << slot

    def save(self) -> None:
        """Write what was gathered."""
        if self._cleared:
            cleared = [(pack(bits), term, chunk) for (term, chunk), bits in self._cleared.items()]
            self._connection.executemany(_CLEAR, cleared)
            self._connection.executemany(_SWEEP, list(self._cleared))
            self._cleared.clear()
        if self._set:
            rows = sorted((term, chunk, pack(bits)) for (term, chunk), bits in self._set.items())
            self._connection.executemany(_SET, rows)
            self._set.clear()

    def forget(self) -> None:
        """Drop what was gathered and what is remembered of the table."""
        self._numbers.clear()
        self._set.clear()
        self._cleared.clear()

    def _number(self, account_id: int, term: Term) -> int:
        kind, value = term
        number = self._numbers.get((account_id, kind, value))
        if number is None:
            number = self._look_up(account_id, kind, value)
            if len(self._numbers) >= _MOST_REMEMBERED:
                self._numbers.clear()
            self._numbers[account_id, kind, value] = number
        return number

    def _look_up(self, account_id: int, kind: int, value: str) -> int:
        found = self._connection.execute(_FIND, (account_id, kind, value)).fetchone()
        if found:
            return found[0]
        if part := _PARTS.get(TermKind(kind)):
            self._connection.execute(_NUMBER, (account_id, part, value))
        added = self._connection.execute(_ADD, (account_id, kind, value)).lastrowid
        assert added is not None  # noqa: S101 - an INSERT has one
        return added
