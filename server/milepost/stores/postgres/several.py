"""Marking the events that have several values of a tag key, where a Milepost of the version before left out the mark.

Two values of one key are looked for among marked events alone: of two common values that never come together, every chunk
would have to be read. That is right where all events are marked, which an account's `marked` tells (schema/0004). As long as
servers of the version before write, the newer ones mark after them, now and then.
"""

from __future__ import annotations

from contextlib import suppress

import psycopg

from milepost.stores.postgres.bits import ZERO
from milepost.stores.postgres.limits import without_time_limit
from milepost.stores.postgres.postings import Postings
from milepost.stores.timeline.terms import TermKind

LOCK = 0x4D50_4D4B
"""The advisory lock under which accounts are caught up with, so that nothing is counted twice."""

_ALONE = "SELECT pg_try_advisory_xact_lock(%s)"
_BEHIND = b"SELECT id FROM account WHERE marked <> noticed"
_LEFT = "SELECT noticed - marked FROM account WHERE id = %s"
_HOLD = "SELECT 1 FROM account WHERE id = %s FOR NO KEY UPDATE"
_COUNT_IN = "UPDATE account SET marked = marked + %s WHERE id = %s"
_WITH_SEVERAL = (
    f"SELECT chunk, tag.key, bit_or(set_bit({ZERO}, slot, 1)) FROM event, jsonb_each(record::jsonb -> 'tags') AS tag"
    " WHERE account_id = %s AND chunk IS NOT NULL AND jsonb_array_length(tag.value) > 1 GROUP BY chunk, tag.key"
)
_ANY_WAY = b"SET LOCAL enable_seqscan = on"


def all_are_marked(connection: psycopg.Connection, account_id: int) -> bool:
    """Whether each event of the account that has several values of a tag key has the term for it."""
    return _left(connection, account_id) == 0


def mark_what_is_left(connection: psycopg.Connection) -> None:
    """Mark what isn't, account by account; what can't be now, or is another server's work, is left for the next time."""
    for [account_id] in connection.execute(_BEHIND).fetchall():
        with suppress(psycopg.errors.LockNotAvailable, psycopg.errors.ReadOnlySqlTransaction), connection.transaction():
            [[ours]] = connection.execute(_ALONE, (LOCK,)).fetchall()
            if ours:
                _catch_up(connection, account_id)


def _catch_up(connection: psycopg.Connection, account_id: int) -> None:
    """Writers wait only while marks are written, not while events are read: one that has left its seat since it was read
    leaves a mark too many there, which costs a look at it.
    """
    if (left := _left(connection, account_id)) == 0:
        return
    without_time_limit(connection)
    connection.execute(_ANY_WAY)
    found = connection.execute(_WITH_SEVERAL, (account_id,)).fetchall()
    connection.execute(_HOLD, (account_id,))
    postings = Postings(connection)
    for chunk, key, bits in found:
        postings.add(account_id, chunk, {(TermKind.SEVERAL, key): bits})
    postings.save()
    connection.execute(_COUNT_IN, (left, account_id))


def _left(connection: psycopg.Connection, account_id: int) -> int:
    """How many notices came without marks."""
    [[left]] = connection.execute(_LEFT, (account_id,)).fetchall()
    return left
