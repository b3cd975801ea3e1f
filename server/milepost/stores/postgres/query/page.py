"""Pages: the first rows, as events."""

from __future__ import annotations

from itertools import islice

import psycopg

from milepost.domain.query import EventPage, EventQuery, Position
from milepost.stores.postgres.query.find import find_rows
from milepost.stores.postgres.query.search import search_for
from milepost.stores.postgres.query.text import rows_with_text
from milepost.stores.timeline.record import decode_event


def find_page(connection: psycopg.Connection, account_id: int, account_sid: str, query: EventQuery) -> EventPage:
    """The page that the query asks for; see `EventReader.find`."""
    search = search_for(connection, account_id, query)
    if search is None:
        return EventPage(())
    want = query.limit + 1
    rows = list(islice(find_rows(search, query, want, rows_with_text), want))
    events = tuple(decode_event(row.record, account_sid) for row in rows[: query.limit])
    return EventPage(events, Position.of(events[-1]) if len(rows) > query.limit else None)
