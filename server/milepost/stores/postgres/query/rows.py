"""Rows: the events in the seats that a walk yields, in order, within a stretch of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import psycopg

from milepost.stores.postgres.bits import BITS, pack
from milepost.stores.postgres.hashed_terms import all_hashed
from milepost.stores.postgres.query.search import Filter, Search, lowest_chunk
from milepost.stores.postgres.query.walk import MOST_LOOKED_UP, Group, walk
from milepost.stores.timeline.chunk_keys import BEGINNING, beginning, last_key, slots_of
from milepost.stores.timeline.record import decode_event, scope_in
from milepost.stores.timeline.terms import terms_of

MOST_DOUBLINGS = 2
"""Twice as many events are looked up at once in each stride, so often: by then it is known that few of them pass."""
AFTER_ALL: tuple[int, str] = (1 << 50, "")

_COLUMNS = "SELECT event.started_at, event.sid, event.record FROM event"
_INSIDE = "event.account_id = %s AND event.started_at >= %s AND (event.started_at, event.sid) < (%s, %s)"
_TOUCHES = " AND (event.ended_at IS NULL OR event.ended_at >= %s)"
_MENTIONS = (
    " AND EXISTS (SELECT 1 FROM event_text WHERE event_text.account_id = event.account_id"
    " AND event_text.sid = event.sid AND (strpos(event_text.name, %s) > 0 OR strpos(event_text.description, %s) > 0))"
)
_NEWEST = " ORDER BY event.started_at DESC, event.sid DESC LIMIT %s"
_SEATED_IN_ONE = f" AND event.chunk = %s AND get_bit(%s::{BITS}, event.slot) = 1"
_SEATED = (
    " AND EXISTS (SELECT 1 FROM unnest(%b::bigint[], %b::varbit[]) AS seat (chunk, bits)"
    f" WHERE seat.chunk = event.chunk AND get_bit(seat.bits::{BITS}, event.slot) = 1)"
)
_SEATS = (
    " JOIN unnest(%b::bigint[], %b::integer[]) AS seat (chunk, slot)"
    " ON event.chunk = seat.chunk AND event.slot = seat.slot"
)


class Row(NamedTuple):
    """An event and where it stands in the order."""

    started_at: int
    sid: str
    record: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Events from `earliest` on and before `end` in the order of time and sid; of spans those that last until
    `touching`; with `message`, those whose folded name or description holds it.
    """

    end: tuple[int, str] = AFTER_ALL
    earliest: int = BEGINNING
    touching: int | None = None
    message: str | None = None

    def conditions(self, account_id: int) -> tuple[str, list[object]]:
        """As SQL, and its values. The end is part of the comparison that the index begins with."""
        words, values = _INSIDE, list[object]((account_id, self.earliest, *self.end))
        if self.touching is not None:
            words, values = words + _TOUCHES, [*values, self.touching]
        return words, values

    def mentions(self) -> tuple[str, list[object]]:
        """The condition on the text, which goes last: it costs most."""
        return ("", []) if self.message is None else (_MENTIONS, [self.message, self.message])


@dataclass(slots=True)
class Budget:
    """How many more events may be looked at; `stopped_at` is the moment before which nothing has been, once it is spent."""

    left: int
    stopped_at: int | None = None


def rows_of(search: Search, stretch: Stretch, want: int, budget: Budget | None = None) -> Iterator[Row]:
    """The events of the search inside the stretch, in order, read `want` at a time; ends early when `budget` is spent."""
    if search.everything and budget is None:
        yield from _by_time(search, stretch, want, ("", []))
        return
    low = lowest_chunk(search.connection, search.account_id, stretch.earliest)
    for number, stride in enumerate(walk(search, low, last_key(stretch.end[0]))):
        for run in _runs(stride.groups, MOST_LOOKED_UP << min(number, MOST_DOUBLINGS)):
            if len(run) == 1 and run[0].count > MOST_LOOKED_UP:
                yield from _stroll(search, stretch, run[0], want)
            else:
                yield from _look_up(search, stretch, run, stride.unchecked)
            if budget is not None and _spend(budget, run):
                return


def _spend(budget: Budget, run: list[Group]) -> bool:
    budget.left -= sum(group.count for group in run)
    if budget.left > 0:
        return False
    budget.stopped_at = run[-1].begins
    return True


def _runs(groups: Iterable[Group], most: int) -> Iterator[list[Group]]:
    """Neighbouring groups together, as long as they are no more than so many events; a group of many stays alone."""
    run: list[Group] = []
    size = 0
    for group in groups:
        count = group.count
        if run and (size + count > most or max(count, run[0].count) > MOST_LOOKED_UP):
            yield run
            run, size = [], 0
        run.append(group)
        size += count
    if run:
        yield run


def _by_time(search: Search, stretch: Stretch, want: int, further: tuple[str, list[object]]) -> Iterator[Row]:
    """Along the index of time, `want` events a statement."""
    while True:
        words, values = stretch.conditions(search.account_id)
        text, sought = stretch.mentions()
        statement = f"{_COLUMNS} WHERE {words}{further[0]}{text}{_NEWEST}"
        found = _rows(search.connection.execute(statement.encode(), [*values, *further[1], *sought, want]))
        yield from found
        if len(found) < want:
            return
        last = found[-1]
        stretch = Stretch((last.started_at, last.sid), stretch.earliest, stretch.touching, stretch.message)


def _stroll(search: Search, stretch: Stretch, group: Group, want: int) -> Iterator[Row]:
    """Go through the group's chunks in order of time and pick what passes."""
    end = stretch.end if group.following is None else min(stretch.end, (beginning(group.following), ""))
    part = Stretch(end, max(stretch.earliest, group.begins), stretch.touching, stretch.message)
    if len(group.bitmaps) == 1:
        [(chunk, bits)] = group.bitmaps.items()
        return _by_time(search, part, want, (_SEATED_IN_ONE, [chunk, pack(bits)]))
    chunks = [list(group.bitmaps), [pack(bits) for bits in group.bitmaps.values()]]
    return _by_time(search, part, want, (_SEATED, list[object](chunks)))


def _look_up(search: Search, stretch: Stretch, run: list[Group], unchecked: tuple[Filter, ...]) -> list[Row]:
    """Find each by its seat, hold it to what is unchecked, then sort."""
    seats = [(chunk, slot) for group in run for chunk, bits in group.bitmaps.items() for slot in slots_of(bits)]
    words, values = stretch.conditions(search.account_id)
    text, sought = stretch.mentions()
    columns = [[chunk for chunk, _ in seats], [slot for _, slot in seats]]
    statement = f"{_COLUMNS}{_SEATS} WHERE {words}{text}"
    found = _rows(search.connection.execute(statement.encode(), [*columns, *values, *sought]))
    return sorted((row for row in found if all(_has(search, row, one) for one in unchecked)), reverse=True)


def _has(search: Search, row: Row, one: Filter) -> bool:
    """Whether the event passes the filter."""
    if one.reach is not None:
        return one.reach.sees(scope_in(row.record))
    terms = all_hashed(search.account_id, terms_of(decode_event(row.record, "")))
    return not set(terms).isdisjoint(one.terms)


def _rows(cursor: psycopg.Cursor[tuple[int, str, str]]) -> list[Row]:
    return list(map(Row._make, cursor.fetchall()))
