"""The archive: everything that the store holds, out and in."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any

from milepost.domain.account import Account, Place, PlaceKind
from milepost.domain.archive import ArchivedEvent, ArchivedToken, ArchiveEntry, TagNumber, TagPart
from milepost.domain.errors import Conflict
from milepost.domain.history import ChangeKind, Revision
from milepost.domain.instant import Instant
from milepost.domain.ports import Loaded
from milepost.stores.sqlite.accounts import insert_account
from milepost.stores.sqlite.faults import unavailable
from milepost.stores.sqlite.live import add_live, check_dedup_key, sid_is_taken
from milepost.stores.sqlite.places import decode_place, insert_place
from milepost.stores.sqlite.readers import Readers
from milepost.stores.sqlite.record import decode_event
from milepost.stores.sqlite.revisions import Occasion, decode_revision, hide_event, keep_revision
from milepost.stores.sqlite.tokens import decode_token, insert_token
from milepost.stores.sqlite.writer import Work, Writer

BATCH = 500
"""Entries read by one step of an export."""

_ONE = "(?1 IS NULL OR account.sid = ?1)"
_ACCOUNTS = f"SELECT sid, name, created_at FROM account WHERE {_ONE} ORDER BY id"
_PLACES = (
    "SELECT account.sid, kind, place.sid, place.name, labels, place.created_at, updated_at"
    f" FROM account JOIN place ON account_id = account.id WHERE {_ONE}"
    " ORDER BY account.id, kind, place.sid"
)
_TOKENS = (
    "SELECT digest, account.sid, token.sid, kind, token.name, hint, scopes, buckets, environments, token.created_at,"
    " expires_at, revoked_at, last_used_at"
    f" FROM account JOIN token ON account_id = account.id WHERE {_ONE}"
    " ORDER BY account.id, token.created_at, token.sid"
)
_TAG_NUMBERS = (
    "SELECT account.sid, part, number, tag_number.name FROM account JOIN tag_number ON account_id = account.id"
    f" WHERE {_ONE} AND tag_number.name IS NOT NULL ORDER BY account.id, part, number"
)
_EVENTS = (
    "SELECT account.sid, record FROM account JOIN event ON account_id = account.id"
    f" WHERE {_ONE} AND chunk IS NOT NULL ORDER BY account.id, event.started_at, event.sid"
)
_DELETED = (
    "SELECT account.sid, record FROM account JOIN deleted_event ON account_id = account.id"
    f" WHERE {_ONE} ORDER BY account.id, deleted_event.sid"
)
_REVISIONS = (
    "SELECT account.sid, event_sid, version, kind, at, by, before FROM account JOIN revision ON account_id = account.id"
    f" WHERE {_ONE} ORDER BY account.id, event_sid, version"
)


class SqliteArchive:
    """Meets `Archive`."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    async def entries(self, account_sid: str | None) -> AsyncIterator[ArchiveEntry]:
        """See `Archive.entries`."""
        connection = await asyncio.to_thread(self._readers.open)
        try:
            connection.execute("BEGIN")
            everything = _everything(connection, account_sid)
            while batch := await asyncio.to_thread(_next_batch, everything):
                for entry in batch:
                    yield entry
        except sqlite3.Error as error:
            raise unavailable(error, "that is exported") from error
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
    decoders: tuple[tuple[str, Callable[[tuple[Any, ...]], ArchiveEntry]], ...] = (
        (_ACCOUNTS, lambda row: Account(*row)),
        (_PLACES, lambda row: decode_place(row[2:], row[0], PlaceKind(row[1]))),
        (_TOKENS, lambda row: ArchivedToken(decode_token(row[1:]), row[0])),
        (_TAG_NUMBERS, lambda row: TagNumber(row[0], TagPart(row[1]), row[2], row[3])),
        (_EVENTS, lambda row: ArchivedEvent(decode_event(row[1], row[0]))),
        (_DELETED, lambda row: ArchivedEvent(decode_event(row[1], row[0]), deleted=True)),
        (_REVISIONS, lambda row: decode_revision(row[1:], row[0])),
    )
    return chain.from_iterable(
        map(decode, connection.execute(statement, (account_sid,))) for statement, decode in decoders
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
    account_id = work.account_id(tag.account_sid)
    named = "SELECT 1 FROM tag_number WHERE account_id = ? AND part = ? AND name = ?"
    if _is_there(work, named, account_id, tag.part, tag.name):
        return False
    numbered = "SELECT 1 FROM tag_number WHERE account_id = ? AND part = ? AND number = ?"
    if _is_there(work, numbered, account_id, tag.part, tag.number):
        raise Conflict("number", f"another tag {tag.part} of this account has the id {tag.number}")
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
    account_id = work.account_id(revision.account_sid)
    own = "SELECT 1 FROM revision WHERE account_id = ? AND event_sid = ? AND version = ?"
    if _is_there(work, own, account_id, revision.event_sid, revision.version):
        return False
    occasion = Occasion(revision.kind, Instant(revision.at), revision.by)
    keep_revision(work.connection, account_id, revision.event_sid, revision.version, occasion, revision.before)
    return True
