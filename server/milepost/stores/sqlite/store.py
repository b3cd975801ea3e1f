"""The store: one file, its connections and threads, and what meets each port."""

from __future__ import annotations

from pathlib import Path

from milepost.stores.sqlite.accounts import SqliteAccounts
from milepost.stores.sqlite.archive import SqliteArchive
from milepost.stores.sqlite.events import SqliteEvents
from milepost.stores.sqlite.feed import SqliteFeed
from milepost.stores.sqlite.history import SqliteHistory
from milepost.stores.sqlite.migrations import open_database
from milepost.stores.sqlite.places import SqlitePlaces
from milepost.stores.sqlite.readers import Readers
from milepost.stores.sqlite.sessions import SqliteSessions
from milepost.stores.sqlite.tag_numbers import SqliteTagNumbers
from milepost.stores.sqlite.tokens import SqliteTokens
from milepost.stores.sqlite.writer import MOST_IN_GROUP, Writer


class SqliteStore:
    """An open database. `close` it: what is waiting is finished first.

    - `events` meets `EventReader` and `EventWriter`, `history` meets `EventHistory`, `feed` meets `ChangeFeed`,
    - `tag_numbers` meets `TagNumbers`; `accounts`, `tokens`, `sessions`, `places` and `archive` meet the ports of those names.
    """

    def __init__(self, path: Path, *, most_in_group: int = MOST_IN_GROUP) -> None:
        """Open the database at `path`, making or upgrading it; raises `Unavailable` where that can't be."""
        self.path = path
        connection = open_database(path)
        self._readers = Readers(path)
        self.feed = SqliteFeed(self._readers)
        self._writer = Writer(path, connection, self.feed.hint, most_in_group)
        self.events = SqliteEvents(self._readers, self._writer)
        self.history = SqliteHistory(self._readers, self._writer)
        self.accounts = SqliteAccounts(self._readers, self._writer)
        self.tokens = SqliteTokens(self._readers, self._writer)
        self.sessions = SqliteSessions(self._readers, self._writer)
        self.places = SqlitePlaces(self._readers, self._writer)
        self.tag_numbers = SqliteTagNumbers(self._readers)
        self.archive = SqliteArchive(self._readers, self._writer)

    async def check_ready(self, *, writable: bool) -> None:  # noqa: ARG002 - whoever opened the file may write it
        """Raises `Unavailable` where it can't be read now."""
        await self.accounts.accounts()

    async def catch_up(self) -> None:
        """Nothing is left to do: whoever opens the file has brought it to this version."""

    def close(self) -> None:
        """Finish what is waiting, then end the threads and close the connections. May block for some milliseconds."""
        self.feed.close()
        self._writer.close()
        self._readers.close()
