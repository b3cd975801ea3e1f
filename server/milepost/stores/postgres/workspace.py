"""The workspace: what one transaction does to events, gathered in memory and written at once (flush.py).

It holds the rows of the accounts it writes to until the transaction ends, so that whatever it read stays true: no
other transaction, on this server or another, writes events of those accounts meanwhile. Accounts are locked in the
order of their numbers, before anything else is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg

from milepost.domain.errors import Conflict, NotFound
from milepost.domain.event import Event
from milepost.domain.history import ChangeKind
from milepost.domain.scope import Scope
from milepost.stores.postgres.revisions import Occasion, RevisionRow, revision_row
from milepost.stores.timeline.chunk_keys import Seat
from milepost.stores.timeline.record import decode_event, encode_event

_LOCK = "SELECT sid, id, noticed FROM account WHERE sid = ANY(%b) ORDER BY id FOR NO KEY UPDATE"
_BY_SID = (
    "SELECT account_id, sid, chunk, slot, record FROM event"
    " JOIN unnest(%b::bigint[], %b::text[]) AS wanted (account_id, sid) USING (account_id, sid)"
    " UNION ALL SELECT account_id, sid, NULL, NULL, record FROM deleted_event"
    " JOIN unnest(%b::bigint[], %b::text[]) AS wanted (account_id, sid) USING (account_id, sid)"
)
_BY_KEY = (
    "SELECT account_id, sid, chunk, slot, record, dedup_key FROM event"
    " JOIN unnest(%b::bigint[], %b::text[]) AS wanted (account_id, dedup_key) USING (account_id, dedup_key)"
)

Name = tuple[str, str]
"""Account's and event's sid, or account's sid and a dedup key."""
Key = tuple[int, str]


@dataclass(slots=True)
class Entry:
    """One event: as the database has it (`stored`, with its seat, or `was_hidden`), and as it shall be (`live` or `hidden`)."""

    account_id: int
    account_sid: str
    sid: str
    stored: Event | None = None
    seat: Seat | None = None
    was_hidden: bool = False
    live: Event | None = None
    hidden: Event | None = None
    record: str = ""
    """`live` as it will be written."""
    hidden_record: str | None = None
    """`hidden` as it will be written, where it is new."""

    @property
    def moved(self) -> bool:
        """Whether it needs another seat."""
        return self.stored is None or self.live is None or self.stored.started_at != self.live.started_at


@dataclass(frozen=True, slots=True)
class Change:
    """One change to tell of."""

    kind: ChangeKind
    account_id: int
    event_sid: str | None
    scopes: tuple[Scope, ...]


@dataclass(slots=True)
class Workspace:
    """Events of the accounts that are locked. Each method checks before it changes anything: one that raises did nothing."""

    connection: psycopg.Connection
    accounts: dict[str, int] = field(default_factory=dict[str, int])
    noticed: dict[int, int] = field(default_factory=dict[int, int])
    """The position of each account's last notice."""
    _sids: dict[int, str] = field(default_factory=dict[int, str])
    entries: dict[Key, Entry] = field(default_factory=dict[Key, Entry])
    holders: dict[Key, str | None] = field(default_factory=dict[Key, str | None])
    revisions: list[RevisionRow] = field(default_factory=list[RevisionRow])
    changes: list[Change] = field(default_factory=list[Change])

    def lock(self, account_sids: Iterable[str]) -> None:
        """Hold these accounts from now on; to be called once, with all of them."""
        rows = self.connection.execute(_LOCK, (sorted(set(account_sids)),)).fetchall()
        for sid, number, noticed in rows:
            self.accounts[sid], self._sids[number], self.noticed[number] = number, sid, noticed

    def fetch(self, names: Iterable[Name], keys: Iterable[Name]) -> None:
        """Read events by their sids, and the holders of dedup keys, in two statements whatever their number."""
        wanted = {key for name in names if (key := self._key(name)) and key not in self.entries}
        held = {key for name in keys if (key := self._key(name)) and key not in self.holders}
        with self.connection.pipeline():
            by_sid = self._select(_BY_SID, wanted, 2)
            by_key = self._select(_BY_KEY, held, 1)
        found = {(row[0], row[1]): row for row in by_sid.fetchall()} if by_sid else {}
        holding = by_key.fetchall() if by_key else []
        for key in wanted:
            self.entries[key] = self._entry(key, found.get(key))
        for key in held:
            self.holders[key] = None
        for row in holding:
            self.entries.setdefault((row[0], row[1]), self._entry((row[0], row[1]), row))
            self.holders[row[0], row[5]] = row[1]

    def account_id(self, account_sid: str) -> int:
        """The account's number; raises `NotFound`."""
        found = self.accounts.get(account_sid)
        if found is None:
            raise NotFound("account", account_sid)
        return found

    def entry(self, account_sid: str, event_sid: str) -> Entry:
        """The event, whether it is there or not; raises `NotFound` for the event where there is no such account."""
        key = self._key((account_sid, event_sid))
        if key is None:
            raise NotFound("event", event_sid)
        if key not in self.entries:
            self.fetch([(account_sid, event_sid)], [])
        return self.entries[key]

    def holder(self, event: Event) -> Entry | None:
        """The live event that has this one's dedup key."""
        key = self._key((event.account_sid, event.dedup_key)) if event.dedup_key is not None else None
        if key is None:
            return None
        if key not in self.holders:
            self.fetch([], [(event.account_sid, key[1])])
        sid = self.holders[key]
        return None if sid is None else self.entries[key[0], sid]

    def check_dedup_key(self, event: Event) -> None:
        """Raises `Conflict` if another live event holds the event's dedup key."""
        holder = self.holder(event)
        if holder is not None and holder.sid != event.sid:
            raise Conflict("dedupKey", "another event of this account has this key; choose another, or leave it out")

    def put(self, entry: Entry, event: Event, kind: ChangeKind) -> None:
        """Make `event` the live state of the entry, whatever it was before; its dedup key is free or its own."""
        record = encode_event(event)
        former = entry.live
        self._let_go(entry)
        entry.live, entry.hidden, entry.record, entry.hidden_record = event, None, record, None
        if event.dedup_key is not None:
            self.holders[entry.account_id, event.dedup_key] = event.sid
        scopes = (former.scope, event.scope) if former else (event.scope,)
        self.changes.append(Change(kind, entry.account_id, event.sid, tuple(dict.fromkeys(scopes))))

    def hide(self, entry: Entry, event: Event) -> None:
        """Keep `event` as the last state of one that is deleted."""
        record = encode_event(event)
        self._let_go(entry)
        entry.live, entry.hidden, entry.hidden_record = None, event, record

    def remove(self, entry: Entry) -> None:
        """Forget the event, live or deleted."""
        self._let_go(entry)
        entry.live = entry.hidden = entry.hidden_record = None

    def keep_revision(self, entry: Entry, version: int, occasion: Occasion, before: Event | None) -> None:
        """Keep one revision; `version` is the event's after the change."""
        self.revisions.append(revision_row(entry.account_id, entry.sid, version, occasion, before))

    def tell(self, kind: ChangeKind, account_id: int, event: Event | None) -> None:
        """Tell listeners of a change."""
        scopes = () if event is None else (event.scope,)
        self.changes.append(Change(kind, account_id, None if event is None else event.sid, scopes))

    def _let_go(self, entry: Entry) -> None:
        if entry.live is not None and entry.live.dedup_key is not None:
            self.holders[entry.account_id, entry.live.dedup_key] = None

    def _key(self, name: Name) -> Key | None:
        account_id = self.accounts.get(name[0])
        return None if account_id is None else (account_id, name[1])

    def _select(self, statement: LiteralString, keys: set[Key], times: int) -> psycopg.Cursor[Any] | None:
        if not keys:
            return None
        accounts, names = [key[0] for key in keys], [key[1] for key in keys]
        return self.connection.execute(statement, (accounts, names) * times)

    def _entry(self, key: Key, row: tuple[Any, ...] | None) -> Entry:
        account_sid = self._sids[key[0]]
        entry = Entry(key[0], account_sid, key[1])
        if row is not None:
            _, _, chunk, slot, record, *_ = row
            event = decode_event(record, account_sid)
            if chunk is None:
                entry.was_hidden, entry.hidden = True, event
            else:
                entry.stored = entry.live = event
                entry.seat = (chunk, slot)
        return entry
