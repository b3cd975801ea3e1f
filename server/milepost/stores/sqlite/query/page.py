"""Pages: the records of the first rows, read as one JSON value (row by row costs a third of the throughput)."""

from __future__ import annotations

import sqlite3
from itertools import islice
from typing import Any

import orjson

from milepost.domain.event import Event
from milepost.domain.query import EventPage, EventQuery, Position
from milepost.stores.sqlite.query.find import find_rows
from milepost.stores.sqlite.query.rows import Row
from milepost.stores.sqlite.query.search import search_for
from milepost.stores.sqlite.query.text import find_rows_with_text
from milepost.stores.timeline.record import decode_event

_RECORDS = (
    "SELECT '[' || coalesce(group_concat(record), '') || ']' FROM event WHERE id IN (SELECT value FROM json_each(?))"
)


def find_page(connection: sqlite3.Connection, account_id: int, account_sid: str, query: EventQuery) -> EventPage:
    """The page that the query asks for; see `EventReader.find`."""
    search = search_for(connection, account_id, query)
    if search is None:
        return EventPage(())
    find = find_rows if query.message is None else find_rows_with_text
    rows = list(islice(find(search, query), query.limit + 1))
    events = read_events(connection, account_sid, rows[: query.limit])
    return EventPage(events, Position.of(events[-1]) if len(rows) > query.limit else None)


def read_events(connection: sqlite3.Connection, account_sid: str, rows: list[Row]) -> tuple[Event, ...]:
    """The events of these rows, in their order."""
    ids = orjson.dumps([row.id for row in rows]).decode()
    records: list[dict[str, Any]] = orjson.loads(connection.execute(_RECORDS, (ids,)).fetchone()[0])
    events = {record["sid"]: decode_event(record, account_sid) for record in records}
    return tuple(events[row.sid] for row in rows)
