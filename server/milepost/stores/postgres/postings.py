"""Postings and chunks as they are written: bits are gathered and written together, combined by the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import psycopg

from milepost.stores.postgres.bits import BITS, pack, pack_binary
from milepost.stores.postgres.copying import Table, copy_rows
from milepost.stores.postgres.hashed_terms import hashed
from milepost.stores.timeline.chunk_keys import Seat
from milepost.stores.timeline.terms import Term

_SET = (
    "INSERT INTO posting (term, chunk, bits) SELECT * FROM unnest(%b::bytea[], %b::bigint[], %b::varbit[])"
    f" ON CONFLICT (term, chunk) DO UPDATE SET bits = substring((posting.bits::{BITS} | excluded.bits::{BITS})"
    " FOR greatest(length(posting.bits), length(excluded.bits)))"
)
_CLEAR = (
    f"UPDATE posting SET bits = posting.bits & ~substring(gone.bits::{BITS} FOR length(posting.bits))"
    " FROM unnest(%b::bytea[], %b::bigint[], %b::varbit[]) AS gone (term, chunk, bits)"
    " WHERE posting.term = gone.term AND posting.chunk = gone.chunk"
)
_SWEEP = (
    "DELETE FROM posting USING unnest(%b::bytea[], %b::bigint[]) AS gone (term, chunk)"
    " WHERE posting.term = gone.term AND posting.chunk = gone.chunk AND position(B'1' IN posting.bits) = 0"
)
_POSTING = Table("posting", {"term": "bytea", "chunk": "int8", "bits": "bytea"})

Places = dict[tuple[bytes, int], int]


class Postings:
    """What one transaction changes of the postings."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._set: Places = {}
        self._cleared: Places = {}
        self._begun: Places = {}

    def set(self, account_id: int, terms: Iterable[Term], seat: Seat) -> None:
        """The event in that seat has these terms."""
        _gather(self._set, account_id, terms, seat)

    def clear(self, account_id: int, terms: Iterable[Term], seat: Seat) -> None:
        """The event in that seat no longer has these terms. Written before what is set."""
        _gather(self._cleared, account_id, terms, seat)

    def add(self, account_id: int, chunk: int, bits: Mapping[Term, int]) -> None:
        """Events in these slots of the chunk have these terms."""
        for term, some in bits.items():
            place = (hashed(account_id, term), chunk)
            self._set[place] = self._set.get(place, 0) | some

    def begin(self, account_id: int, chunk: int, bits: Mapping[Term, int]) -> None:
        """The same for a chunk that nothing has been written of yet."""
        self._begun.update({(hashed(account_id, term), chunk): some for term, some in bits.items()})

    def save(self) -> None:
        """Write what was gathered."""
        if self._cleared:
            terms, chunks, bits = _columns(self._cleared)
            self._connection.execute(_CLEAR, (terms, chunks, bits))
            self._connection.execute(_SWEEP, (terms, chunks))
            self._cleared.clear()
        if self._set:
            self._connection.execute(_SET, _columns(self._set))
            self._set.clear()
        if self._begun:
            rows = [(term, chunk, pack_binary(bits)) for (term, chunk), bits in sorted(self._begun.items())]
            copy_rows(self._connection, _POSTING, rows)
            self._begun.clear()


def _gather(places: Places, account_id: int, terms: Iterable[Term], seat: Seat) -> None:
    chunk, slot = seat
    bit = 1 << slot
    for term in terms:
        place = (hashed(account_id, term), chunk)
        places[place] = places.get(place, 0) | bit


def _columns(places: Places) -> tuple[list[bytes], list[int], list[str]]:
    rows = sorted(places.items())
    return [place[0] for place, _ in rows], [place[1] for place, _ in rows], [pack(bits) for _, bits in rows]
