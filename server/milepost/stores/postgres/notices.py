"""The table through which servers tell each other what changed: read by position, trimmed at the old end."""

from __future__ import annotations

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
MOST_TRIMMED = 2_000
"""Notices that one transaction removes."""
TRIMMED_EVERY = 256
"""How many notices are written between two times that old ones are removed."""

_ADVANCE = (
    "UPDATE account SET noticed = told.position, marked = marked + told.position - noticed"
    " FROM unnest(%b::bigint[], %b::bigint[]) AS told (id, position) WHERE account.id = told.id"
)
"""Events are written with their marks, see several.py."""
_KEEP = "INSERT INTO notice SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[])"
_TRIM = (
    "DELETE FROM notice USING unnest(%b::bigint[], %b::bigint[]) AS told (account_id, position)"
    " WHERE notice.account_id = told.account_id AND notice.position <= told.position - %s"
    " AND notice.position > told.position - %s"
)
_TELL = f"NOTIFY {CHANNEL}".encode()


def keep_notices(connection: psycopg.Connection, noticed: dict[int, int], changes: Iterable[Change]) -> None:
    """Write notices, inside the transaction that they tell of and under its accounts' locks.

    `noticed` has the position of each account's last notice, and is brought up to date.
    """
    before = dict(noticed)
    rows: list[tuple[Any, ...]] = []
    for change in changes:
        noticed[change.account_id] += 1
        rows.append((change.account_id, noticed[change.account_id], *_words(change)))
    if not rows:
        return
    told = [account_id for account_id, position in noticed.items() if position > before[account_id]]
    positions = [noticed[account_id] for account_id in told]
    connection.execute(_ADVANCE, (told, positions))
    connection.execute(_KEEP, [list(column) for column in zip(*rows, strict=True)])
    if any(noticed[one] // TRIMMED_EVERY > before[one] // TRIMMED_EVERY for one in told):
        connection.execute(_TRIM, (told, positions, MOST_KEPT, MOST_KEPT + MOST_TRIMMED))
    connection.execute(_TELL)


def decode_notice(row: tuple[str, str, str | None, str]) -> Notice:
    """A notice from its row: the account's sid, kind, event, scopes."""
    account_sid, kind, event_sid, scopes = row
    parts = tuple(decode_scope(scope) for scope in orjson.loads(scopes))
    return Notice(kind=ChangeKind(kind), account_sid=account_sid, event_sid=event_sid, scopes=parts)


def _words(change: Change) -> tuple[str, str | None, str]:
    scopes = orjson.dumps([encode_scope(scope) for scope in change.scopes]).decode()
    return (change.kind.value, change.event_sid, scopes)
