"""Purge: removing events so that no file of the store holds a byte of them.

`secure_delete` overwrites what is deleted, merging the trigram index drops what its older segments still hold, and
emptying the log removes the pages that were written before.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from milepost.domain.errors import Unavailable
from milepost.domain.history import ChangeKind, PurgeSelection
from milepost.stores.sqlite.live import find_live, remove_live
from milepost.stores.sqlite.lookup import find_account_id
from milepost.stores.sqlite.notices import Change
from milepost.stores.sqlite.readers import Readers
from milepost.stores.sqlite.record import decode_event
from milepost.stores.sqlite.terms import Term, TermKind, terms_of
from milepost.stores.sqlite.writer import Work, Writer

BATCH = 200
"""Events removed by one transaction."""
MERGE_PAGES = 2_000
"""Pages of the trigram index that one transaction merges."""
CHECKPOINT_TRIES = 100
LOG_BUSY_SECONDS = 0.1
"""How long one try waits for readers to finish."""
_PAUSE_SECONDS = 0.1

_RECORDS = (
    "SELECT record FROM deleted_event WHERE account_id = ?1 AND sid = ?2"
    " UNION ALL SELECT before FROM revision WHERE account_id = ?1 AND event_sid = ?2 AND before IS NOT NULL"
)
_FORGET = (
    "DELETE FROM deleted_event WHERE account_id = ? AND sid = ?",
    "DELETE FROM revision WHERE account_id = ? AND event_sid = ?",
    "DELETE FROM notice WHERE account_id = ? AND event_sid = ?",
)
_SWEEP_TERM = (
    "DELETE FROM term WHERE account_id = ? AND kind = ? AND value = ?"
    " AND NOT EXISTS (SELECT 1 FROM posting WHERE posting.term = term.id)"
)
_RETIRE_NUMBER = "UPDATE tag_number SET name = NULL WHERE account_id = ? AND part = ? AND name = ?"
_PARTS = {TermKind.TAG_KEY: "key", TermKind.TAG_VALUE: "value"}


@dataclass(frozen=True, slots=True)
class _Removed:
    """What one transaction removed: from which account, how many events, and the terms that they had."""

    account_id: int
    count: int
    terms: set[Term]


class Purger:
    """Purges in bounded transactions, so that other writers get their turns."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    async def purge(self, selection: PurgeSelection, progress: Callable[[int], None]) -> int:
        """See `EventHistory.purge`."""
        total = 0
        while removed := await self._writer.write(partial(_remove_batch, selection)):
            await self._writer.write(partial(_sweep, removed))
            total += removed.count
            progress(total)
        await self._merge_trigrams()
        await self._empty_log()
        return total

    async def _merge_trigrams(self) -> None:
        """Merge all segments of the trigram index into one, bit by bit."""
        pages = -MERGE_PAGES
        while await self._writer.write(partial(_merge, pages)):
            pages = MERGE_PAGES

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


def count_selected(connection: sqlite3.Connection, selection: PurgeSelection) -> int:
    """How many events the selection names, deleted ones included."""
    account_id = find_account_id(connection, selection.account_sid)
    where, values = _conditions(selection)
    count = 0
    for table in ("event", "deleted_event"):
        statement = f"SELECT count(*) FROM {table} WHERE account_id = ?{where}"
        count += connection.execute(statement, (account_id, *values)).fetchone()[0]
    return count


def _remove_batch(selection: PurgeSelection, work: Work) -> _Removed | None:
    """Remove up to `BATCH` events; None if there are none left."""
    account_id = work.account_id(selection.account_sid)
    sids = _selected(work.connection, account_id, selection)
    terms: set[Term] = set()
    for sid in sids:
        live = find_live(work.connection, account_id, selection.account_sid, sid)
        if live is not None:
            terms |= terms_of(live.event)
            remove_live(work, live)
        for (record,) in work.connection.execute(_RECORDS, (account_id, sid)):
            terms |= terms_of(decode_event(record, selection.account_sid))
        for statement in _FORGET:
            work.connection.execute(statement, (account_id, sid))
    if not sids:
        return None
    work.changes.append(Change(ChangeKind.MISSED, account_id, None, ()))
    return _Removed(account_id, len(sids), terms)


def _selected(connection: sqlite3.Connection, account_id: int, selection: PurgeSelection) -> list[str]:
    where, values = _conditions(selection)
    statement = " UNION ALL ".join(
        f"SELECT * FROM (SELECT sid FROM {table} WHERE account_id = ?{where} LIMIT {BATCH})"
        for table in ("event", "deleted_event")
    )
    rows = connection.execute(f"{statement} LIMIT {BATCH}", (account_id, *values) * 2)
    return [row[0] for row in rows]


def _conditions(selection: PurgeSelection) -> tuple[str, list[str | int]]:
    given: dict[str, str | int | None] = {
        " AND sid = ?": selection.event_sid,
        " AND source = ?": selection.source,
        " AND started_at < ?": selection.before,
    }
    kept = {words: value for words, value in given.items() if value is not None}
    return "".join(kept), list(kept.values())


def _sweep(removed: _Removed, work: Work) -> None:
    """Forget terms that no event has any more: their text is the events' text."""
    for kind, value in removed.terms:
        gone = work.connection.execute(_SWEEP_TERM, (removed.account_id, kind, value)).rowcount
        if gone and (part := _PARTS.get(TermKind(kind))):
            work.connection.execute(_RETIRE_NUMBER, (removed.account_id, part, value))
    work.terms_changed = True


def _merge(pages: int, work: Work) -> bool:
    """One step of merging; False when nothing is left to do, of which FTS5's sign is fewer than two changes."""
    before = work.connection.total_changes
    work.connection.execute("INSERT INTO event_trigram (event_trigram, rank) VALUES ('merge', ?)", (pages,))
    return work.connection.total_changes - before >= 2
