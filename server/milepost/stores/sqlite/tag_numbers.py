"""The ids of tag keys and values."""

from __future__ import annotations

import sqlite3

from milepost.domain.archive import TagNumber, TagPart
from milepost.stores.sqlite.lookup import find_account_id
from milepost.stores.sqlite.readers import Readers

_LIST = (
    "SELECT part, number, name FROM tag_number"
    " WHERE account_id = ? AND (part, number) > (?, ?) AND name IS NOT NULL ORDER BY part, number LIMIT ?"
)
"""By the primary key; `key` comes before `value` by the alphabet, too."""


class SqliteTagNumbers:
    """Meets `TagNumbers`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def tag_numbers(
        self, account_sid: str, limit: int, after: tuple[TagPart, int] | None
    ) -> tuple[TagNumber, ...]:
        """See `TagNumbers.tag_numbers`."""

        def look(connection: sqlite3.Connection) -> tuple[TagNumber, ...]:
            account_id = find_account_id(connection, account_sid)
            rows = connection.execute(_LIST, (account_id, *(after or ("", 0)), limit))
            return tuple(TagNumber(account_sid, TagPart(part), number, name) for part, number, name in rows)

        return await self._readers.read(look)
