"""History: what changed and what was deleted, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from milepost.domain.errors import NotFound
from milepost.domain.event import Event, Provenance
from milepost.domain.history import ChangeKind, PurgeSelection, Revisions
from milepost.domain.instant import Instant
from milepost.stores.postgres.connections import Connections
from milepost.stores.postgres.lookup import find_account_id
from milepost.stores.postgres.purge import Purger
from milepost.stores.postgres.revisions import Occasion, revisions_below
from milepost.stores.postgres.selection import count_selected
from milepost.stores.postgres.workspace import Workspace
from milepost.stores.postgres.writer import Writer
from milepost.stores.timeline.record import decode_event

_ABOVE_ALL = (1 << 63) - 1
_LATEST = (
    "SELECT record FROM event WHERE account_id = %s AND sid = %s"
    " UNION ALL SELECT record FROM deleted_event WHERE account_id = %s AND sid = %s"
)


class PostgresHistory:
    """Meets `EventHistory`."""

    def __init__(self, connections: Connections, writer: Writer) -> None:
        self._connections = connections
        self._writer = writer
        self._purger = Purger(connections)

    async def revisions(self, account_sid: str, event_sid: str, limit: int, below_version: int | None) -> Revisions:
        """See `EventHistory.revisions`."""

        def look(connection: psycopg.Connection) -> Revisions:
            account_id = find_account_id(connection, account_sid) or 0
            _latest(connection, account_id, account_sid, event_sid)
            below = _ABOVE_ALL if below_version is None else below_version
            found = revisions_below(connection, account_id, account_sid, event_sid, below, limit + 1)
            return Revisions(tuple(found[:limit]), found[limit - 1].version if len(found) > limit else None)

        return await self._connections.read(look)

    async def latest(self, account_sid: str, event_sid: str) -> Event:
        """See `EventHistory.latest`."""

        def look(connection: psycopg.Connection) -> Event:
            account_id = find_account_id(connection, account_sid) or 0
            return _latest(connection, account_id, account_sid, event_sid)

        return await self._connections.read(look)

    async def restore(self, account_sid: str, event_sid: str, apply: Callable[[Event], Event], by: Provenance) -> Event:
        """See `EventHistory.restore`."""

        def item(work: Workspace) -> Event:
            entry = work.entry(account_sid, event_sid)
            if entry.live is not None:
                apply(entry.live)
                return entry.live
            if entry.hidden is None:
                raise NotFound("event", event_sid)
            hidden, restored = entry.hidden, apply(entry.hidden)
            work.check_dedup_key(restored)
            work.put(entry, restored, ChangeKind.RESTORED)
            at = restored.updated_at if restored.updated_at is not None else hidden.created_at
            work.keep_revision(entry, restored.version, Occasion(ChangeKind.RESTORED, at, by), None)
            return restored

        return await self._writer.write(account_sid, event_sid, item)

    async def count_purge(self, selection: PurgeSelection) -> int:
        """See `EventHistory.count_purge`."""
        return await self._connections.read(lambda connection: count_selected(connection, selection))

    async def purge(self, selection: PurgeSelection, progress: Callable[[int], None]) -> int:
        """See `EventHistory.purge`. The server's log of changes and its backups are in the hands of whoever runs it."""
        return await self._purger.purge(selection, progress)

    async def expire(self, account_sid: str, before: Instant, limit: int) -> int:
        """See `EventHistory.expire`."""
        return await self._purger.expire(PurgeSelection(account_sid=account_sid, before=before), limit)

    async def sweep(self, account_sid: str) -> None:
        """See `EventHistory.sweep`."""
        await self._purger.sweep(account_sid)


def _latest(connection: psycopg.Connection, account_id: int, account_sid: str, event_sid: str) -> Event:
    found = connection.execute(_LATEST, (account_id, event_sid) * 2).fetchone()
    if found is None:
        raise NotFound("event", event_sid)
    return decode_event(found[0], account_sid)
