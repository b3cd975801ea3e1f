"""Substrings: a page of a common word is found by walking, a rarer one's by its trigrams.

The walk comes first and is cut off where it hasn't filled the page: by then the word is known to be rare there. Trigrams
are asked of one stretch of time after the other, the newest first and each longer than the one before: the longer the
stretches get, the rarer the word has shown itself to be, so that none of them holds much of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from milepost.stores.postgres.bits import BITS, ZERO
from milepost.stores.postgres.query.rows import Budget, Row, Stretch, rows_of
from milepost.stores.postgres.query.search import Few, Search
from milepost.stores.timeline.chunk_keys import LOWEST, beginning

MOST_WALKED = 1_500
"""Events whose text is looked at before trigrams are asked: more than a chunk, of which the page may begin at the end."""
MOST_WALKED_WITH_FILTERS = 4_000
"""Trigrams find what the other filters drop again, so that walking pays for longer."""
MOST_STRETCHES = 32
"""Stretches of one width that are asked for at once; with more, wider ones are."""

_WIDTHS = (23, 26, 29, 32, 35)
"""How wide stretches are: so many powers of two in milliseconds, from two hours to thirteen months. Like the numbers of
stretches, a constant of the schema: the index holds what its function `stretches_of` says.
"""
_ACCOUNT_SHIFT, _WIDTH_SHIFT = 28, 25
_PLACE_MASK = (1 << _WIDTH_SHIFT) - 1

_HOLDING = (
    "WITH holding AS MATERIALIZED (SELECT account_id, sid FROM event_text"
    " WHERE (stretches_of(account_id, started_at) && %b::bigint[] AND name LIKE %s)"
    " OR (stretches_of(account_id, started_at) && %b::bigint[] AND description LIKE %s))"
    f" SELECT event.chunk, bit_or(set_bit({ZERO}, event.slot, 1)::{BITS}) AS bits FROM holding"
    " JOIN event ON event.account_id = holding.account_id AND event.sid = holding.sid"
    " WHERE event.account_id = %s AND event.chunk BETWEEN %s AND %s GROUP BY event.chunk ORDER BY event.chunk DESC"
)
_EARLIEST = "SELECT started_at FROM event WHERE account_id = %s ORDER BY started_at, sid LIMIT 1"
_TRIGRAM = re.compile(r"[^\W_]{3}|[\W_][^\W_]|[^\W_]{2}[\W_]")
"""PostgreSQL's trigrams are made of letters and digits alone, with two blanks before a word and one after it."""


def rows_with_text(search: Search, stretch: Stretch, want: int) -> Iterator[Row]:
    """The rows of `rows_of`, in the same order, where the stretch names a message."""
    message = stretch.message
    if message is None or search.few is not None or not _TRIGRAM.search(message):
        yield from rows_of(search, stretch, want)
        return
    budget = Budget(MOST_WALKED if search.everything else MOST_WALKED_WITH_FILTERS)
    yield from rows_of(search, stretch, want, budget)
    if budget.stopped_at is not None:
        rest = replace(stretch, end=min(stretch.end, (budget.stopped_at, "")))
        yield from rows_of(replace(search, few=_holding(search, message)), rest, want)


def stretches_between(account_id: int, first: int, last: int) -> list[int]:
    """The numbers of the stretches that together hold every moment of the account from `first` to `last`."""
    base = account_id << _ACCOUNT_SHIFT
    for number, width in enumerate(_WIDTHS, start=1):
        places = range(first >> width, (last >> width) + 1)
        if len(places) <= MOST_STRETCHES:
            return [base | number << _WIDTH_SHIFT | place & _PLACE_MASK for place in places]
    return [base]


def _holding(search: Search, message: str) -> Few:
    pattern = f"%{_escaped(message)}%"

    def values(low: int, high: int) -> tuple[object, ...]:
        first = _earliest(search) if low == LOWEST else beginning(low)
        stretches = stretches_between(search.account_id, first, beginning(high))
        return (stretches, pattern, stretches, pattern, search.account_id, low, high)

    return Few(_HOLDING, values, unordered=True)


def _earliest(search: Search) -> int:
    """When the account's first event began; a moment before all time would lie in no stretch but the widest."""
    found = search.connection.execute(_EARLIEST, (search.account_id,)).fetchone()
    return found[0] if found else 0


def _escaped(message: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", message)
