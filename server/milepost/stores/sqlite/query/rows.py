"""Rows: the events in the seats that a walk yields, in order, within a stretch of time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from milepost.stores.sqlite.chunks import BEGINNING, beginning, last_key, slots_of
from milepost.stores.sqlite.query.filters import Bitmaps
from milepost.stores.sqlite.query.search import lowest_chunk
from milepost.stores.sqlite.query.walk import Search, walk

_MOST_LOOKED_UP = 48
"""With more events than that in a chunk, going through the chunk in order of time is cheaper than looking each up."""
AFTER_ALL: tuple[int, str] = (1 << 50, "")

_BY_TIME = (
    "SELECT started_at, sid, id, ended_at, chunk, slot FROM event INDEXED BY event_by_time"
    " WHERE account_id = ? AND chunk IS NOT NULL AND started_at >= ? AND (started_at, sid) < (?, ?)"
    " ORDER BY started_at DESC, sid DESC"
)
_BY_SEAT = (
    "SELECT started_at, sid, id, ended_at, chunk, slot FROM event INDEXED BY event_by_seat"
    " WHERE account_id = ? AND chunk = ? AND slot IN (SELECT value FROM json_each(?))"
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
    for group in walk(search, low, last_key(stretch.end[0])):
        if sum(bits.bit_count() for bits in group.values()) > _MOST_LOOKED_UP:
            yield from _stroll(search.connection, search.account_id, stretch, group)
        else:
            yield from _look_up(search.connection, search.account_id, stretch, group)


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
    found: list[Row] = []
    for chunk, bits in group.items():
        slots = orjson.dumps(list(slots_of(bits))).decode()
        rows = connection.execute(_BY_SEAT, (account_id, chunk, slots))
        found.extend(row for row in map(Row._make, rows) if stretch.holds(row))
    return sorted(found, reverse=True)
