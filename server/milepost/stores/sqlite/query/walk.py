"""Walking the chunks from the newest to the oldest, in growing strides, and intersecting the filters' bitmaps."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from milepost.stores.sqlite.chunks import beginning, first_key
from milepost.stores.sqlite.query.filters import AnyOf, Bitmaps, Filter, Live

_FIRST_STRIDE = 4
_LONGEST_STRIDE = 1_024
_STRIDE_GROWTH = 4
_MOST_POINTED_AT = 64
"""Up to so many chunks are read one by one; beyond, the whole stretch is."""


@dataclass(frozen=True, slots=True)
class Search:
    """What events have to pass: every filter of `required`, and none of the `excluded` terms."""

    account_id: int
    required: tuple[Filter, ...] = ()
    excluded: AnyOf | None = None

    @property
    def everything(self) -> bool:
        """Whether every event passes."""
        return not self.required and self.excluded is None

    def narrowed(self, further: Filter) -> Search:
        """The same with one more filter."""
        return Search(self.account_id, (*self.required, further), self.excluded)


def walk(connection: sqlite3.Connection, search: Search, low: int, high: int) -> Iterator[Bitmaps]:
    """Bitmaps of the events that pass, chunk keys in [low, high], the newest first.

    Chunks that begin in the same millisecond come together, since their events are in no order among each other.
    """
    filters = search.required or (Live(search.account_id),)
    count = _FIRST_STRIDE
    while low <= high:
        bottom, leader = _stride(connection, search, filters, low, high, count)
        found = leader.between(connection, bottom, high)
        for other in filters:
            if other is not leader and found:
                found = _intersect(found, _read(connection, other, found))
        if search.excluded and found:
            found = _subtract(found, _read(connection, search.excluded, found))
        yield from _together(found)
        high = bottom - 1
        count = min(count * _STRIDE_GROWTH, _LONGEST_STRIDE)


def _stride(
    connection: sqlite3.Connection, search: Search, filters: tuple[Filter, ...], low: int, high: int, count: int
) -> tuple[int, Filter]:
    """How far down to go now, and the filter that is sparsest there: it sets the stride and is read first."""
    told = [(bottom, one) for one in filters if (bottom := one.stride(connection, low, high, count)) is not None]
    if told:
        bottom, leader = min(told, key=lambda pair: pair[0])
    else:
        bottom, leader = Live(search.account_id).stride(connection, low, high, count), filters[0]
    return max(low, first_key(beginning(bottom))), leader


def _read(connection: sqlite3.Connection, one: Filter, found: Bitmaps) -> Bitmaps:
    if len(found) <= _MOST_POINTED_AT:
        return one.among(connection, found)
    return one.between(connection, min(found), max(found))


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
