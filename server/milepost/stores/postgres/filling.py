"""Filling: new events of one account, written by COPY, which costs the database a third of what INSERT does.

Seats are given in order of time, so that an import goes on from chunk to chunk and writes the postings of each as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import psycopg

from milepost.domain.event import Event
from milepost.stores.postgres.copying import Table, copying
from milepost.stores.postgres.postings import Postings
from milepost.stores.postgres.seating import Seating
from milepost.stores.timeline.chunk_keys import Seat
from milepost.stores.timeline.folded import folded_texts
from milepost.stores.timeline.record import encode_event
from milepost.stores.timeline.terms import Term, terms_of

_EVENT = Table(
    "event",
    {
        "account_id": "int8",
        "started_at": "int8",
        "ended_at": "int8",
        "chunk": "int8",
        "slot": "int4",
        "sid": "text",
        "dedup_key": "text",
        "record": "text",
    },
)
_TEXT = Table(
    "event_text", {"account_id": "int8", "sid": "text", "name": "text", "description": "text", "started_at": "int8"}
)

Seated = tuple[Event, Seat]


def fill(connection: psycopg.Connection, account_id: int, events: Iterable[Event]) -> None:
    """Write events that are new to the account, which is locked; their dedup keys are free."""
    _Filling(connection, account_id).fill(events)


class _Filling:
    def __init__(self, connection: psycopg.Connection, account_id: int) -> None:
        self._connection = connection
        self._account_id = account_id
        self._postings = Postings(connection)
        self._seating = Seating(connection, account_id, self._postings, self._write)
        self._seated: list[Seated] = []

    def fill(self, events: Iterable[Event]) -> None:
        for event in sorted(events, key=_order):
            seat = self._seating.seat(event.started_at)  # which may write what was seated so far
            self._seated.append((event, seat))
        self._write()
        self._seating.save()

    def _write(self) -> None:
        """Write what was seated so far."""
        seated, self._seated = self._seated, []
        if not seated:
            return
        with copying(self._connection, _EVENT) as add:
            for event, seat in seated:
                add(self._row(event, seat))
        with copying(self._connection, _TEXT) as add:
            for event, _ in seated:
                add(self._text(event))
            self._gather(seated)  # here, since of all tables this one keeps the database busy for longest
        self._postings.save()

    def _gather(self, seated: list[Seated]) -> None:
        begun = self._seating.take_begun()
        for chunk, members in groupby(seated, key=_chunk):
            gather = self._postings.begin if chunk in begun else self._postings.add
            gather(self._account_id, chunk, _bits_of(members))

    def _row(self, event: Event, seat: Seat) -> tuple[object, ...]:
        times = (event.started_at, event.ended_at)
        return (self._account_id, *times, *seat, event.sid, event.dedup_key, encode_event(event))

    def _text(self, event: Event) -> tuple[object, ...]:
        return (self._account_id, event.sid, *folded_texts(event), event.started_at)


def _bits_of(members: Iterator[Seated]) -> dict[Term, int]:
    """Which slots have each term; gathered by term first, so that a chunk hashes each of its terms once."""
    bits: dict[Term, int] = {}
    for event, (_, slot) in members:
        bit = 1 << slot
        for term in terms_of(event):
            bits[term] = bits.get(term, 0) | bit
    return bits


def _order(event: Event) -> tuple[int, str]:
    return (event.started_at, event.sid)


def _chunk(seated: Seated) -> int:
    return seated[1][0]
