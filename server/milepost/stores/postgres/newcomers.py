"""Newcomers: the events and the history of an import's batch that the database doesn't have yet, gathered and copied in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from milepost.domain.archive import ArchivedEvent, ArchiveEntry
from milepost.domain.errors import Conflict, Invalid
from milepost.domain.event import Event
from milepost.domain.history import ChangeKind, Revision
from milepost.domain.instant import Instant
from milepost.stores.postgres.copying import Table, copy_rows
from milepost.stores.postgres.filling import fill
from milepost.stores.postgres.held import Name, held_changes, held_keys, held_versions
from milepost.stores.postgres.naming import name_sources_and_tags
from milepost.stores.postgres.notices import keep_notices
from milepost.stores.postgres.revisions import Occasion, RevisionRow, revision_row
from milepost.stores.postgres.workspace import Change, Workspace
from milepost.stores.timeline.record import encode_event

MOST_TOLD = 100
"""A batch of more events is told of as a whole: whoever listens reads everything again."""

_DELETED = Table(
    "deleted_event",
    {"account_id": "int8", "sid": "text", "started_at": "int8", "source": "text", "record": "text"},
)
_REVISION = Table(
    "revision",
    {
        "account_id": "int8",
        "event_sid": "text",
        "version": "int8",
        "kind": "text",
        "at": "int8",
        "by": "text",
        "before": "text",
    },
)


class Newcomers:
    """Of one batch, whose accounts the workspace has locked."""

    def __init__(self, work: Workspace, entries: Iterable[ArchiveEntry]) -> None:
        self._work = work
        events = [entry for entry in entries if isinstance(entry, ArchivedEvent)]
        revisions = [entry for entry in entries if isinstance(entry, Revision)]
        changed = list(self._known((one.account_sid, one.event_sid) for one in revisions))
        named = self._known((one.event.account_sid, one.event.sid) for one in events)
        keys = self._known((one.event.account_sid, one.event.dedup_key) for one in events if not one.deleted)
        self._versions = held_versions(work.connection, [*named, *changed])
        self._keys = held_keys(work.connection, keys)
        self._changes = held_changes(work.connection, changed)
        self._live: list[tuple[int, Event]] = []
        self._deleted: list[tuple[int, Event]] = []
        self._revisions: list[RevisionRow] = []

    def add_event(self, archived: ArchivedEvent) -> bool:
        """Gather an event; False if it is there. Raises `Conflict` if another live event has its dedup key."""
        event = archived.event
        account_id = self._work.account_id(event.account_sid)
        if (account_id, event.sid) in self._versions:
            return False
        if archived.deleted:
            self._deleted.append((account_id, event))
        else:
            self._take_key(account_id, event.dedup_key)
            self._live.append((account_id, event))
        self._versions[account_id, event.sid] = event.version
        return True

    def add_revision(self, revision: Revision) -> bool:
        """Gather a revision, unless the event here never came so far: that is an older state of it, left as it is.

        Raises `Invalid` where there is no such event.
        """
        account_id = self._work.account_id(revision.account_sid)
        version = self._versions.get((account_id, revision.event_sid))
        if version is None:
            message = f"there is no event {revision.event_sid} in account {revision.account_sid}; its line has to stand before"
            raise Invalid.of("history.eventSid", message)
        change = (account_id, revision.event_sid, revision.version)
        if revision.version > version or change in self._changes:
            return False
        self._changes.add(change)
        occasion = Occasion(revision.kind, Instant(revision.at), revision.by)
        self._revisions.append(
            revision_row(account_id, revision.event_sid, revision.version, occasion, revision.before)
        )
        return True

    def write(self) -> None:
        """Copy in what was gathered, and tell of it."""
        connection = self._work.connection
        for account_id, group in groupby(sorted(self._live, key=itemgetter(0)), key=itemgetter(0)):
            fill(connection, account_id, [event for _, event in group])
        copy_rows(connection, _DELETED, list(map(_deleted_row, self._deleted)))
        copy_rows(connection, _REVISION, self._revisions)
        name_sources_and_tags(connection, self._live)
        keep_notices(connection, self._work.noticed, self._told())

    def _known(self, names: Iterable[tuple[str, str | None]]) -> Iterator[Name]:
        """Names by the numbers of their accounts; without those of accounts that aren't there, and empty ones."""
        accounts = self._work.accounts
        return ((accounts[sid], name) for sid, name in names if name is not None and sid in accounts)

    def _take_key(self, account_id: int, key: str | None) -> None:
        if key is None:
            return
        if (account_id, key) in self._keys:
            raise Conflict("dedupKey", "another event of this account has this key; choose another, or leave it out")
        self._keys.add((account_id, key))

    def _told(self) -> list[Change]:
        if len(self._live) > MOST_TOLD:
            accounts = dict.fromkeys(account_id for account_id, _ in self._live)
            return [Change(ChangeKind.MISSED, account_id, None, ()) for account_id in accounts]
        return [Change(ChangeKind.CREATED, one, event.sid, (event.scope,)) for one, event in self._live]


def _deleted_row(deleted: tuple[int, Event]) -> tuple[object, ...]:
    account_id, event = deleted
    return (account_id, event.sid, event.started_at, event.source, encode_event(event))
