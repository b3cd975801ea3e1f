"""Which events a purge names: found by reading, along the indexes, so that no writer waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import psycopg

from milepost.domain.history import PurgeSelection
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.stores.postgres.limits import without_time_limit
from milepost.stores.postgres.lookup import find_account_id
from milepost.stores.postgres.query.find import find_rows
from milepost.stores.postgres.query.search import search_for

_COUNT_BEFORE = "SELECT count(*) FROM event WHERE account_id = %s AND started_at < %s"
_ONE = "SELECT record FROM event WHERE account_id = %s AND sid = %s"
_AT_A_TIME = 1_000


def count_selected(connection: psycopg.Connection, selection: PurgeSelection) -> int:
    """How many events the selection names, deleted ones included."""
    without_time_limit(connection)
    account_id = find_account_id(connection, selection.account_sid) or 0
    where, values = _conditions(selection)
    statement = f"SELECT count(*) FROM deleted_event WHERE account_id = %s{where}"
    hidden = _number(connection, statement, (account_id, *values))
    if selection.before is not None and selection.event_sid is None and selection.source is None:
        return hidden + _number(connection, _COUNT_BEFORE, (account_id, selection.before))
    return hidden + sum(1 for _ in _live(connection, account_id, selection, _AT_A_TIME))


def select_live(connection: psycopg.Connection, selection: PurgeSelection, limit: int) -> list[str]:
    """The sids of up to `limit` live events; those that were removed don't come again."""
    account_id = find_account_id(connection, selection.account_sid) or 0
    return list(islice(_live(connection, account_id, selection, limit), limit))


def select_hidden(connection: psycopg.Connection, selection: PurgeSelection, limit: int, after: str) -> list[str]:
    """The sids of up to `limit` deleted events that follow `after`, in order."""
    without_time_limit(connection)
    account_id = find_account_id(connection, selection.account_sid) or 0
    where, values = _conditions(selection)
    statement = f"SELECT sid FROM deleted_event WHERE account_id = %s AND sid > %s{where} ORDER BY sid LIMIT %s"
    return [row[0] for row in connection.execute(statement.encode(), (account_id, after, *values, limit))]


def _live(connection: psycopg.Connection, account_id: int, selection: PurgeSelection, want: int) -> Iterator[str]:
    if selection.event_sid is not None:
        found = connection.execute(_ONE, (account_id, selection.event_sid)).fetchone()
        return iter(() if found is None else (selection.event_sid,))
    end = None if selection.before is None else Instant(selection.before - 1)
    query = EventQuery(source=selection.source, end=end)
    search = search_for(connection, account_id, query)
    return iter(()) if search is None else (row.sid for row in find_rows(search, query, want))


def _conditions(selection: PurgeSelection) -> tuple[str, list[str | int]]:
    given: dict[str, str | int | None] = {
        " AND sid = %s": selection.event_sid,
        " AND source = %s": selection.source,
        " AND started_at < %s": selection.before,
    }
    kept = {words: value for words, value in given.items() if value is not None}
    return "".join(kept), list(kept.values())


def _number(connection: psycopg.Connection, statement: str, values: tuple[object, ...]) -> int:
    [[number]] = connection.execute(statement.encode(), values).fetchall()
    return number
