"""The table through which servers tell each other what changed: read by position, trimmed at the old end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson
import psycopg

from milepost.domain.history import ChangeKind, Notice
from milepost.stores.postgres.workspace import Change
from milepost.stores.timeline.record import decode_scope, encode_scope

CHANNEL = "milepost_notice"
MOST_KEPT = 5_000
"""Notices of one account that stay in the table; whoever listens looks far more often."""
MOST_TRIMMED = 1_000
"""Notices that one transaction removes."""

_ADVANCE = (
    "UPDATE account SET noticed = noticed + told.count FROM unnest(%b::bigint[], %b::bigint[]) AS told (id, count)"
    " WHERE account.id = told.id"
)
_KEEP = (
    "INSERT INTO notice SELECT new.account_id, account.noticed - new.behind, new.kind, new.event_sid, new.scopes"
    " FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[])"
    " AS new (account_id, behind, kind, event_sid, scopes) JOIN account ON account.id = new.account_id"
)
_TRIM = (
    "DELETE FROM notice USING account WHERE account.id = ANY(%b) AND notice.account_id = account.id"
    " AND notice.position <= account.noticed - %s AND notice.position > account.noticed - %s"
)
_TELL = f"NOTIFY {CHANNEL}".encode()


def keep_notices(connection: psycopg.Connection, changes: Iterable[Change]) -> None:
    """Write notices, inside the transaction that they tell of and under its accounts' locks."""
    rows = [_row(change) for change in changes]
    if not rows:
        return
    left = Counter(row[0] for row in rows)
    connection.execute(_ADVANCE, (list(left), list(left.values())))
    placed: list[tuple[Any, ...]] = []
    for account_id, *words in rows:
        left[account_id] -= 1
        placed.append((account_id, left[account_id], *words))
    connection.execute(_KEEP, [list(column) for column in zip(*placed, strict=True)])
    connection.execute(_TRIM, (list(left), MOST_KEPT, MOST_KEPT + MOST_TRIMMED))
    connection.execute(_TELL)


def decode_notice(row: tuple[str, str, str | None, str]) -> Notice:
    """A notice from its row: the account's sid, kind, event, scopes."""
    account_sid, kind, event_sid, scopes = row
    parts = tuple(decode_scope(scope) for scope in orjson.loads(scopes))
    return Notice(kind=ChangeKind(kind), account_sid=account_sid, event_sid=event_sid, scopes=parts)


def _row(change: Change) -> tuple[Any, ...]:
    scopes = orjson.dumps([encode_scope(scope) for scope in change.scopes]).decode()
    return (change.account_id, change.kind.value, change.event_sid, scopes)
