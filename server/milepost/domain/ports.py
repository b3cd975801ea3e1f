"""What the services need of the outside: small interfaces that stores and upstreams meet.

Their promises hold for every adapter; the contract suites hold them to it. Beyond the errors named, every method
may raise `Unavailable` (nothing was written, unless it says that the outcome is unknown). A write that returned is
on disk. Everything is confined to `account_sid`: another account's SID is not found.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from milepost.domain.account import Account, Place, PlaceKind
from milepost.domain.archive import ArchiveEntry, TagNumber, TagPart
from milepost.domain.charts import Grid, Measured
from milepost.domain.event import Event, Provenance
from milepost.domain.history import Notice, PurgeSelection, Revisions
from milepost.domain.instant import Instant
from milepost.domain.query import EventPage, EventQuery
from milepost.domain.scope import Restriction
from milepost.domain.selection import Selection
from milepost.domain.session import Session
from milepost.domain.token import Token, TokenKind


class EventReader(Protocol):
    """Reads live events; deleted ones don't exist for it."""

    async def get(self, account_sid: str, event_sid: str) -> Event:
        """The event; raises `NotFound`."""
        ...

    async def find(self, account_sid: str, query: EventQuery) -> EventPage:
        """A page of the events that meet every filter, newest first (see `EventQuery`).

        Stable under writes: an event that was there when the first page was read and is left alone appears on
        exactly one page.
        """
        ...

    async def sources(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        """Up to `limit` different sources of recent events in reach that begin with `prefix`, for completion."""
        ...

    async def sids(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        """Up to `limit` SIDs of events in reach that begin with `prefix`, newest first, for completion."""
        ...


@dataclass(frozen=True, slots=True)
class Created:
    """What a creation came to: the new event, or the one that held its `dedup_key` before (`replayed`)."""

    event: Event
    replayed: bool


class EventWriter(Protocol):
    """Writes events. `apply` and `allow` are pure functions called inside the write's transaction with the event as it is.

    What they raise is raised here and nothing is written.
    """

    async def create(self, event: Event) -> Created:
        """Keep the event, or find the live one of its account that has its `dedup_key` and write nothing.

        The event that is returned names it from then on: a source may mint sid, creation time and version itself.
        Raises `NotFound` for an unknown account.
        """
        ...

    async def change(self, account_sid: str, event_sid: str, apply: Callable[[Event], Event], by: Provenance) -> Event:
        """Keep what `apply` makes of the event; where it returns the very same object nothing is written.

        Raises `NotFound`, and `Conflict` if another live event has the new `dedup_key`.
        """
        ...

    async def delete(
        self, account_sid: str, event_sid: str, allow: Callable[[Event], None], by: Provenance, at: Instant
    ) -> Event:
        """Hide the event, and free its `dedup_key`; returns it as it was. Raises `NotFound`, the second time too."""
        ...


class EventHistory(Protocol):
    """What was changed and deleted, and the way back."""

    async def revisions(self, account_sid: str, event_sid: str, limit: int, below_version: int | None) -> Revisions:
        """The newest `limit` revisions with a version under `below_version`; raises `NotFound` if there never was one.

        An event that was never changed has none.
        """
        ...

    async def latest(self, account_sid: str, event_sid: str) -> Event:
        """The event's latest state, deleted or not; raises `NotFound`."""
        ...

    async def restore(self, account_sid: str, event_sid: str, apply: Callable[[Event], Event], by: Provenance) -> Event:
        """Bring a deleted event back as `apply` makes it of its last state.

        A live event is returned as it is and nothing is written, though `apply` is called with it to authorise.
        Raises `NotFound`, and `Conflict` if its `dedup_key` is taken by now.
        """
        ...

    async def count_purge(self, selection: PurgeSelection) -> int:
        """How many events a purge would remove."""
        ...

    async def purge(self, selection: PurgeSelection, progress: Callable[[int], None]) -> int:
        """Remove all trace of the selected events, in bounded batches; `progress` gets the running count.

        Returns how many. Afterwards no file of the store holds a byte of them.
        """
        ...

    async def expire(self, account_sid: str, before: Instant, limit: int) -> int:
        """Remove up to `limit` of the events that began before that, deleted ones included, and their history.

        One transaction, in which others have to wait for no more than that; nothing shows them any more, though files may
        hold bytes of them until the room is used again. Returns how many were removed: 0 when nothing is left, and while
        another process is at it.
        """
        ...

    async def sweep(self, account_sid: str) -> None:
        """Forget what was kept for events of the account that have expired: names of tags and such. In bounded batches."""
        ...


class TagNumbers(Protocol):
    """The ids that stand for tag keys and values in filters (`.4568~Prod`)."""

    async def tag_numbers(
        self, account_sid: str, limit: int, after: tuple[TagPart, int] | None
    ) -> tuple[TagNumber, ...]:
        """Up to `limit` of those that have a name, keys before values, by number, from behind `after` on."""
        ...


class ChangeFeed(Protocol):
    """Tells of changes, made through any door and by any process that shares the store."""

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[Notice]]:
        """Notices of every change committed after entering, in order, none twice; of all accounts.

        The buffer is bounded; a listener that falls behind gets one `missed` notice in place of what was lost.
        """
        ...


class Accounts(Protocol):
    """The accounts of this installation."""

    async def accounts(self) -> tuple[Account, ...]:
        """All of them, oldest first (at most 1,000)."""
        ...

    async def add_account(self, account: Account) -> Account:
        """Keep a new account; raises `Conflict` if its name is taken."""
        ...

    async def first_account(self, account: Account) -> tuple[Account, bool]:
        """On an empty store keep `account` and say True; else the oldest one and False. Two processes make one."""
        ...


class Tokens(Protocol):
    """Tokens, by the hash of their secrets."""

    async def add_token(self, token: Token, digest: bytes) -> None:
        """Keep a new token."""
        ...

    async def find_token(self, digest: bytes) -> Token | None:
        """The token with that hash, revoked and expired ones too; always what is on disk at this moment."""
        ...

    async def get_token(self, account_sid: str, token_sid: str) -> Token:
        """The token; raises `NotFound`."""
        ...

    async def tokens(
        self, account_sid: str, kind: TokenKind | None, limit: int, after_sid: str | None
    ) -> tuple[Token, ...]:
        """Newest first by (`created_at`, `sid`), revoked ones too, from below `after_sid` on."""
        ...

    async def revoke_token(self, account_sid: str, token_sid: str, at: Instant) -> Token:
        """Mark it revoked, unless it is; raises `NotFound`."""
        ...

    async def note_use(self, token_sid: str, at: Instant) -> None:
        """Remember that it was used; written along with other work within a minute, never waited for."""
        ...


class Sessions(Protocol):
    """Sessions and sign-in links, by the hash of their secrets. What is over may be forgotten at any time.

    Each is told with its parent as it is on disk at this moment; one whose parent isn't there any more isn't either.
    """

    async def add_session(self, session: Session, digest: bytes, most: int) -> None:
        """Keep a new one, and forget those that were over when it was made.

        Of its kind and parent the oldest beyond `most` are forgotten too.
        """
        ...

    async def find_session(self, digest: bytes) -> Session | None:
        """The one with that hash."""
        ...

    async def get_session(self, account_sid: str, session_sid: str) -> Session:
        """The session; raises `NotFound`."""
        ...

    async def exchange_session(
        self, digest: bytes, successor: Callable[[Session], Session | None], successor_digest: bytes, most: int
    ) -> Session | None:
        """Forget the one with that hash and keep what `successor` makes of it, as `add_session` does; all or nothing.

        Of several who ask at once, one gets it. None where there is none (any more), or `successor` makes none.
        """
        ...

    async def end_session(self, account_sid: str, session_sid: str) -> None:
        """Forget it, if it is there."""
        ...

    async def end_sessions(self, account_sid: str, now: Instant) -> int:
        """Forget all of the account's, links too; how many were alive at `now`. None that is being exchanged outlives it."""
        ...


class Places(Protocol):
    """Registered buckets and environments."""

    async def places(self, account_sid: str, kind: PlaceKind) -> tuple[Place, ...]:
        """All of that kind, by name (at most `MOST_PLACES`)."""
        ...

    async def add_place(self, place: Place) -> Place:
        """Keep a new one; raises `Conflict` on a taken SID or name, `Invalid` over `MOST_PLACES`."""
        ...

    async def change_place(self, account_sid: str, kind: PlaceKind, sid: str, apply: Callable[[Place], Place]) -> Place:
        """Keep what `apply` makes of it; raises `NotFound`, and `Conflict` on a taken name."""
        ...

    async def delete_place(self, account_sid: str, kind: PlaceKind, sid: str) -> None:
        """Forget it; events keep their scopes. Raises `NotFound`."""
        ...


class MetricSource(Protocol):
    """Reads what was measured of the services that events happened to."""

    @property
    def name(self) -> str:
        """What warnings call it."""
        ...

    async def measure(self, grid: Grid, selection: Selection) -> Measured:
        """What the selected metrics came to, at each moment of the grid: a value for each, None where nothing was measured.

        Throughput has a series for each of `CLASSES` and maybe others, in requests a second; the error ratio one, from 0
        to 1; response time one for each of `QUANTILES`, in seconds. What couldn't be had is in `missing`; raises
        `Unavailable` where nothing could.
        """
        ...


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a batch of an import: entries that were written, and those that were there already."""

    added: int
    present: int


class Archive(Protocol):
    """Everything that a store holds, out and in."""

    def entries(self, account_sid: str | None) -> AsyncIterator[ArchiveEntry]:
        """All entries of one account or of all, as of one moment, in the order of `ArchiveEntry`'s kinds; memory stays bounded."""
        ...

    async def load(self, entries: Iterable[ArchiveEntry]) -> Loaded:
        """Write a batch in one transaction. An entry that is there already is left as it is.

        So is an event that is there at another version, with the history that it has here, and a tag whose name or
        number is in use. Raises `Conflict` where another thing holds a name or key that has to be unique, `Invalid`
        for the history of an event that isn't there; then nothing is written.
        """
        ...
