"""The archive: everything that the store holds, out and in."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from anyio import to_thread

from milepost.domain.account import Account, Place, PlaceKind
from milepost.domain.archive import ArchivedEvent, ArchivedToken, ArchiveEntry, TagNumber, TagPart
from milepost.domain.errors import Conflict, Invalid
from milepost.domain.history import ChangeKind, Revision
from milepost.domain.instant import Instant
from milepost.domain.ports import Loaded
from milepost.stores.sqlite.accounts import insert_account
from milepost.stores.sqlite.faults import unavailable
from milepost.stores.sqlite.live import add_live, check_dedup_key, sid_is_taken
from milepost.stores.sqlite.places import decode_place, insert_place
from milepost.stores.sqlite.readers import Readers
from milepost.stores.sqlite.revisions import Occasion, decode_revision, hide_event, keep_revision
from milepost.stores.sqlite.tokens import insert_token
from milepost.stores.sqlite.writer import Work, Writer
from milepost.stores.timeline.record import decode_event
from milepost.stores.timeline.token_row import decode_token

BATCH = 500
"""Entries read by one step of an export."""

_ACCOUNTS = "SELECT id, sid, name, created_at FROM account WHERE ?1 IS NULL OR sid = ?1 ORDER BY id"
_PLACES = "SELECT kind, sid, name, labels, created_at, updated_at FROM place WHERE account_id = ?1 ORDER BY kind, sid"
_TOKENS = (
    "SELECT digest, ?2, sid, kind, name, hint, scopes, buckets, environments, created_at, expires_at, revoked_at,"
    " last_used_at FROM token WHERE account_id = ?1 ORDER BY created_at, sid"
)
_TAG_NUMBERS = "SELECT part, number, name FROM tag_number WHERE account_id = ?1 ORDER BY part, number"
_EVENTS = (
    "SELECT record FROM event INDEXED BY event_by_time WHERE account_id = ?1 AND chunk IS NOT NULL"
    " ORDER BY started_at, sid"
)
_UNSEATED = "SELECT record FROM event WHERE account_id = ?1 AND chunk IS NULL ORDER BY sid"
"""There should be none; but an export is what saves what a damaged index hides."""
_DELETED = "SELECT record FROM deleted_event WHERE account_id = ?1 ORDER BY sid"
_REVISIONS = (
    "SELECT event_sid, version, kind, at, by, before FROM revision WHERE account_id = ?1 ORDER BY event_sid, version"
)
_VERSION = (
    "SELECT json_extract(record, '$.version') FROM event WHERE account_id = ?1 AND sid = ?2"
    " UNION ALL SELECT json_extract(record, '$.version') FROM deleted_event WHERE account_id = ?1 AND sid = ?2"
)

Row = tuple[Any, ...]


class SqliteArchive:
    """Meets `Archive`."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    async def entries(self, account_sid: str | None) -> AsyncIterator[ArchiveEntry]:
        """See `Archive.entries`."""
        connection = await to_thread.run_sync(self._readers.open)
        try:
            connection.execute("BEGIN")
            everything = _everything(connection, account_sid)
            while batch := await to_thread.run_sync(_next_batch, everything):
                for entry in batch:
                    yield entry
        except sqlite3.Error as error:
            raise unavailable(error, self._readers.path) from error
        finally:
            connection.close()

    async def load(self, entries: Iterable[ArchiveEntry]) -> Loaded:
        """See `Archive.load`."""
        batch = list(entries)

        def item(work: Work) -> Loaded:
            added = sum(_load(work, entry) for entry in batch)
            return Loaded(added, len(batch) - added)

        return await self._writer.write(item)


def _next_batch(everything: Iterator[ArchiveEntry]) -> list[ArchiveEntry]:
    return list(islice(everything, BATCH))


def _everything(connection: sqlite3.Connection, account_sid: str | None) -> Iterator[ArchiveEntry]:
    """Kind by kind, and each account by account, so that every statement goes along an index and nothing is sorted."""
    accounts = connection.execute(_ACCOUNTS, (account_sid,)).fetchall()
    yield from (Account(*row[1:]) for row in accounts)
    for statement, decode in _DECODERS:
        for account_id, sid, *_ in accounts:
            values = (account_id, sid) if "?2" in statement else (account_id,)
            yield from (decode(row, sid) for row in connection.execute(statement, values))


def _decode_live(row: Row, account_sid: str) -> ArchiveEntry:
    return ArchivedEvent(decode_event(row[0], account_sid))


_DECODERS: tuple[tuple[str, Callable[[Row, str], ArchiveEntry]], ...] = (
    (_PLACES, lambda row, sid: decode_place(row[1:], sid, PlaceKind(row[0]))),
    (_TOKENS, lambda row, _: ArchivedToken(decode_token(row[1:]), row[0])),
    (_TAG_NUMBERS, lambda row, sid: TagNumber(sid, TagPart(row[0]), row[1], row[2])),
    (_EVENTS, _decode_live),
    (_UNSEATED, _decode_live),
    (_DELETED, lambda row, sid: ArchivedEvent(decode_event(row[0], sid), deleted=True)),
    (_REVISIONS, decode_revision),
)


def _load(work: Work, entry: ArchiveEntry) -> bool:
    """Write one entry; False if it is there already."""
    match entry:
        case Account():
            return _load_account(work, entry)
        case Place():
            return _load_place(work, entry)
        case ArchivedToken():
            return _load_token(work, entry)
        case TagNumber():
            return _load_tag_number(work, entry)
        case ArchivedEvent():
            return _load_event(work, entry)
        case Revision():
            return _load_revision(work, entry)


def _is_there(work: Work, statement: str, *values: object) -> bool:
    return work.connection.execute(statement, values).fetchone() is not None


def _load_account(work: Work, account: Account) -> bool:
    if _is_there(work, "SELECT 1 FROM account WHERE sid = ?", account.sid):
        return False
    insert_account(work.connection, account)
    return True


def _load_place(work: Work, place: Place) -> bool:
    account_id = work.account_id(place.account_sid)
    own = "SELECT 1 FROM place WHERE account_id = ? AND kind = ? AND sid = ?"
    if _is_there(work, own, account_id, place.kind, place.sid):
        return False
    insert_place(work.connection, account_id, place)
    return True


def _load_token(work: Work, archived: ArchivedToken) -> bool:
    account_id = work.account_id(archived.token.account_sid)
    if _is_there(work, "SELECT 1 FROM token WHERE digest = ?", archived.digest):
        return False
    if _is_there(work, "SELECT 1 FROM token WHERE sid = ?", archived.token.sid):
        raise Conflict("sid", f"another token has the sid {archived.token.sid}")
    insert_token(work.connection, account_id, archived.token, archived.digest)
    return True


def _load_tag_number(work: Work, tag: TagNumber) -> bool:
    """A name or a number that is in use here goes on meaning what it means here."""
    account_id = work.account_id(tag.account_sid)
    known = "SELECT 1 FROM tag_number WHERE account_id = ? AND part = ? AND (name = ? OR number = ?)"
    if _is_there(work, known, account_id, tag.part, tag.name, tag.number):
        return False
    row = (account_id, tag.part, tag.number, tag.name)
    work.connection.execute("INSERT INTO tag_number VALUES (?, ?, ?, ?)", row)
    return True


def _load_event(work: Work, archived: ArchivedEvent) -> bool:
    event = archived.event
    account_id = work.account_id(event.account_sid)
    if sid_is_taken(work.connection, account_id, event.sid):
        return False
    if archived.deleted:
        hide_event(work.connection, account_id, event)
        return True
    check_dedup_key(work, account_id, event, None)
    add_live(work, account_id, event, ChangeKind.CREATED)
    return True


def _load_revision(work: Work, revision: Revision) -> bool:
    """Write a revision, unless the event here never came so far: that is an older state of it, left as it is."""
    account_id = work.account_id(revision.account_sid)
    found = work.connection.execute(_VERSION, (account_id, revision.event_sid)).fetchone()
    if found is None:
        message = (
            f"there is no event {revision.event_sid} in account {revision.account_sid}; its line has to stand before"
        )
        raise Invalid.of("history.eventSid", message)
    own = "SELECT 1 FROM revision WHERE account_id = ? AND event_sid = ? AND version = ?"
    if revision.version > found[0] or _is_there(work, own, account_id, revision.event_sid, revision.version):
        return False
    occasion = Occasion(revision.kind, Instant(revision.at), revision.by)
    keep_revision(work.connection, account_id, revision.event_sid, revision.version, occasion, revision.before)
    return True
