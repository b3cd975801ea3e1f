"""Completion: sources and sids that begin with what was typed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice

from milepost.domain.query import EventQuery
from milepost.domain.scope import UNRESTRICTED, Restriction
from milepost.stores.sqlite.query.filters import Seats
from milepost.stores.sqlite.query.find import find_rows
from milepost.stores.sqlite.query.search import search_for
from milepost.stores.timeline.terms import TermKind

_MOST_SOURCES_LOOKED_AT = 200
_MOST_SOURCES_LISTED = 2_000
_MOST_EVENTS_ASKED = 5_000
_MOST_SIDS_LISTED = 1_000
_MOST_WALKED = 20_000
_BEYOND = "\U0010ffff"
"""Sorts after whatever may follow a prefix."""

_SOURCES = (
    "SELECT value FROM (SELECT value, (SELECT max(chunk) FROM posting WHERE term = term.id) AS newest FROM term"
    " WHERE account_id = ? AND kind = ? AND value >= ? AND value < ?)"
    " WHERE newest IS NOT NULL ORDER BY newest DESC, value LIMIT ?"
)
_CROWD = (
    "SELECT count(*) FROM (SELECT 1 FROM term WHERE account_id = ? AND kind = ? AND value >= ? AND value < ? LIMIT ?)"
)
_SOURCE_OF = "SELECT source FROM event WHERE id = ?"
_SEATS = "SELECT chunk, slot FROM event WHERE account_id = ? AND sid >= ? AND sid < ? AND chunk IS NOT NULL LIMIT ?"


def find_sources(
    connection: sqlite3.Connection, account_id: int, prefix: str, limit: int, reach: Restriction
) -> tuple[str, ...]:
    """See `EventReader.sources`; those of the newest events first."""
    span = (account_id, TermKind.SOURCE, prefix, prefix + _BEYOND)
    if connection.execute(_CROWD, (*span, _MOST_SOURCES_LISTED)).fetchone()[0] == _MOST_SOURCES_LISTED:
        return tuple(islice(_recent_sources(connection, account_id, prefix, reach), limit))
    most = limit if reach == UNRESTRICTED else _MOST_SOURCES_LOOKED_AT
    rows = connection.execute(_SOURCES, (*span, most)).fetchall()
    if reach == UNRESTRICTED:
        return tuple(row[0] for row in rows)
    return tuple(islice((row[0] for row in rows if _reached(connection, account_id, row[0], reach)), limit))


def _recent_sources(connection: sqlite3.Connection, account_id: int, prefix: str, reach: Restriction) -> Iterator[str]:
    """Where there is one source for each run of something, those of the newest events tell most."""
    query = EventQuery(reach=reach)
    search = search_for(connection, account_id, query)
    seen: set[str | None] = {None}
    for row in islice(find_rows(search, query), _MOST_EVENTS_ASKED) if search else ():
        source: str | None = connection.execute(_SOURCE_OF, (row.id,)).fetchone()[0]
        if source not in seen and source is not None and source.startswith(prefix):
            yield source
        seen.add(source)


def find_sids(
    connection: sqlite3.Connection, account_id: int, prefix: str, limit: int, reach: Restriction
) -> tuple[str, ...]:
    """See `EventReader.sids`. With a prefix that many have, only the newest events are looked at."""
    query = EventQuery(reach=reach)
    search = search_for(connection, account_id, query)
    if search is None:
        return ()
    listed = (account_id, prefix, prefix + _BEYOND, _MOST_SIDS_LISTED)
    seats = connection.execute(_SEATS, listed).fetchall()
    if len(seats) < _MOST_SIDS_LISTED:
        search = search.narrowed(Seats.of(seats))
    rows = islice(find_rows(search, query), _MOST_WALKED)
    return tuple(islice((row.sid for row in rows if row.sid.startswith(prefix)), limit))


def _reached(connection: sqlite3.Connection, account_id: int, source: str, reach: Restriction) -> bool:
    query = EventQuery(source=source, reach=reach)
    search = search_for(connection, account_id, query)
    return search is not None and next(find_rows(search, query), None) is not None
