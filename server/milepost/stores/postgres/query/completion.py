"""Completion: sources and sids that begin with what was typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import orjson
import psycopg

from milepost.domain.query import EventQuery
from milepost.domain.scope import UNRESTRICTED, Restriction
from milepost.domain.text import without_refused
from milepost.stores.postgres.bits import BITS, ZERO
from milepost.stores.postgres.hashed_terms import all_hashed
from milepost.stores.postgres.query.find import find_rows
from milepost.stores.postgres.query.search import Few, search_for
from milepost.stores.timeline.terms import TermKind

_MOST_SOURCES_LOOKED_AT = 200
_MOST_SOURCES_LISTED = 2_000
_MOST_EVENTS_ASKED = 5_000
_MOST_SIDS_LISTED = 1_000
_MOST_WALKED = 20_000
_AT_A_TIME = 500
_BEYOND = "\U0010ffff"
"""Sorts after whatever may follow a prefix."""

_SOURCES = "SELECT name FROM source WHERE account_id = %s AND name >= %s AND name < %s LIMIT %s"
_NEWEST_FIRST = (
    "SELECT named.name FROM (SELECT wanted.name, (SELECT max(chunk) FROM posting WHERE term = wanted.term) AS newest"
    " FROM unnest(%b::text[], %b::bytea[]) AS wanted (name, term)) AS named"
    ' WHERE named.newest IS NOT NULL ORDER BY named.newest DESC, named.name COLLATE "C" LIMIT %s'
)
_SEATS = "SELECT count(*) FROM (SELECT 1 FROM event WHERE account_id = %s AND sid >= %s AND sid < %s LIMIT %s) AS found"
_BY_PREFIX = (
    f"SELECT chunk, bit_or(set_bit({ZERO}, slot, 1)::{BITS}) AS bits FROM event"
    " WHERE account_id = %s AND sid >= %s AND sid < %s AND chunk BETWEEN %s AND %s GROUP BY chunk ORDER BY chunk DESC"
)


def find_sources(
    connection: psycopg.Connection, account_id: int, prefix: str, limit: int, reach: Restriction
) -> tuple[str, ...]:
    """See `EventReader.sources`; those of the newest events first."""
    if prefix != without_refused(prefix):
        return ()
    rows = connection.execute(_SOURCES, (account_id, prefix, prefix + _BEYOND, _MOST_SOURCES_LISTED))
    names = [name for (name,) in rows]
    if len(names) == _MOST_SOURCES_LISTED:
        return tuple(islice(_recent_sources(connection, account_id, prefix, reach), limit))
    terms = all_hashed(account_id, ((TermKind.SOURCE, name) for name in names))
    most = limit if reach == UNRESTRICTED else _MOST_SOURCES_LOOKED_AT
    found = [name for (name,) in connection.execute(_NEWEST_FIRST, (names, list(terms), most))]
    if reach == UNRESTRICTED:
        return tuple(found)
    return tuple(islice((name for name in found if _reached(connection, account_id, name, reach)), limit))


def _recent_sources(connection: psycopg.Connection, account_id: int, prefix: str, reach: Restriction) -> Iterator[str]:
    """Where there is one source for each run of something, those of the newest events tell most."""
    query = EventQuery(reach=reach)
    search = search_for(connection, account_id, query)
    seen: set[str] = set()
    for row in islice(find_rows(search, query, _AT_A_TIME), _MOST_EVENTS_ASKED) if search else ():
        source: str | None = orjson.loads(row.record).get("source")
        if source is not None and source not in seen and source.startswith(prefix):
            seen.add(source)
            yield source


def find_sids(
    connection: psycopg.Connection, account_id: int, prefix: str, limit: int, reach: Restriction
) -> tuple[str, ...]:
    """See `EventReader.sids`. With a prefix that many have, only the newest events are looked at."""
    if prefix != without_refused(prefix):
        return ()
    query = EventQuery(reach=reach)
    search = search_for(connection, account_id, query)
    if search is None:
        return ()
    span = (account_id, prefix, prefix + _BEYOND)
    [[count]] = connection.execute(_SEATS, (*span, _MOST_SIDS_LISTED)).fetchall()
    if count < _MOST_SIDS_LISTED:
        search = replace(search, few=Few(_BY_PREFIX, lambda low, high: (*span, low, high)))
    rows = islice(find_rows(search, query, _AT_A_TIME), _MOST_WALKED)
    return tuple(islice((row.sid for row in rows if row.sid.startswith(prefix)), limit))


def _reached(connection: psycopg.Connection, account_id: int, source: str, reach: Restriction) -> bool:
    query = EventQuery(source=source, reach=reach)
    search = search_for(connection, account_id, query)
    return search is not None and next(find_rows(search, query, 1), None) is not None
