"""What the database holds of what an import's batch names: asked once a batch, under its accounts' locks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, LiteralString

import psycopg

Name = tuple[int, str]
"""Account's number and an event's sid, or a dedup key."""
Change = tuple[int, str, int]
"""Account's number, event's sid and the version that a change made of it."""

_VERSIONS = (
    "SELECT account_id, sid, (record::json ->> 'version')::bigint FROM event"
    " JOIN unnest(%(accounts)b::bigint[], %(names)b::text[]) AS wanted (account_id, sid) USING (account_id, sid)"
    " UNION ALL SELECT account_id, sid, (record::json ->> 'version')::bigint FROM deleted_event"
    " JOIN unnest(%(accounts)b::bigint[], %(names)b::text[]) AS wanted (account_id, sid) USING (account_id, sid)"
)
_KEYS = (
    "SELECT account_id, dedup_key FROM event JOIN unnest(%(accounts)b::bigint[], %(names)b::text[])"
    " AS wanted (account_id, dedup_key) USING (account_id, dedup_key)"
)
_REVISIONS = (
    "SELECT account_id, event_sid, version FROM revision JOIN unnest(%(accounts)b::bigint[], %(names)b::text[])"
    " AS wanted (account_id, event_sid) USING (account_id, event_sid)"
)


def held_versions(connection: psycopg.Connection, events: Iterable[Name]) -> dict[Name, int]:
    """The versions of those events that are there, live or deleted."""
    return {(row[0], row[1]): row[2] for row in _select(connection, _VERSIONS, events)}


def held_keys(connection: psycopg.Connection, keys: Iterable[Name]) -> set[Name]:
    """Those dedup keys that live events have."""
    return set(_select(connection, _KEYS, keys))


def held_changes(connection: psycopg.Connection, events: Iterable[Name]) -> set[Change]:
    """The changes that are kept of those events."""
    return set(_select(connection, _REVISIONS, events))


def _select(
    connection: psycopg.Connection, statement: LiteralString, names: Iterable[Name]
) -> Iterable[tuple[Any, ...]]:
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return ()
    columns = {"accounts": [one[0] for one in wanted], "names": [one[1] for one in wanted]}
    return connection.execute(statement, columns)
