"""The store: one database, its connections and threads, and what meets each port."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

import anyio
import psycopg

from milepost.domain.errors import Unavailable
from milepost.stores.postgres.accounts import PostgresAccounts
from milepost.stores.postgres.archive import PostgresArchive
from milepost.stores.postgres.connection import complete
from milepost.stores.postgres.connections import MOST_CONNECTIONS, Connections
from milepost.stores.postgres.events import PostgresEvents
from milepost.stores.postgres.faults import is_fault, unavailable
from milepost.stores.postgres.feed import PostgresFeed
from milepost.stores.postgres.history import PostgresHistory
from milepost.stores.postgres.migrations import prepare_database
from milepost.stores.postgres.places import PostgresPlaces
from milepost.stores.postgres.readiness import check_reachable, check_writable
from milepost.stores.postgres.sessions import PostgresSessions
from milepost.stores.postgres.several import mark_what_is_left
from milepost.stores.postgres.tag_numbers import PostgresTagNumbers
from milepost.stores.postgres.tokens import PostgresTokens
from milepost.stores.postgres.writer import MOST_IN_GROUP, Writer

CANCEL_SECONDS = 0.5
"""How long a statement that was asked to end may go on before it is asked again."""


class PostgresStore:
    """An open database, to be made by `open` in the event loop that uses it. `close` it: what is waiting is finished first.

    - `events` meets `EventReader` and `EventWriter`, `history` meets `EventHistory`, `feed` meets `ChangeFeed`,
    - `tag_numbers` meets `TagNumbers`; `accounts`, `tokens`, `sessions`, `places` and `archive` meet the ports of those names.
    """

    def __init__(self, conninfo: str, most_connections: int, most_in_group: int) -> None:
        self._connections = Connections(conninfo, most_connections)
        self._writer = Writer(self._connections, most_in_group)
        self.feed = PostgresFeed(self._connections)
        self.events = PostgresEvents(self._connections, self._writer)
        self.history = PostgresHistory(self._connections, self._writer)
        self.accounts = PostgresAccounts(self._connections)
        self.tokens = PostgresTokens(self._connections)
        self.sessions = PostgresSessions(self._connections)
        self.places = PostgresPlaces(self._connections)
        self.tag_numbers = PostgresTagNumbers(self._connections)
        self.archive = PostgresArchive(self._connections)

    @classmethod
    async def open(
        cls, url: str, *, most_connections: int = MOST_CONNECTIONS, most_in_group: int = MOST_IN_GROUP
    ) -> PostgresStore:
        """Open the database at `url` (as libpq reads it, several hosts too), making or upgrading its tables.

        Raises `Unavailable` where that can't be.
        """
        await asyncio.to_thread(prepare_database, url)
        return cls(complete(url), most_connections, most_in_group)

    async def check_ready(self, *, writable: bool) -> None:
        """Raises `Unavailable` where it isn't reached now or, if `writable`, takes no writes, as a standby doesn't."""
        await self._connections.glance(check_writable if writable else check_reachable)

    async def catch_up(self) -> None:
        """Mark what a Milepost of the version before wrote without marks, see several.py; ends early when it is cancelled."""
        connection = await asyncio.to_thread(self._connections.open)
        work = asyncio.ensure_future(asyncio.to_thread(_marked, connection))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            with anyio.CancelScope(shield=True), suppress(Unavailable):
                while not work.done():  # a request that comes between two statements ends neither
                    connection.cancel()
                    await asyncio.wait([work], timeout=CANCEL_SECONDS)
                work.result()
            raise

    async def close(self) -> None:
        """Finish what is waiting, then end the tasks and threads and close the connections."""
        await self.feed.close()
        await self.tokens.close()
        await asyncio.to_thread(self._writer.close)
        await asyncio.to_thread(self._connections.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


def _marked(connection: psycopg.Connection) -> None:
    """Mark what is left over a connection that is closed afterwards; raises `Unavailable`."""
    try:
        with connection:
            mark_what_is_left(connection)
    except psycopg.Error as error:
        if is_fault(error):
            raise unavailable(error) from error
        raise
