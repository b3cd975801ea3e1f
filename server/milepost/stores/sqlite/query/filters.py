"""Filters: each gives, for a stretch of chunks, the bitmap of the events that pass it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

import orjson

from milepost.domain.scope import Restriction
from milepost.stores.timeline.chunk_keys import Bitmaps, slots_of
from milepost.stores.timeline.record import scope_in

from_bytes = int.from_bytes
"""`chunks.unpack` without the call: these loops are where a search spends its time."""

_MOST_ONE_BY_ONE = 4
"""Up to so many terms are read with a statement each."""

_RANGE = "SELECT chunk, bits FROM posting WHERE term = ? AND chunk BETWEEN ? AND ?"
_RANGE_OF_MANY = (
    "SELECT chunk, bits FROM posting WHERE term IN (SELECT value FROM json_each(?)) AND chunk BETWEEN ? AND ?"
)
_SOME = "SELECT chunk, bits FROM posting WHERE term = ? AND chunk IN (SELECT value FROM json_each(?))"
_SOME_OF_MANY = (
    "SELECT chunk, bits FROM posting WHERE term IN (SELECT value FROM json_each(?))"
    " AND chunk IN (SELECT value FROM json_each(?))"
)
_RECORDS = (
    "SELECT chunk, slot, record FROM json_each(?) AS seat CROSS JOIN event INDEXED BY event_by_seat"
    " ON account_id = ? AND chunk = json_extract(seat.value, '$[0]') AND slot = json_extract(seat.value, '$[1]')"
)
_STRIDE = "SELECT chunk FROM posting WHERE term = ? AND chunk BETWEEN ? AND ? ORDER BY chunk DESC LIMIT 1 OFFSET ?"

_LIVE_RANGE = "SELECT key, live FROM chunk WHERE account_id = ? AND key BETWEEN ? AND ?"
_LIVE_SOME = "SELECT key, live FROM chunk WHERE account_id = ? AND key IN (SELECT value FROM json_each(?))"
_LIVE_STRIDE = "SELECT key FROM chunk WHERE account_id = ? AND key BETWEEN ? AND ? ORDER BY key DESC LIMIT 1 OFFSET ?"


class Filter(Protocol):
    """What narrows a search down."""

    @property
    def wide(self) -> bool:
        """Whether each chunk costs many look-ups."""
        ...

    def stride(self, low: int, high: int, count: int) -> int | None:
        """The lowest chunk of the `count` highest in [low, high] that hold a bit: `low` if there are fewer.

        None if that would be costly to tell.
        """
        ...

    def between(self, low: int, high: int) -> Bitmaps:
        """Bitmaps of the chunks in [low, high]."""
        ...

    def among(self, keys: Collection[int]) -> Bitmaps:
        """Bitmaps of these chunks."""
        ...


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Events that have at least one of the terms (by their numbers)."""

    connection: sqlite3.Connection
    terms: tuple[int, ...]

    @property
    def wide(self) -> bool:
        """See `Filter`."""
        return len(self.terms) > _MOST_ONE_BY_ONE

    def stride(self, low: int, high: int, count: int) -> int | None:
        """See `Filter`."""
        if self.wide:
            return None
        return max(_nth(self.connection, term, low, high, count) for term in self.terms)

    def between(self, low: int, high: int) -> Bitmaps:
        """See `Filter`."""
        if self.wide:
            return _union({}, self.connection.execute(_RANGE_OF_MANY, (_json(self.terms), low, high)))
        first, *others = self.terms
        found = _bitmaps(self.connection.execute(_RANGE, (first, low, high)))
        for term in others:
            _union(found, self.connection.execute(_RANGE, (term, low, high)))
        return found

    def among(self, keys: Collection[int]) -> Bitmaps:
        """See `Filter`."""
        chunks = _json(keys)
        if self.wide:
            return _union({}, self.connection.execute(_SOME_OF_MANY, (_json(self.terms), chunks)))
        first, *others = self.terms
        found = _bitmaps(self.connection.execute(_SOME, (first, chunks)))
        for term in others:
            _union(found, self.connection.execute(_SOME, (term, chunks)))
        return found


@dataclass(frozen=True, slots=True)
class Seen(AnyOf):
    """Events that a restricted token sees: whether it sees one of a few is told sooner by the event than by many terms."""

    account_id: int
    reach: Restriction

    def of(self, found: Bitmaps) -> Bitmaps:
        """Bitmaps of those of the events in `found` that it sees."""
        seats = [(chunk, slot) for chunk, bits in found.items() for slot in slots_of(bits)]
        seen: Bitmaps = {}
        for chunk, slot, record in self.connection.execute(_RECORDS, (orjson.dumps(seats).decode(), self.account_id)):
            if self.reach.sees(scope_in(record)):
                seen[chunk] = seen.get(chunk, 0) | 1 << slot
        return seen


@dataclass(frozen=True, slots=True)
class Since:
    """Events that have a term in a chunk not lower than the one named beside it: spans of a class that may be open."""

    connection: sqlite3.Connection
    terms: tuple[tuple[int, int], ...]

    @property
    def wide(self) -> bool:
        """See `Filter`."""
        return False

    def stride(self, low: int, high: int, count: int) -> int | None:
        """See `Filter`."""
        lowest = low
        for term, floor in self.terms:
            if floor <= high and (found := _nth(self.connection, term, max(low, floor), high, count)) > floor:
                lowest = max(lowest, found)
        return lowest

    def between(self, low: int, high: int) -> Bitmaps:
        """See `Filter`."""
        found: Bitmaps = {}
        for term, floor in self.terms:
            _union(found, self.connection.execute(_RANGE, (term, max(low, floor), high)))
        return found

    def among(self, keys: Collection[int]) -> Bitmaps:
        """See `Filter`."""
        found: Bitmaps = {}
        for term, floor in self.terms:
            if near := [key for key in keys if key >= floor]:
                _union(found, self.connection.execute(_SOME, (term, _json(near))))
        return found


@dataclass(frozen=True, slots=True)
class Live:
    """Every event of the account."""

    connection: sqlite3.Connection
    account_id: int

    @property
    def wide(self) -> bool:
        """See `Filter`."""
        return False

    def stride(self, low: int, high: int, count: int) -> int:
        """See `Filter`."""
        found = self.connection.execute(_LIVE_STRIDE, (self.account_id, low, high, count - 1)).fetchone()
        return found[0] if found else low

    def between(self, low: int, high: int) -> Bitmaps:
        """See `Filter`."""
        return _bitmaps(self.connection.execute(_LIVE_RANGE, (self.account_id, low, high)))

    def among(self, keys: Collection[int]) -> Bitmaps:
        """See `Filter`."""
        return _bitmaps(self.connection.execute(_LIVE_SOME, (self.account_id, _json(keys))))


@dataclass(frozen=True, slots=True)
class Seats:
    """Events whose seats are known already."""

    bitmaps: Bitmaps

    @property
    def wide(self) -> bool:
        """See `Filter`."""
        return False

    @classmethod
    def of(cls, seats: Iterable[tuple[int, int]]) -> Seats:
        """From pairs of chunk and slot."""
        bitmaps: Bitmaps = {}
        for chunk, slot in seats:
            bitmaps[chunk] = bitmaps.get(chunk, 0) | 1 << slot
        return cls(bitmaps)

    def stride(self, low: int, high: int, count: int) -> int | None:
        """See `Filter`."""
        inside = sorted((key for key in self.bitmaps if low <= key <= high), reverse=True)
        return inside[count - 1] if len(inside) >= count else low

    def between(self, low: int, high: int) -> Bitmaps:
        """See `Filter`."""
        return {key: bits for key, bits in self.bitmaps.items() if low <= key <= high}

    def among(self, keys: Collection[int]) -> Bitmaps:
        """See `Filter`."""
        return {key: self.bitmaps[key] for key in keys if key in self.bitmaps}


def _nth(connection: sqlite3.Connection, term: int, low: int, high: int, count: int) -> int:
    """The chunk that has the term and is number `count` from `high` downwards; `low` if there are fewer."""
    found = connection.execute(_STRIDE, (term, low, high, count - 1)).fetchone()
    return found[0] if found else low


def _union(into: Bitmaps, rows: Iterable[tuple[int, bytes]]) -> Bitmaps:
    for chunk, bits in rows:
        into[chunk] = into.get(chunk, 0) | from_bytes(bits, "little")
    return into


def _bitmaps(rows: Iterable[tuple[int, bytes]]) -> Bitmaps:
    """Of rows that name each chunk once."""
    return {chunk: from_bytes(bits, "little") for chunk, bits in rows}


def _json(values: Collection[int]) -> str:
    return orjson.dumps(list(values)).decode()
