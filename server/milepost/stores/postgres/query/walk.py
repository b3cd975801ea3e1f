"""Walking the chunks from the newest to the oldest along what leads, intersecting the other filters' bitmaps.

One statement goes on until it has found enough chunks, so that its cost is that of the chunks it looks at, not of the
ways to the database. A filter of many terms has no order of its own, nor have trigrams: they are walked in strides.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from milepost.stores.postgres.bits import BITS, ZERO
from milepost.stores.postgres.query.leading import MOST_WEIGHED, Leader, Together, along, is_in_order, leader_of
from milepost.stores.postgres.query.search import Few, Filter, Search
from milepost.stores.timeline.chunk_keys import LAST_TIE, beginning, first_key

FIRST_STRIDE = 8
STRIDE_GROWTH = 3
"""Every chunk costs a look-up a term: going on gently wastes fewer of them than it costs ways to the database."""
CHECKED_GROWTH = 8
"""Where events will be held to further filters one by one, most of them don't pass."""
LONGEST_STRIDE = 512
FIRST_UNORDERED_STRIDE = 8
UNORDERED_GROWTH = 8
LONGEST_UNORDERED_STRIDE = 2_048
ENOUGH = 64
"""What no order brings is found all at once between two chunks: they are taken farther apart until that is so many."""
MOST_LOOKED_UP = 64
"""With more events than that in a chunk, going through the chunk in order of time is cheaper than looking each up."""
MOST_CHECKED = 4
"""Where so few events a chunk pass the other filters, they are read and held to the wide ones one by one: that is cheaper
than reading the bitmaps of a hundred terms for every chunk."""

_HAS = (
    f"(SELECT bit_or(posting.bits::{BITS}) FROM posting WHERE posting.term = ANY(%b) AND posting.chunk = along.chunk)"
)
_HAS_ONE = f"(SELECT posting.bits::{BITS} FROM posting WHERE posting.term = %s AND posting.chunk = along.chunk)"
_HAS_SINCE = (
    f"(SELECT bit_or(posting.bits::{BITS}) FROM unnest(%b::bytea[], %b::bigint[]) AS wanted (term, floor)"
    " JOIN posting ON posting.term = wanted.term AND posting.chunk = along.chunk WHERE along.chunk >= wanted.floor)"
)
_AMONG = f"SELECT chunk, bit_or(bits::{BITS}) FROM posting WHERE term = ANY(%b) AND chunk = ANY(%b) GROUP BY chunk"
_NEXT = (
    f"CASE WHEN bit_count(bits) > {MOST_LOOKED_UP} THEN"
    f" (SELECT min(key) FROM chunk WHERE account_id = %s AND key > (found.chunk | {LAST_TIE})) END"
)
_STRIDE = "SELECT key FROM chunk WHERE account_id = %s AND key BETWEEN %s AND %s ORDER BY key DESC LIMIT 1 OFFSET %s"


_UNORDERED = b"SET LOCAL enable_bitmapscan = on"
_ORDERED = b"SET LOCAL enable_bitmapscan = off"


@dataclass(slots=True)
class Group:
    """Chunks that begin in the same millisecond, with the events in them that pass.

    `following` is the next later chunk's key, where it is known: it is found out where they are too many to look up.
    """

    bitmaps: dict[int, int]
    following: int | None
    begins: int = field(init=False)
    """The millisecond in which they begin."""
    count: int = field(init=False)
    """How many events that is."""

    def __post_init__(self) -> None:
        self.begins = beginning(next(iter(self.bitmaps)))
        self.count = sum(map(int.bit_count, self.bitmaps.values()))


@dataclass(frozen=True, slots=True)
class Stride:
    """Groups, the newest first; `unchecked` are filters that their events have still to be held to, one by one."""

    groups: list[Group]
    unchecked: tuple[Filter, ...] = ()


def walk(search: Search, low: int, high: int) -> Iterator[Stride]:
    """The events that pass, chunk keys in [low, high], stride by stride, the newest first.

    Chunks that begin in the same millisecond come together, since their events are in no order among each other.
    """
    leader = leader_of(search, low, high)
    leading = leader.filters if isinstance(leader, Together) else (leader,)
    others = [one for one in search.required if one not in leading]
    wide = tuple(one for one in others if len(one.terms) > MOST_WEIGHED)
    steps = _in_order if is_in_order(leader) else _by_strides if _is_spread(leader) else _at_once
    narrow = [one for one in others if one not in wide]
    for groups in steps(_Walk(search, leader, narrow, wide), low, high):
        yield _held_to(search, wide, groups) if wide else Stride(groups)


@dataclass(frozen=True, slots=True)
class _Walk:
    search: Search
    leader: Leader
    others: list[Filter]
    wide: tuple[Filter, ...]

    def between(self, low: int, high: int, most: int | None) -> list[Group]:
        """The groups of up to `most` chunks, the highest first."""
        source, values = along(self.search, self.leader, low, high)
        bits, more = _combined(self.search, self.others)
        statement = (
            f"SELECT chunk, bits, {_NEXT} FROM (SELECT along.chunk, {bits} AS bits FROM ({source}) AS along"
            f" ORDER BY along.chunk DESC OFFSET 0) AS found WHERE bits <> {ZERO} ORDER BY chunk DESC"
        )
        parameters = [self.search.account_id, *more, *values]
        if most is not None:
            statement, parameters = f"{statement} LIMIT %s", [*parameters, most]
        with self._planned():
            return _together(self.search.connection.execute(statement.encode(), parameters, binary=True))

    @contextmanager
    def _planned(self) -> Generator[None]:
        """Let the statement be planned as its leader needs; its plan is kept, and others' are not to be like it."""
        unordered = isinstance(self.leader, Few) and self.leader.unordered
        if unordered:
            self.search.connection.execute(_UNORDERED)
        yield
        if unordered:
            self.search.connection.execute(_ORDERED)


def _held_to(search: Search, wide: tuple[Filter, ...], groups: list[Group]) -> Stride:
    """The groups with what passes the wide filters, or with word that it has still to be found out."""
    if _are_few(groups):
        return Stride(groups, wide)
    for one in wide:
        keys = [key for group in groups for key in group.bitmaps]
        rows = search.connection.execute(_AMONG, (list(one.terms), keys), binary=True)
        found = dict(rows.fetchall())
        groups = [left for group in groups if (left := _among(group, found))]
    return Stride(groups)


def _among(group: Group, found: dict[int, int]) -> Group | None:
    bitmaps = {key: both for key, bits in group.bitmaps.items() if (both := bits & found.get(key, 0))}
    return Group(bitmaps, group.following) if bitmaps else None


def _are_few(groups: list[Group]) -> bool:
    """Whether they have so few events that these are looked at one by one."""
    counts, chunks = [group.count for group in groups], sum(len(group.bitmaps) for group in groups)
    return sum(counts) <= MOST_CHECKED * chunks and max(counts, default=0) <= MOST_LOOKED_UP


def _in_order(steps: _Walk, low: int, high: int) -> Iterator[list[Group]]:
    """The leader's chunks are in order: ask for so many hits. The last group is held back: more may belong to it."""
    most = FIRST_STRIDE
    groups: list[Group] = []
    while True:
        further = steps.between(low, high, most)
        for group in further:
            _join(groups, group)
        if sum(len(group.bitmaps) for group in further) < most:
            yield groups
            return
        *ready, last = groups
        if ready:
            yield ready
        growth = CHECKED_GROWTH if steps.wide and _are_few(groups) else STRIDE_GROWTH
        most = min(most * growth, LONGEST_STRIDE)
        groups, high = [last], min(last.bitmaps) - 1


def _at_once(steps: _Walk, low: int, high: int) -> Iterator[list[Group]]:
    yield steps.between(low, high, None)


def _by_strides(steps: _Walk, low: int, high: int) -> Iterator[list[Group]]:
    unordered = isinstance(steps.leader, Few)
    count = FIRST_UNORDERED_STRIDE if unordered else FIRST_STRIDE
    while low <= high:
        values = (steps.search.account_id, low, high, count - 1)
        found = steps.search.connection.execute(_STRIDE, values).fetchone()
        bottom = low if found is None else max(low, first_key(beginning(found[0])))
        groups = steps.between(bottom, high, None)
        yield groups
        high = bottom - 1
        count = _farther(count, groups) if unordered else min(count * STRIDE_GROWTH, LONGEST_STRIDE)


def _farther(count: int, groups: list[Group]) -> int:
    """Over how many chunks enough should lie, after what lay over the last ones."""
    found = sum(group.count for group in groups)
    return min(count * max(1, min(UNORDERED_GROWTH, ENOUGH // max(1, found))), LONGEST_UNORDERED_STRIDE)


def _is_spread(leader: Leader) -> bool:
    """Whether it is more than the few that an index brings in order all at once."""
    return not isinstance(leader, Few) or leader.unordered


def _combined(search: Search, others: list[Filter]) -> tuple[str, list[object]]:
    """The leader's bitmap with those of the other filters, as an expression, and its values."""
    words, values = ["along.bits"], list[object]()
    for one in others:
        if one.floors is not None:
            words.append(f"& {_HAS_SINCE}")
            values += [list(one.terms), list(one.floors)]
        elif len(one.terms) == 1:
            words.append(f"& {_HAS_ONE}")
            values.append(one.terms[0])
        else:
            words.append(f"& {_HAS}")
            values.append(list(one.terms))
    if search.excluded:
        words.append(f"& ~coalesce({_HAS}, {ZERO})")
        values.append(list(search.excluded))
    return " ".join(words), values


def _together(rows: psycopg.Cursor[tuple[int, int, int | None]]) -> list[Group]:
    """One by one, those of one beginning together."""
    groups: list[Group] = []
    for chunk, bits, following in rows.fetchall():
        _join(groups, Group({chunk: bits}, following))
    return groups


def _join(groups: list[Group], then: Group) -> None:
    """Add a group, to the last one if both begin together."""
    if groups and groups[-1].begins == then.begins:
        groups[-1] = Group(groups[-1].bitmaps | then.bitmaps, then.following)
    else:
        groups.append(then)
