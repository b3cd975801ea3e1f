"""Which events a purge names: found by reading, along the indexes, so that no writer waits for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice

from milepost.domain.history import PurgeSelection
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.stores.sqlite.lookup import find_account_id
from milepost.stores.sqlite.query.find import find_rows
from milepost.stores.sqlite.query.search import search_for

_COUNT_BEFORE = (
    "SELECT count(*) FROM event INDEXED BY event_by_time WHERE account_id = ? AND chunk IS NOT NULL AND started_at < ?"
)


def count_selected(connection: sqlite3.Connection, selection: PurgeSelection) -> int:
    """How many events the selection names, deleted ones included."""
    account_id = find_account_id(connection, selection.account_sid) or 0
    where, values = _conditions(selection)
    statement = f"SELECT count(*) FROM deleted_event WHERE account_id = ?{where}"
    hidden: int = connection.execute(statement, (account_id, *values)).fetchone()[0]
    if selection.before is not None and selection.event_sid is None and selection.source is None:
        live: int = connection.execute(_COUNT_BEFORE, (account_id, selection.before)).fetchone()[0]
        return hidden + live
    return hidden + sum(1 for _ in _live(connection, account_id, selection))


def select_live(connection: sqlite3.Connection, selection: PurgeSelection, limit: int) -> list[str]:
    """The sids of up to `limit` live events; those that were removed don't come again."""
    account_id = find_account_id(connection, selection.account_sid) or 0
    return list(islice(_live(connection, account_id, selection), limit))


def select_hidden(connection: sqlite3.Connection, selection: PurgeSelection, limit: int, after: str) -> list[str]:
    """The sids of up to `limit` deleted events that follow `after`, in order."""
    account_id = find_account_id(connection, selection.account_sid) or 0
    where, values = _conditions(selection)
    statement = f"SELECT sid FROM deleted_event WHERE account_id = ? AND sid > ?{where} ORDER BY sid LIMIT {limit}"
    return [row[0] for row in connection.execute(statement, (account_id, after, *values))]


def _live(connection: sqlite3.Connection, account_id: int, selection: PurgeSelection) -> Iterator[str]:
    if selection.event_sid is not None:
        where, values = _conditions(selection)
        found = connection.execute(f"SELECT sid FROM event WHERE account_id = ?{where}", (account_id, *values))
        return (row[0] for row in found)
    end = None if selection.before is None else Instant(selection.before - 1)
    query = EventQuery(source=selection.source, end=end)
    search = search_for(connection, account_id, query)
    return iter(()) if search is None else (row.sid for row in find_rows(search, query))


def _conditions(selection: PurgeSelection) -> tuple[str, list[str | int]]:
    given: dict[str, str | int | None] = {
        " AND sid = ?": selection.event_sid,
        " AND source = ?": selection.source,
        " AND started_at < ?": selection.before,
    }
    kept = {words: value for words, value in given.items() if value is not None}
    return "".join(kept), list(kept.values())
