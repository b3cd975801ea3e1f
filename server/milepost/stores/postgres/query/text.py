"""Substrings: a page of a common word is found by walking, a rare one's by its trigrams.

The walk comes first and is cut off where it hasn't filled the page: by then the word is known to be rare there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from milepost.stores.postgres.bits import BITS, ZERO
from milepost.stores.postgres.query.rows import Budget, Row, Stretch, rows_of
from milepost.stores.postgres.query.search import Few, Search

MOST_WALKED = 4_000
"""Events whose text is looked at before trigrams are asked."""

_HOLDING = (
    "WITH holding AS MATERIALIZED"
    " (SELECT account_id, sid FROM event_text WHERE name LIKE %s OR description LIKE %s)"
    f" SELECT event.chunk, bit_or(set_bit({ZERO}, event.slot, 1)::{BITS}) AS bits FROM holding"
    " JOIN event ON event.account_id = holding.account_id AND event.sid = holding.sid"
    " WHERE event.account_id = %s AND event.chunk BETWEEN %s AND %s GROUP BY event.chunk ORDER BY event.chunk DESC"
)
_TRIGRAM = re.compile(r"[^\W_]{3}")
"""PostgreSQL's trigrams are made of letters and digits alone."""


def rows_with_text(search: Search, stretch: Stretch, want: int) -> Iterator[Row]:
    """The rows of `rows_of`, in the same order, where the stretch names a message."""
    message = stretch.message
    if message is None or search.few is not None or not _TRIGRAM.search(message):
        yield from rows_of(search, stretch, want)
        return
    budget = Budget(MOST_WALKED)
    yield from rows_of(search, stretch, want, budget)
    if budget.stopped_at is not None:
        rest = replace(stretch, end=min(stretch.end, (budget.stopped_at, "")))
        pattern = f"%{_escaped(message)}%"
        yield from rows_of(
            replace(search, few=Few(_HOLDING, (pattern, pattern, search.account_id), unordered=True)), rest, want
        )


def _escaped(message: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", message)
