"""Rows: the events in the seats that a walk yields, in order, within a stretch of time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from milepost.stores.sqlite.query.search import lowest_chunk
from milepost.stores.sqlite.query.walk import Search, walk
from milepost.stores.timeline.chunk_keys import BEGINNING, Bitmaps, beginning, count_bits, last_key, slots_of

_MOST_LOOKED_UP = 48
"""With more events than that in a chunk, going through the chunk in order of time is cheaper than looking each up."""
AFTER_ALL: tuple[int, str] = (1 << 50, "")

_BY_TIME = (
    "SELECT started_at, sid, id, ended_at, chunk, slot FROM event INDEXED BY event_by_time"
    " WHERE account_id = ? AND chunk IS NOT NULL AND started_at >= ? AND (started_at, sid) < (?, ?)"
    " ORDER BY started_at DESC, sid DESC"
)
_BY_SEAT = (
    "SELECT started_at, sid, event.id, ended_at, chunk, slot FROM json_each(?) AS seat CROSS JOIN event"
    " INDEXED BY event_by_seat ON account_id = ? AND chunk = json_extract(seat.value, '$[0]')"
    " AND slot = json_extract(seat.value, '$[1]')"
)
_NEXT_CHUNK = "SELECT min(key) FROM chunk WHERE account_id = ? AND key > ?"


class Row(NamedTuple):
    """What is needed of an event before its record is."""

    started_at: int
    sid: str
    id: int
    ended_at: int | None
    chunk: int
    slot: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Events from `earliest` on and before `end` in the order of time and sid; of spans those that last until `touching`."""

    end: tuple[int, str] = AFTER_ALL
    earliest: int = BEGINNING
    touching: int | None = None

    def holds(self, row: Row) -> bool:
        """Whether the event lies inside."""
        if not self.earliest <= row.started_at or not (row.started_at, row.sid) < self.end:
            return False
        return self.touching is None or row.ended_at is None or row.ended_at >= self.touching


def rows_of(search: Search, stretch: Stretch) -> Iterator[Row]:
    """The events of the search inside the stretch, in order."""
    if search.everything:
        yield from _by_time(search.connection, search.account_id, stretch)
        return
    low = lowest_chunk(search.connection, search.account_id, stretch.earliest)
    for groups in walk(search, low, last_key(stretch.end[0])):
        for run in _runs(groups):
            find = _stroll if count_bits(run) > _MOST_LOOKED_UP else _look_up
            yield from find(search.connection, search.account_id, stretch, run)


def _runs(groups: Iterable[Bitmaps]) -> Iterator[Bitmaps]:
    """Neighbouring groups together, as long as they are few events; a group of many stays alone."""
    run: Bitmaps = {}
    for group in groups:
        if run and count_bits(run) + count_bits(group) > _MOST_LOOKED_UP:
            yield run
            run = {}
        run = run | group
    if run:
        yield run


def _by_time(connection: sqlite3.Connection, account_id: int, stretch: Stretch) -> Iterator[Row]:
    found = map(Row._make, connection.execute(_BY_TIME, (account_id, stretch.earliest, *stretch.end)))
    return found if stretch.touching is None else filter(stretch.holds, found)


def _stroll(connection: sqlite3.Connection, account_id: int, stretch: Stretch, group: Bitmaps) -> Iterator[Row]:
    """Go through the group's chunks in order of time and pick what passes."""
    begins = beginning(next(iter(group)))
    following = connection.execute(_NEXT_CHUNK, (account_id, last_key(begins))).fetchone()[0]
    end = stretch.end if following is None else min(stretch.end, (beginning(following), ""))
    part = Stretch(end, max(stretch.earliest, begins), stretch.touching)
    return (row for row in _by_time(connection, account_id, part) if group.get(row.chunk, 0) >> row.slot & 1)


def _look_up(connection: sqlite3.Connection, account_id: int, stretch: Stretch, group: Bitmaps) -> list[Row]:
    """Find each by its seat, then sort."""
    seats = orjson.dumps([(chunk, slot) for chunk, bits in group.items() for slot in slots_of(bits)]).decode()
    found = map(Row._make, connection.execute(_BY_SEAT, (seats, account_id)))
    return sorted(filter(stretch.holds, found), reverse=True)
