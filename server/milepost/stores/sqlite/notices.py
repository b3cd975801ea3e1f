"""The small table through which processes tell each other what changed: read by position, trimmed at the old end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from milepost.domain.history import ChangeKind, Notice
from milepost.domain.scope import Scope
from milepost.stores.timeline.record import decode_scope, encode_scope

MOST_KEPT = 10_000
"""Notices that stay in the table; whoever listens looks far more often."""
_TRIMMED_EVERY = 256

_KEEP = "INSERT INTO notice (account_id, kind, event_sid, scopes) VALUES (?, ?, ?, ?)"
_TRIM = "DELETE FROM notice WHERE position <= ?"
_NEWEST = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'notice'"
_AFTER = (
    "SELECT position, account.sid, kind, event_sid, scopes FROM notice JOIN account ON account.id = account_id"
    " WHERE position > ? ORDER BY position LIMIT ?"
)


@dataclass(slots=True)
class Change:
    """One change to tell of."""

    kind: ChangeKind
    account_id: int
    event_sid: str | None
    scopes: tuple[Scope, ...]


def keep_notices(connection: sqlite3.Connection, changes: Iterable[Change]) -> None:
    """Write notices, inside the transaction that they tell of."""
    for change in changes:
        scopes = orjson.dumps([encode_scope(scope) for scope in change.scopes]).decode()
        position = connection.execute(_KEEP, (change.account_id, change.kind, change.event_sid, scopes)).lastrowid
        if position and position % _TRIMMED_EVERY == 0:
            connection.execute(_TRIM, (position - MOST_KEPT,))


def newest_position(connection: sqlite3.Connection) -> int:
    """The position of the last notice ever written."""
    return connection.execute(_NEWEST).fetchone()[0]


def notices_after(connection: sqlite3.Connection, position: int, limit: int) -> list[tuple[int, Notice]]:
    """Up to `limit` notices with their positions; where some are gone already, a `missed` one stands first."""
    rows = connection.execute(_AFTER, (position, limit)).fetchall()
    found = [(row[0], _notice(*row[1:])) for row in rows]
    if found and found[0][0] > position + 1:
        found.insert(0, (found[0][0] - 1, Notice(kind=ChangeKind.MISSED, account_sid=None)))
    return found


def _notice(account_sid: str, kind: str, event_sid: str | None, scopes: str) -> Notice:
    parts = tuple(decode_scope(scope) for scope in orjson.loads(scopes))
    return Notice(kind=ChangeKind(kind), account_sid=account_sid, event_sid=event_sid, scopes=parts)
