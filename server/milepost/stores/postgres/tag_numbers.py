"""The ids of tag keys and values."""

from __future__ import annotations

import psycopg

from milepost.domain.archive import TagNumber, TagPart
from milepost.stores.postgres.connections import Connections

_LIST = (
    "SELECT part, number, name FROM tag_number WHERE account_id = (SELECT id FROM account WHERE sid = %s)"
    " AND (part, number) > (%s, %s) AND name IS NOT NULL ORDER BY part, number LIMIT %s"
)
"""By the primary key; `key` comes before `value` by the alphabet, too."""


class PostgresTagNumbers:
    """Meets `TagNumbers`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def tag_numbers(
        self, account_sid: str, limit: int, after: tuple[TagPart, int] | None
    ) -> tuple[TagNumber, ...]:
        """See `TagNumbers.tag_numbers`."""
        part, number = ("", 0) if after is None else (after[0].value, after[1])

        def look(connection: psycopg.Connection) -> tuple[TagNumber, ...]:
            rows = connection.execute(_LIST, (account_sid, part, number, limit))
            return tuple(TagNumber(account_sid, TagPart(part), number, name) for part, number, name in rows)

        return await self._connections.glance(look)
