"""Sweeping: forgetting names that no event has any more, since their text is the text of events that are gone."""

from __future__ import annotations

from typing import TypeVar

import psycopg

from milepost.stores.postgres.hashed_terms import hashed
from milepost.stores.postgres.limits import without_time_limit
from milepost.stores.timeline.terms import Term, TermKind

K = TypeVar("K")

BATCH = 2_000
"""Names looked at by one transaction."""

PastTags = frozenset[tuple[str, str]]
"""Part and name of each tag that a former state of some event of the account has."""

_LOCK = "SELECT id FROM account WHERE id = %s FOR NO KEY UPDATE"
_SOURCES = "SELECT name FROM source WHERE account_id = %s AND name > %s ORDER BY name LIMIT %s"
_TAGS = (
    "SELECT part, number, name FROM tag_number WHERE account_id = %s AND (part, number) > (%s, %s)"
    " AND name IS NOT NULL ORDER BY part, number LIMIT %s"
)
_USED = (
    "SELECT term FROM unnest(%b::bytea[]) AS wanted (term)"
    " WHERE EXISTS (SELECT 1 FROM posting WHERE posting.term = wanted.term)"
)
_FORGET_SOURCES = "DELETE FROM source WHERE account_id = %s AND name = ANY(%b)"
_RETIRE_TAGS = (
    "UPDATE tag_number SET name = NULL FROM unnest(%b::text[], %b::bigint[]) AS gone (part, number)"
    " WHERE account_id = %s AND tag_number.part = gone.part AND tag_number.number = gone.number"
)
_KEYS = "SELECT 'key', tag.key FROM {table}, json_each({record}::json -> 'tags') AS tag WHERE account_id = %s"
_VALUES = (
    "SELECT 'value', item.value FROM {table}, json_each({record}::json -> 'tags') AS tag,"
    " json_array_elements_text(tag.value) AS item WHERE account_id = %s"
)
_PAST = " UNION ".join(
    part.format(table=table, record=record)
    for table, record in (("deleted_event", "record"), ("revision", "before"))
    for part in (_KEYS, _VALUES)
)


def tags_of_the_past(connection: psycopg.Connection, account_id: int) -> PastTags:
    """Tags that deleted events and earlier versions have: they may come back, so their numbers keep their names."""
    without_time_limit(connection)
    return frozenset(connection.execute(_PAST.encode(), (account_id,) * 4))


def sweep_sources(connection: psycopg.Connection, account_id: int, after: str) -> str | None:
    """Forget those of the sources beyond `after` that nothing has; the one to go on from, None at the end."""
    connection.execute(_LOCK, (account_id,))
    names = [name for (name,) in connection.execute(_SOURCES, (account_id, after, BATCH))]
    unused = _unused(connection, account_id, {name: (TermKind.SOURCE, name) for name in names})
    if unused:
        connection.execute(_FORGET_SOURCES, (account_id, unused))
    return names[-1] if len(names) == BATCH else None


def sweep_tags(
    connection: psycopg.Connection, account_id: int, kept: PastTags, after: tuple[str, int]
) -> tuple[str, int] | None:
    """Take the names off those of the tag numbers beyond `after` that nothing has; the one to go on from."""
    connection.execute(_LOCK, (account_id,))
    rows = connection.execute(_TAGS, (account_id, *after, BATCH)).fetchall()
    kinds = {"key": TermKind.TAG_KEY, "value": TermKind.TAG_VALUE}
    wanted: dict[tuple[str, int], Term] = {
        (part, number): (kinds[part], name) for part, number, name in rows if (part, name) not in kept
    }
    unused = _unused(connection, account_id, wanted)
    if unused:
        connection.execute(_RETIRE_TAGS, ([one[0] for one in unused], [one[1] for one in unused], account_id))
    return (rows[-1][0], rows[-1][1]) if len(rows) == BATCH else None


def _unused(connection: psycopg.Connection, account_id: int, wanted: dict[K, Term]) -> list[K]:
    terms = {hashed(account_id, term): key for key, term in wanted.items()}
    used = {bytes(term) for (term,) in connection.execute(_USED, (list(terms),))}
    return [key for term, key in terms.items() if term not in used]
