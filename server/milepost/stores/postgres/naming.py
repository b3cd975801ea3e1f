"""Names that events bring along: sources, to be completed, and the numbers of tag keys and values."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from milepost.domain.event import Event

_SOURCES = "INSERT INTO source SELECT * FROM unnest(%b::bigint[], %b::text[]) ON CONFLICT DO NOTHING"
_TAGS = (
    "INSERT INTO tag_number SELECT account_id, part,"
    " row_number() OVER (PARTITION BY account_id, part ORDER BY place) + coalesce((SELECT max(taken.number)"
    " FROM tag_number AS taken WHERE taken.account_id = new.account_id AND taken.part = new.part), 0), name"
    " FROM (SELECT * FROM unnest(%b::bigint[], %b::text[], %b::text[]) WITH ORDINALITY"
    " AS wanted (account_id, part, name, place) WHERE NOT EXISTS (SELECT 1 FROM tag_number AS known"
    " WHERE known.account_id = wanted.account_id AND known.part = wanted.part AND known.name = wanted.name)) AS new"
)
"""Under the accounts' locks, so that no number is given twice."""


def name_sources_and_tags(connection: psycopg.Connection, events: Iterable[tuple[int, Event]]) -> None:
    """Make sure that whatever these events name is known."""
    sources: dict[tuple[int, str], None] = {}
    tags: dict[tuple[int, str, str], None] = {}
    for account_id, event in events:
        if event.source is not None:
            sources[account_id, event.source] = None
        for key, values in (event.tags or {}).items():
            tags[account_id, "key", key] = None
            tags.update(((account_id, "value", value), None) for value in values)
    if sources:
        connection.execute(_SOURCES, [list(column) for column in zip(*sources, strict=True)])
    if tags:
        connection.execute(_TAGS, [list(column) for column in zip(*tags, strict=True)])
