"""What happened to an event: each change with who, when, through which door, and what it was before."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from milepost.domain.event import Event, Provenance
from milepost.domain.instant import Instant
from milepost.domain.scope import Scope


class ChangeKind(StrEnum):
    """What was done. `purged` and `missed` occur in notices only."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    RESTORED = "restored"
    PURGED = "purged"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One change that was made to an event. `version` is the event's after it; `before` is its former state.

    `before` is None for the restoring of a deleted event. Creation leaves no revision: the event's own `created_at`
    and `created_by` tell it.
    """

    event_sid: str
    account_sid: str
    version: int
    kind: ChangeKind
    at: Instant
    by: Provenance
    before: Event | None


@dataclass(frozen=True, slots=True)
class Revisions:
    """A page of revisions, the newest first; older ones follow below `next_below_version`, where that isn't None."""

    revisions: tuple[Revision, ...]
    next_below_version: int | None

    @property
    def has_more(self) -> bool:
        """Whether older revisions follow."""
        return self.next_below_version is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Word that an event changed, for whoever listens; it tells nothing of the content.

    `scopes` are the event's before and after, so that a listener hears only what its token may see. With the kind
    `missed` notices were lost (a slow listener, a purge): treat everything in `account_sid` (None: in every account)
    as changed.
    """

    kind: ChangeKind
    account_sid: str | None
    event_sid: str | None = None
    scopes: tuple[Scope, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeSelection:
    """What a purge removes for good: events that meet every condition that is set, of which there is at least one.

    `before` compares `started_at`. Deleted events are included.
    """

    account_sid: str
    event_sid: str | None = None
    source: str | None = None
    before: Instant | None = None

    def __post_init__(self) -> None:
        if self.event_sid is None and self.source is None and self.before is None:
            raise ValueError("a purge without a condition would remove everything")

    def names(self, event: Event) -> bool:
        """Whether the event as it is meets every condition."""
        return (
            self.event_sid in (None, event.sid)
            and self.source in (None, event.source)
            and (self.before is None or event.started_at < self.before)
        )
