"""Sweeping: forgetting terms that no event has any more, since their text is the text of events that are gone."""

from __future__ import annotations

import sqlite3

from milepost.stores.sqlite.writer import Work
from milepost.stores.timeline.terms import TermKind

BATCH = 2_000
"""Terms looked at by one transaction."""

PastTags = frozenset[tuple[int, str, str]]
"""Account, part and name of each tag that a former state of some event has."""

_PARTS = {TermKind.TAG_KEY: "key", TermKind.TAG_VALUE: "value"}
_TERMS = (
    "SELECT id, account_id, kind, value, NOT EXISTS (SELECT 1 FROM posting WHERE term = term.id)"
    " FROM term WHERE id > ? ORDER BY id LIMIT ?"
)
_FORGET = "DELETE FROM term WHERE id = ?"
_RETIRE_NUMBER = "UPDATE tag_number SET name = NULL WHERE account_id = ? AND part = ? AND name = ?"
_KEYS = "SELECT account_id, 'key', tag.key FROM {table}, json_each({record}, '$.tags') AS tag"
_VALUES = (
    "SELECT account_id, 'value', item.value FROM {table}, json_each({record}, '$.tags') AS tag,"
    " json_each(tag.value) AS item"
)
_PAST = " UNION ".join(
    part.format(table=table, record=record)
    for table, record in (("deleted_event", "record"), ("revision", "before"))
    for part in (_KEYS, _VALUES)
)


def tags_of_the_past(connection: sqlite3.Connection) -> PastTags:
    """Tags that deleted events and earlier versions have: they may come back, so their numbers keep their names."""
    return frozenset(connection.execute(_PAST))


def sweep_terms(kept: PastTags, after: int, work: Work) -> int | None:
    """Forget those of the terms beyond the number `after` that nothing has; the number to go on from, None at the end."""
    rows = work.connection.execute(_TERMS, (after, BATCH)).fetchall()
    for number, account_id, kind, value, unused in rows:
        part = _PARTS.get(TermKind(kind))
        if not unused or (account_id, part, value) in kept:
            continue
        work.connection.execute(_FORGET, (number,))
        if part:
            work.connection.execute(_RETIRE_NUMBER, (account_id, part, value))
        work.terms_changed = True
    return rows[-1][0] if len(rows) == BATCH else None
