"""Leading: what a walk goes along, and how that is said in SQL.

It is what reaches farthest back with a few chunks, so that few are looked at. Where other filters are about as dense,
their bitmaps are read side by side with it: going along an index costs a third of looking one up for every chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from milepost.stores.postgres.bits import BITS
from milepost.stores.postgres.query.search import Few, Filter, Search
from milepost.stores.timeline.chunk_keys import LOWEST

MOST_MERGED = 4
"""Up to so many terms are walked in order of time; with more, all chunks are."""
MOST_WEIGHED = 32
"""Filters of more terms are wide: never walked along if there is another, and looked at last."""
NEAR = 24
"""How many chunks of a filter are looked at to tell how sparse it is."""
CLOSE = 2
"""A filter that has up to so many times the chunks of the sparsest is as dense."""

_WEIGH = (
    "SELECT wanted.filter, (SELECT chunk FROM posting WHERE term = wanted.term"
    " AND chunk BETWEEN greatest(wanted.floor, %s) AND %s ORDER BY chunk DESC LIMIT 1 OFFSET %s) AS nth,"
    " (SELECT max(key) FROM chunk WHERE account_id = %s AND key <= %s) AS newest"
    " FROM unnest(%b::bigint[], %b::bytea[], %b::bigint[]) AS wanted (filter, term, floor)"
)
_ONE = (
    f"SELECT chunk, bits::{BITS} AS bits FROM posting WHERE term = %s AND chunk BETWEEN %s AND %s ORDER BY chunk DESC"
)
_ALL = (
    f"SELECT key AS chunk, live::{BITS} AS bits FROM chunk WHERE account_id = %s AND key BETWEEN %s AND %s"
    " ORDER BY key DESC"
)
_MANY = (
    f"SELECT posting.chunk, bit_or(posting.bits::{BITS}) AS bits FROM unnest(%b::bytea[], %b::bigint[])"
    " AS wanted (term, floor) JOIN posting ON posting.term = wanted.term"
    " AND posting.chunk BETWEEN greatest(wanted.floor, %s) AND %s GROUP BY posting.chunk ORDER BY posting.chunk DESC"
)


@dataclass(frozen=True, slots=True)
class Together:
    """Filters of one term each that have about as many chunks."""

    filters: tuple[Filter, ...]


Leader = Filter | Together | Few | None


def leader_of(search: Search, low: int, high: int) -> Leader:
    """What to walk along between two chunks; None where there is nothing but all of them."""
    if search.few is not None:
        return search.few
    weighed = [one for one in search.required if len(one.terms) <= MOST_WEIGHED]
    if len(weighed) <= 1:
        return next(iter(weighed or search.required), None)
    lengths = _lengths(search, weighed, low, high)
    sparsest = max(weighed, key=lengths.__getitem__)
    dense = [one for one in weighed if lengths[one] * CLOSE >= lengths[sparsest] and _is_plain(one)]
    return Together(tuple(dense)) if len(dense) > 1 and sparsest in dense else sparsest


def is_in_order(leader: Leader) -> bool:
    """Whether it yields its chunks in order of time as it goes."""
    match leader:
        case Filter(terms, floors):
            return floors is None and len(terms) <= MOST_MERGED
        case Few():
            return False
        case _:
            return True


def along(search: Search, leader: Leader, low: int, high: int) -> tuple[str, list[object]]:
    """What is walked along, as a statement, and its values."""
    match leader:
        case None:
            return _ALL, [search.account_id, low, high]
        case Few(statement, values):
            return statement, [*values(low, high)]
        case Together(filters):
            terms = [one.terms[0] for one in filters]
            return _merged("bit_and", terms, low, high, f" HAVING count(*) = {len(terms)}")
        case Filter(terms, None) if len(terms) == 1:
            return _ONE, [terms[0], low, high]
        case Filter(terms, None) if len(terms) <= MOST_MERGED:
            return _merged("bit_or", terms, low, high)
        case Filter(terms, floors):
            return _MANY, [list(terms), list(floors or [LOWEST] * len(terms)), low, high]


def _merged(how: str, terms: Sequence[bytes], low: int, high: int, having: str = "") -> tuple[str, list[object]]:
    branches = " UNION ALL ".join(f"({_ONE})" for _ in terms)
    statement = (
        f"SELECT chunk, {how}(bits) AS bits FROM ({branches}) AS each GROUP BY chunk{having} ORDER BY chunk DESC"
    )
    return statement, [value for term in terms for value in (term, low, high)]


def _lengths(search: Search, filters: list[Filter], low: int, high: int) -> dict[Filter, int]:
    """How far back each filter's nearest chunks reach."""
    rows = [
        (number, term, LOWEST if one.floors is None else one.floors[place])
        for number, one in enumerate(filters)
        for place, term in enumerate(one.terms)
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    values = (low, high, NEAR, search.account_id, high, *columns)
    lengths: dict[Filter, int] = {}
    found: list[tuple[int, int | None, int | None]] = search.connection.execute(_WEIGH, values).fetchall()
    for number, nth, newest in found:
        length = (high if newest is None else newest) - (LOWEST if nth is None else nth)
        lengths[filters[number]] = min(lengths.get(filters[number], length), length)
    return lengths


def _is_plain(one: Filter) -> bool:
    return len(one.terms) == 1 and one.floors is None
