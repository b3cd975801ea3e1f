"""Finding rows: what began in the window first, then what was open before it and still was in it."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.domain.query import EventQuery
from milepost.stores.sqlite.query.rows import AFTER_ALL, Row, Stretch, rows_of
from milepost.stores.sqlite.query.search import still_open
from milepost.stores.sqlite.query.walk import Search


def find_rows(search: Search, query: EventQuery) -> Iterator[Row]:
    """Every event that meets search, window and cursor, in order: what began in the window, then what was open before."""
    end = AFTER_ALL
    if query.end is not None:
        end = min(end, (query.end + 1, ""))
    if query.after is not None:
        end = min(end, (query.after.started_at, query.after.sid))
    if query.start is None:
        yield from rows_of(search, Stretch(end))
        return
    if end > (query.start, ""):
        yield from rows_of(search, Stretch(end, query.start))
    if query.starts_only:
        return
    candidates = still_open(search.connection, search.account_id, query.start)
    if candidates is not None:
        before = Stretch(min(end, (query.start, "")), touching=query.start)
        yield from rows_of(search.narrowed(candidates), before)
