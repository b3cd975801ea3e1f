"""Purge: removing events so that no table holds anything of them.

What has been deleted stays in the tables' pages until they are vacuumed, so that is done at the end of each purge, of
one that finds nothing too: an earlier one may have been cut off.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import psycopg

from milepost.domain.history import ChangeKind, PurgeSelection
from milepost.stores.postgres.connections import Connections
from milepost.stores.postgres.flush import flush
from milepost.stores.postgres.lookup import find_account_id
from milepost.stores.postgres.selection import select_hidden, select_live
from milepost.stores.postgres.sweep import sweep_sources, sweep_tags, tags_of_the_past
from milepost.stores.postgres.workspace import Workspace

BATCH = 200
"""Events removed by one transaction."""

EXPIRY_LOCK = 0x4D50_5255
"""The advisory lock of the one server that removes what has expired; it is let go with each batch."""

_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%s)"
_FORGET_REVISIONS = "DELETE FROM revision WHERE account_id = %s AND event_sid = ANY(%b)"
_FORGET_NOTICES = "DELETE FROM notice WHERE account_id = %s AND event_sid = ANY(%b)"
_VACUUMED = (
    "event", "event_text", "deleted_event", "revision", "notice", "posting", "chunk", "source", "tag_number",
)  # fmt: skip


class Purger:
    """Purges in bounded transactions, so that other writers get their turns."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def purge(self, selection: PurgeSelection, progress: Callable[[int], None]) -> int:
        """See `EventHistory.purge`."""
        total = 0
        while removed := await self._pass(selection, lambda count, so_far=total: progress(so_far + count)):
            total += removed  # once more: what was deleted or restored in the meantime may have slipped by
        await self.sweep(selection.account_sid)
        await self._connections.run(_vacuum)
        return total

    async def expire(self, selection: PurgeSelection, limit: int) -> int:
        """See `EventHistory.expire`. Of several servers one is at it, so that none waits for another's batch."""
        return await self._connections.write(partial(_expire, selection, limit))

    async def _pass(self, selection: PurgeSelection, progress: Callable[[int], None]) -> int:
        """Remove the live events, then the deleted ones."""
        total = 0
        while sids := await self._connections.read(partial(select_live, selection=selection, limit=BATCH)):
            removed = await self._connections.write(partial(_remove, selection, sids))
            if not removed:
                break  # what was found has been changed since, and is looked for again by the next pass
            total += removed
            progress(total)
        after = ""
        while sids := await self._hidden(selection, after):
            total += await self._connections.write(partial(_remove, selection, sids))
            progress(total)
            after = sids[-1]
        return total

    async def _hidden(self, selection: PurgeSelection, after: str) -> list[str]:
        return await self._connections.read(partial(select_hidden, selection=selection, limit=BATCH, after=after))

    async def sweep(self, account_sid: str) -> None:
        """See `EventHistory.sweep`."""
        account_id = await self._connections.glance(lambda connection: find_account_id(connection, account_sid))
        if account_id is None:
            return
        source: str | None = ""
        while source is not None:
            source = await self._connections.write(partial(sweep_sources, account_id=account_id, after=source))
        kept = await self._connections.read(partial(tags_of_the_past, account_id=account_id))
        tag: tuple[str, int] | None = ("", 0)
        while tag is not None:
            tag = await self._connections.write(partial(sweep_tags, account_id=account_id, kept=kept, after=tag))


def _remove(selection: PurgeSelection, sids: list[str], connection: psycopg.Connection) -> int:
    """Remove those of the events that still are what was selected; how many."""
    work = Workspace(connection)
    work.lock([selection.account_sid])
    account_id = work.account_id(selection.account_sid)
    work.fetch([(selection.account_sid, sid) for sid in sids], [])
    entries = [work.entry(selection.account_sid, sid) for sid in sids]
    removed = [one for one in entries if (event := one.live or one.hidden) and selection.names(event)]
    if not removed:
        return 0
    for entry in removed:
        work.remove(entry)
    gone = [entry.sid for entry in removed]
    connection.execute(_FORGET_REVISIONS, (account_id, gone))
    connection.execute(_FORGET_NOTICES, (account_id, gone))
    work.tell(ChangeKind.MISSED, account_id, None)
    flush(work)
    return len(removed)


def _expire(selection: PurgeSelection, limit: int, connection: psycopg.Connection) -> int:
    [[alone]] = connection.execute(_TRY_LOCK, (EXPIRY_LOCK,)).fetchall()
    if not alone:
        return 0
    sids = select_live(connection, selection, limit) or select_hidden(connection, selection, limit, "")
    return _remove(selection, sids, connection) if sids else 0


def _vacuum(connection: psycopg.Connection) -> None:
    connection.execute(b"SET statement_timeout = 0")
    connection.execute(b"SET lock_timeout = 0")
    try:
        connection.execute(f"VACUUM {', '.join(_VACUUMED)}".encode())
    finally:
        connection.close()
