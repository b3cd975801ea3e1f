"""Substrings: a page of a common word is found by walking, a rare one's by its trigrams.

The walk comes first and is cut off where it hasn't filled the page: by then the word is known to be rare there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import orjson

from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery, Position
from milepost.stores.sqlite.query.filters import Seats
from milepost.stores.sqlite.query.find import find_rows
from milepost.stores.sqlite.query.rows import Row
from milepost.stores.sqlite.query.walk import Search

MOST_WALKED = 3_000
"""Events whose text is looked at before trigrams are asked."""
_FIRST_BATCH = 64
_LONGEST_BATCH = 1_024
_TRIGRAM = 3
_MOST_TRIGRAMS = 64

_HOLDING = (
    "SELECT id FROM event_text WHERE id IN (SELECT value FROM json_each(?1))"
    " AND (instr(name, ?2) OR instr(description, ?2))"
)
_SEATS = (
    "SELECT event.chunk, event.slot FROM event_trigram CROSS JOIN event ON event.id = event_trigram.rowid"
    " WHERE event_trigram MATCH ? AND event.account_id = ?"
)


def find_rows_with_text(search: Search, query: EventQuery) -> Iterator[Row]:
    """The rows of `find_rows` whose folded name or description holds `query.message`, in the same order."""
    message = query.message or ""
    rows = find_rows(search, query)
    if len(message) < _TRIGRAM:
        yield from _holding(search.connection, rows, message)
        return
    last: Row | None = None
    walked = 0
    for batch in _batches(rows):
        if walked >= MOST_WALKED and last is not None:
            rest = replace(query, after=Position(Instant(last.started_at), last.sid))
            yield from _by_trigrams(search, rest, message)
            return
        yield from _keep(search.connection, batch, message)
        walked += len(batch)
        last = batch[-1]


def _by_trigrams(search: Search, query: EventQuery, message: str) -> Iterator[Row]:
    seats = Seats.of(search.connection.execute(_SEATS, (_match(message), search.account_id)))
    yield from _holding(search.connection, find_rows(search.narrowed(seats), query), message)


def _match(message: str) -> str:
    """Trigrams of the message that cover it, all of which must be there: every third, the last, and those across words.

    The others would tell little more and cost as much; those across two words are rare where both words are common.
    """
    last = len(message) - _TRIGRAM
    starts = [*range(0, last, _TRIGRAM), last, *(at for at in range(last) if message[at + 1].isspace())]
    trigrams = dict.fromkeys(message[at : at + _TRIGRAM] for at in starts[:_MOST_TRIGRAMS])
    return " AND ".join('"' + trigram.replace('"', '""') + '"' for trigram in trigrams)


def _holding(connection: sqlite3.Connection, rows: Iterator[Row], message: str) -> Iterator[Row]:
    for batch in _batches(rows):
        yield from _keep(connection, batch, message)


def _keep(connection: sqlite3.Connection, batch: list[Row], message: str) -> Iterator[Row]:
    ids = orjson.dumps([row.id for row in batch]).decode()
    kept = {found[0] for found in connection.execute(_HOLDING, (ids, message))}
    return (row for row in batch if row.id in kept)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    size = _FIRST_BATCH
    while batch := list(islice(rows, size)):
        yield batch
        size = min(size * 2, _LONGEST_BATCH)
