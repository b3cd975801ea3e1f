"""The archive, in: a batch of entries in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg

from milepost.domain.account import Account, Place
from milepost.domain.archive import ArchivedEvent, ArchivedToken, ArchiveEntry, TagNumber
from milepost.domain.errors import Conflict, Invalid
from milepost.domain.history import ChangeKind, Revision
from milepost.domain.instant import Instant
from milepost.domain.ports import Loaded
from milepost.stores.postgres.accounts import insert_account
from milepost.stores.postgres.flush import flush
from milepost.stores.postgres.places import insert_place
from milepost.stores.postgres.revisions import Occasion
from milepost.stores.postgres.tokens import insert_token
from milepost.stores.postgres.workspace import Change, Workspace

MOST_TOLD = 100
"""A batch of more events is told of as a whole: whoever listens reads everything again."""

_ACCOUNT = "SELECT 1 FROM account WHERE sid = %s"
_PLACE = "SELECT 1 FROM place WHERE account_id = %s AND kind = %s AND sid = %s"
_DIGEST = "SELECT 1 FROM token WHERE digest = %s"
_TOKEN = "SELECT 1 FROM token WHERE sid = %s"  # noqa: S105 - a statement
_TAG = "SELECT 1 FROM tag_number WHERE account_id = %s AND part = %s AND (name = %s OR number = %s)"
_ADD_TAG = "INSERT INTO tag_number VALUES (%s, %s, %s, %s)"
_REVISIONS = (
    "SELECT account_id, event_sid, version FROM revision JOIN unnest(%b::bigint[], %b::text[])"
    " AS wanted (account_id, event_sid) USING (account_id, event_sid)"
)


def load_batch(entries: list[ArchiveEntry], connection: psycopg.Connection) -> Loaded:
    """See `Archive.load`."""
    added = sum(_load_account(connection, entry) for entry in entries if isinstance(entry, Account))
    work = Workspace(connection)
    others = [entry for entry in entries if not isinstance(entry, Account)]
    work.lock(map(_account_sid, others))
    work.fetch(_names(others), _dedup_keys(others))
    loading = _Loading(work, _known_revisions(work, others))
    added += sum(loading.load(entry) for entry in others)
    if len(work.changes) > MOST_TOLD:
        accounts = dict.fromkeys(change.account_id for change in work.changes)
        work.changes = [Change(ChangeKind.MISSED, account_id, None, ()) for account_id in accounts]
    flush(work)
    return Loaded(added, len(entries) - added)


@dataclass(frozen=True, slots=True)
class _Loading:
    work: Workspace
    known: set[tuple[int, str, int]]
    """Account, event and version of each revision that is there."""

    def load(self, entry: Place | ArchivedToken | TagNumber | ArchivedEvent | Revision) -> bool:
        """Write one entry; False if it is there already."""
        account_id = self.work.account_id(_account_sid(entry))
        match entry:
            case Place():
                return self._load_place(account_id, entry)
            case ArchivedToken():
                return self._load_token(account_id, entry)
            case TagNumber():
                return self._load_tag_number(account_id, entry)
            case ArchivedEvent():
                return self._load_event(entry)
            case Revision():
                return self._load_revision(account_id, entry)

    def _load_place(self, account_id: int, place: Place) -> bool:
        if _is_there(self.work.connection, _PLACE, account_id, place.kind.value, place.sid):
            return False
        insert_place(self.work.connection, account_id, place)
        return True

    def _load_token(self, account_id: int, archived: ArchivedToken) -> bool:
        if _is_there(self.work.connection, _DIGEST, archived.digest):
            return False
        if _is_there(self.work.connection, _TOKEN, archived.token.sid):
            raise Conflict("sid", f"another token has the sid {archived.token.sid}")
        insert_token(self.work.connection, account_id, archived.token, archived.digest)
        return True

    def _load_tag_number(self, account_id: int, tag: TagNumber) -> bool:
        """A name or a number that is in use here goes on meaning what it means here."""
        if _is_there(self.work.connection, _TAG, account_id, tag.part.value, tag.name, tag.number):
            return False
        self.work.connection.execute(_ADD_TAG, (account_id, tag.part.value, tag.number, tag.name))
        return True

    def _load_event(self, archived: ArchivedEvent) -> bool:
        event = archived.event
        entry = self.work.entry(event.account_sid, event.sid)
        if entry.live is not None or entry.hidden is not None:
            return False
        if archived.deleted:
            self.work.hide(entry, event)
            return True
        self.work.check_dedup_key(event)
        self.work.put(entry, event, ChangeKind.CREATED)
        return True

    def _load_revision(self, account_id: int, revision: Revision) -> bool:
        """Write a revision, unless the event here never came so far: that is an older state of it, left as it is."""
        entry = self.work.entry(revision.account_sid, revision.event_sid)
        event = entry.live or entry.hidden
        if event is None:
            message = f"there is no event {revision.event_sid} in account {revision.account_sid}; its line has to stand before"
            raise Invalid.of("history.eventSid", message)
        place = (account_id, revision.event_sid, revision.version)
        if revision.version > event.version or place in self.known:
            return False
        self.known.add(place)
        occasion = Occasion(revision.kind, Instant(revision.at), revision.by)
        self.work.keep_revision(entry, revision.version, occasion, revision.before)
        return True


def _load_account(connection: psycopg.Connection, account: Account) -> bool:
    if _is_there(connection, _ACCOUNT, account.sid):
        return False
    insert_account(connection, account)
    return True


def _is_there(connection: psycopg.Connection, statement: str, *values: object) -> bool:
    return connection.execute(statement.encode(), values).fetchone() is not None


def _account_sid(entry: ArchiveEntry) -> str:
    match entry:
        case Account():
            return entry.sid
        case ArchivedToken():
            return entry.token.account_sid
        case ArchivedEvent():
            return entry.event.account_sid
        case _:
            return entry.account_sid


def _names(entries: Iterable[ArchiveEntry]) -> list[tuple[str, str]]:
    events = [(one.event.account_sid, one.event.sid) for one in entries if isinstance(one, ArchivedEvent)]
    return [*events, *((one.account_sid, one.event_sid) for one in entries if isinstance(one, Revision))]


def _dedup_keys(entries: Iterable[ArchiveEntry]) -> list[tuple[str, str]]:
    events = (one.event for one in entries if isinstance(one, ArchivedEvent) and not one.deleted)
    return [(event.account_sid, event.dedup_key) for event in events if event.dedup_key is not None]


def _known_revisions(work: Workspace, entries: Iterable[ArchiveEntry]) -> set[tuple[int, str, int]]:
    names = {(one.account_sid, one.event_sid) for one in entries if isinstance(one, Revision)}
    wanted = [(work.accounts[account_sid], sid) for account_sid, sid in names if account_sid in work.accounts]
    if not wanted:
        return set()
    columns = [list(column) for column in zip(*wanted, strict=True)]
    return {(row[0], row[1], row[2]) for row in work.connection.execute(_REVISIONS, columns)}
