"""Walking the chunks from the newest to the oldest, in growing strides, and intersecting the filters' bitmaps."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from milepost.stores.sqlite.query.filters import AnyOf, Filter, Live, Seen
from milepost.stores.timeline.chunk_keys import Bitmaps, beginning, count_bits, first_key

_FIRST_STRIDE = 4
_LONGEST_STRIDE = 1_024
_STRIDE_GROWTH = 2
_MOST_POINTED_AT = 64
"""Up to so many chunks are read one by one; beyond, the whole stretch is."""
_MOST_LOOKED_AT = 512
"""Of up to so many events it is looked at each whether a token sees it, unless the terms of its buckets are close by."""
_CLOSE = 4
"""Of so many neighbouring chunks one has to be meant for reading all of them to pay, with many terms."""

_COUNT = "SELECT count(*) FROM chunk WHERE account_id = ? AND key BETWEEN ? AND ?"


@dataclass(frozen=True, slots=True)
class Search:
    """What events have to pass: every filter of `required`, and none of the `excluded` terms."""

    connection: sqlite3.Connection
    account_id: int
    required: tuple[Filter, ...] = ()
    excluded: AnyOf | None = None

    @property
    def everything(self) -> bool:
        """Whether every event passes."""
        return not self.required and self.excluded is None

    def narrowed(self, further: Filter) -> Search:
        """The same with one more filter."""
        return Search(self.connection, self.account_id, (further, *self.required), self.excluded)


def walk(search: Search, low: int, high: int) -> Iterator[list[Bitmaps]]:
    """Bitmaps of the events that pass, chunk keys in [low, high], a list a stride, the newest first in it.

    Chunks that begin in the same millisecond come together, since their events are in no order among each other.
    """
    filters = search.required or (Live(search.connection, search.account_id),)
    count = _FIRST_STRIDE
    while low <= high:
        bottom, (leader, *others) = _stride(search, filters, low, high, count)
        found = leader.between(bottom, high)
        for other in others:
            if found:
                found = _intersect(found, _read(search, other, found))
        if search.excluded and found:
            found = _subtract(found, _read(search, search.excluded, found))
        yield list(_together(found))
        high = bottom - 1
        count = min(count * _STRIDE_GROWTH, _LONGEST_STRIDE)


def _stride(
    search: Search, filters: tuple[Filter, ...], low: int, high: int, count: int
) -> tuple[int, Sequence[Filter]]:
    """How far down to go now, and the filters, the sparsest first: it sets the stride, and few chunks are left for the last."""
    bottoms = [one.stride(low, high, count) for one in filters]
    told = [bottom for bottom in bottoms if bottom is not None]
    bottom = min(told, default=None)
    if bottom is None:
        bottom = Live(search.connection, search.account_id).stride(low, high, count)
    order = sorted(range(len(filters)), key=lambda number: high if (own := bottoms[number]) is None else own)
    return max(low, first_key(beginning(bottom))), [filters[number] for number in order]


def _read(search: Search, one: Filter, found: Bitmaps) -> Bitmaps:
    """The filter's bitmaps for the chunks in `found`, and perhaps for others."""
    lowest, highest = min(found), max(found)
    pointed = len(found) <= _MOST_POINTED_AT
    seen = one if isinstance(one, Seen) and one.wide and count_bits(found) <= _MOST_LOOKED_AT else None
    if one.wide and (pointed or seen) and _lie_close(search, found, lowest, highest):
        return one.between(lowest, highest)
    if seen:
        return seen.of(found)
    return one.among(found) if pointed else one.between(lowest, highest)


def _lie_close(search: Search, found: Bitmaps, lowest: int, highest: int) -> bool:
    """Whether a good part of the chunks in between is meant."""
    count: int = search.connection.execute(_COUNT, (search.account_id, lowest, highest)).fetchone()[0]
    return count <= _CLOSE * len(found)


def _intersect(found: Bitmaps, other: Bitmaps) -> Bitmaps:
    return {key: both for key, bits in found.items() if (both := bits & other.get(key, 0))}


def _subtract(found: Bitmaps, other: Bitmaps) -> Bitmaps:
    return {key: rest for key, bits in found.items() if (rest := bits & ~other.get(key, 0))}


def _together(found: Bitmaps) -> Iterator[Bitmaps]:
    """One by one, the highest key first, those of one beginning together."""
    group: Bitmaps = {}
    for key in sorted(found, reverse=True):
        if group and beginning(key) != beginning(next(iter(group))):
            yield group
            group = {}
        group[key] = found[key]
    if group:
        yield group
