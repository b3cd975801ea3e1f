"""Finding rows: what began in the window first, then what was open before it and still was in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from milepost.domain.query import EventQuery
from milepost.stores.postgres.bits import BITS, ZERO
from milepost.stores.postgres.query.rows import AFTER_ALL, Row, Stretch, rows_of
from milepost.stores.postgres.query.search import Few, Search, still_open

Reader = Callable[[Search, Stretch, int], Iterator[Row]]

_BY_DEDUP_KEY = (
    f"SELECT chunk, set_bit({ZERO}, slot, 1)::{BITS} AS bits FROM event"
    " WHERE account_id = %s AND dedup_key = %s AND chunk BETWEEN %s AND %s"
)


def find_rows(search: Search, query: EventQuery, want: int, read: Reader = rows_of) -> Iterator[Row]:
    """Every event that meets search, dedup key, window and cursor, in order; they are read `want` at a time."""
    if query.dedup_key is not None:
        search = replace(search, few=_by_dedup_key(search.account_id, query.dedup_key))
    end = AFTER_ALL
    if query.end is not None:
        end = min(end, (query.end + 1, ""))
    if query.after is not None:
        end = min(end, (query.after.started_at, query.after.sid))
    if query.start is None:
        yield from read(search, Stretch(end, message=query.message), want)
        return
    if end > (query.start, ""):
        yield from read(search, Stretch(end, query.start, message=query.message), want)
    if query.starts_only:
        return
    candidates = still_open(search.connection, search.account_id, query.start)
    before = Stretch(min(end, (query.start, "")), touching=query.start, message=query.message)
    yield from read(search.narrowed(candidates), before, want)


def _by_dedup_key(account_id: int, key: str) -> Few:
    return Few(_BY_DEDUP_KEY, lambda low, high: (account_id, key, low, high))
