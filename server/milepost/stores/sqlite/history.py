"""History: what changed and what was deleted, and the way back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from milepost.domain.errors import NotFound
from milepost.domain.event import Event, Provenance
from milepost.domain.history import ChangeKind, PurgeSelection, Revisions
from milepost.domain.instant import Instant
from milepost.stores.sqlite.live import add_live, check_dedup_key, find_live
from milepost.stores.sqlite.lookup import find_account_id
from milepost.stores.sqlite.purge import Purger
from milepost.stores.sqlite.readers import Readers
from milepost.stores.sqlite.revisions import Occasion, find_hidden, keep_revision, revisions_below, unhide_event
from milepost.stores.sqlite.selection import count_selected
from milepost.stores.sqlite.writer import Work, Writer

_ABOVE_ALL = (1 << 63) - 1


class SqliteHistory:
    """Meets `EventHistory`."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer
        self._purger = Purger(readers, writer)

    async def revisions(self, account_sid: str, event_sid: str, limit: int, below_version: int | None) -> Revisions:
        """See `EventHistory.revisions`."""

        def look(connection: sqlite3.Connection) -> Revisions:
            account_id = find_account_id(connection, account_sid) or 0
            _latest(connection, account_id, account_sid, event_sid)
            below = _ABOVE_ALL if below_version is None else below_version
            found = revisions_below(connection, account_id, account_sid, event_sid, below, limit + 1)
            return Revisions(tuple(found[:limit]), found[limit - 1].version if len(found) > limit else None)

        return await self._readers.read(look)

    async def latest(self, account_sid: str, event_sid: str) -> Event:
        """See `EventHistory.latest`."""

        def look(connection: sqlite3.Connection) -> Event:
            account_id = find_account_id(connection, account_sid) or 0
            return _latest(connection, account_id, account_sid, event_sid)

        return await self._readers.read(look)

    async def restore(self, account_sid: str, event_sid: str, apply: Callable[[Event], Event], by: Provenance) -> Event:
        """See `EventHistory.restore`."""

        def item(work: Work) -> Event:
            account_id = work.event_account_id(account_sid, event_sid)
            live = find_live(work.connection, account_id, account_sid, event_sid)
            if live is not None:
                apply(live.event)
                return live.event
            return _restore(work, account_id, _latest(work.connection, account_id, account_sid, event_sid), apply, by)

        return await self._writer.write(item)

    async def count_purge(self, selection: PurgeSelection) -> int:
        """See `EventHistory.count_purge`."""
        return await self._readers.read(lambda connection: count_selected(connection, selection), bounded=False)

    async def purge(self, selection: PurgeSelection, progress: Callable[[int], None]) -> int:
        """See `EventHistory.purge`."""
        return await self._purger.purge(selection, progress)

    async def expire(self, account_sid: str, before: Instant, limit: int) -> int:
        """See `EventHistory.expire`."""
        return await self._purger.expire(PurgeSelection(account_sid=account_sid, before=before), limit)

    async def sweep(self, account_sid: str) -> None:  # noqa: ARG002 - terms of all accounts lie side by side
        """See `EventHistory.sweep`."""
        await self._purger.sweep()


def _restore(work: Work, account_id: int, hidden: Event, apply: Callable[[Event], Event], by: Provenance) -> Event:
    restored = apply(hidden)
    check_dedup_key(work, account_id, restored, None)
    unhide_event(work.connection, account_id, hidden.sid)
    at = restored.updated_at if restored.updated_at is not None else hidden.created_at
    occasion = Occasion(ChangeKind.RESTORED, at, by)
    keep_revision(work.connection, account_id, restored.sid, restored.version, occasion, None)
    add_live(work, account_id, restored, ChangeKind.RESTORED)
    return restored


def _latest(connection: sqlite3.Connection, account_id: int, account_sid: str, event_sid: str) -> Event:
    live = find_live(connection, account_id, account_sid, event_sid)
    found = live.event if live is not None else find_hidden(connection, account_id, account_sid, event_sid)
    if found is None:
        raise NotFound("event", event_sid)
    return found
