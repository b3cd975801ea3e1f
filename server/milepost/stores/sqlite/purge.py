"""Purge: removing events so that no file of the store holds a byte of them.

`secure_delete` overwrites what is deleted, but moving entries within a page leaves copies of them behind; so after the
terms are swept and the trigram index is merged, which drops what its older segments still hold, VACUUM writes every
page anew, and emptying the log removes the pages that were written before. That is done at the end of each purge, of
one that finds nothing too: an earlier one may have been cut off.

What expires goes the same way in small steps, but leaves out what keeps writers waiting: nothing is written anew, and
the room is used again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial

import orjson

from milepost.domain.errors import Unavailable
from milepost.domain.event import Event
from milepost.domain.history import ChangeKind, PurgeSelection
from milepost.stores.sqlite.live import find_live, remove_live
from milepost.stores.sqlite.notices import Change
from milepost.stores.sqlite.readers import Readers
from milepost.stores.sqlite.revisions import find_hidden
from milepost.stores.sqlite.selection import select_hidden, select_live
from milepost.stores.sqlite.sweep import sweep_terms, tags_of_the_past
from milepost.stores.sqlite.writer import Work, Writer

BATCH = 200
"""Events removed by one transaction."""
MERGE_PAGES = 2_000
"""Pages of the trigram index that one transaction merges."""
CHECKPOINT_TRIES = 100
LOG_BUSY_SECONDS = 0.1
"""How long one try waits for readers to finish, and keeps other writers waiting."""
_PAUSE_SECONDS = 0.1

_FORGET = (
    "DELETE FROM deleted_event WHERE account_id = ? AND sid = ?",
    "DELETE FROM revision WHERE account_id = ? AND event_sid = ?",
)
_FORGET_NOTICES = "DELETE FROM notice WHERE account_id = ? AND event_sid IN (SELECT value FROM json_each(?))"


class Purger:
    """Purges in bounded transactions, so that other writers get their turns; only the last step keeps them waiting."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    async def purge(self, selection: PurgeSelection, progress: Callable[[int], None]) -> int:
        """See `EventHistory.purge`."""
        total = 0
        while removed := await self._pass(selection, lambda count, so_far=total: progress(so_far + count)):
            total += removed  # once more: what was deleted or restored in the meantime may have slipped by
        await self.sweep()
        await self._rewrite()
        await self._empty_log()
        return total

    async def expire(self, selection: PurgeSelection, limit: int) -> int:
        """See `EventHistory.expire`."""
        sids = await self._read(partial(select_live, selection=selection, limit=limit))
        if not sids:
            sids = await self._read(partial(select_hidden, selection=selection, limit=limit, after=""))
        return await self._writer.write(partial(_remove, selection, sids)) if sids else 0

    async def sweep(self) -> None:
        """See `EventHistory.sweep`."""
        kept = await self._readers.read(tags_of_the_past, bounded=False)
        after: int | None = 0
        while after is not None:
            after = await self._writer.write(partial(sweep_terms, kept, after))
        await self._merge_trigrams()

    async def _pass(self, selection: PurgeSelection, progress: Callable[[int], None]) -> int:
        """Remove the live events, then the deleted ones."""
        total = 0
        while sids := await self._read(partial(select_live, selection=selection, limit=BATCH)):
            total += await self._writer.write(partial(_remove, selection, sids))
            progress(total)
        after = ""
        while sids := await self._read(partial(select_hidden, selection=selection, limit=BATCH, after=after)):
            total += await self._writer.write(partial(_remove, selection, sids))
            progress(total)
            after = sids[-1]
        return total

    async def _read(self, look: Callable[[sqlite3.Connection], list[str]]) -> list[str]:
        return await self._readers.read(look, bounded=False)

    async def _merge_trigrams(self) -> None:
        """Merge all segments of the trigram index into one, bit by bit."""
        pages = -MERGE_PAGES
        while await self._writer.write(partial(_merge, pages)):
            pages = MERGE_PAGES

    async def _rewrite(self) -> None:
        try:
            await self._writer.run_alone("VACUUM")
        except Unavailable as error:
            begin, end = (
                "the events are gone, but pages of the file may still hold bytes of them:",
                "; then purge again",
            )
            seconds = error.retry_after_seconds
            raise Unavailable(f"{begin} {error}{end}", seconds, detail=f"{begin} {error.detail}{end}") from error

    async def _empty_log(self) -> None:
        """Move the log into the database and cut it to nothing, as soon as no reader needs it."""
        for _ in range(CHECKPOINT_TRIES):
            if await asyncio.to_thread(self._checkpoint):
                return
            await asyncio.sleep(_PAUSE_SECONDS)
        raise Unavailable(
            "the events are gone, but the log file still holds pages of them because another program goes on"
            " reading; end it and purge again"
        )

    def _checkpoint(self) -> bool:
        connection = self._readers.open()
        try:
            connection.execute(f"PRAGMA busy_timeout = {int(LOG_BUSY_SECONDS * 1_000)}")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.close()
        return not busy


def _remove(selection: PurgeSelection, sids: list[str], work: Work) -> int:
    """Remove those of the events that still are what was selected; how many."""
    account_id = work.account_id(selection.account_sid)
    removed = [sid for sid in sids if _remove_one(work, account_id, selection, sid)]
    if removed:
        work.connection.execute(_FORGET_NOTICES, (account_id, orjson.dumps(removed).decode()))
        work.changes.append(Change(ChangeKind.MISSED, account_id, None, ()))
    return len(removed)


def _remove_one(work: Work, account_id: int, selection: PurgeSelection, sid: str) -> bool:
    live = find_live(work.connection, account_id, selection.account_sid, sid)
    event: Event | None = live.event if live else find_hidden(work.connection, account_id, selection.account_sid, sid)
    if event is None or not selection.names(event):
        return False
    if live:
        remove_live(work, live)
    for statement in _FORGET:
        work.connection.execute(statement, (account_id, sid))
    return True


def _merge(pages: int, work: Work) -> bool:
    """One step of merging; False when nothing is left to do, of which FTS5's sign is fewer than two changes."""
    before = work.connection.total_changes
    work.connection.execute("INSERT INTO event_trigram (event_trigram, rank) VALUES ('merge', ?)", (pages,))
    return work.connection.total_changes - before >= 2
