"""Finding events: what a user asks (`EventSearch`), and what a store answers (`EventQuery` → `EventPage`).

Newest first: `startedAt`, then `sid` by its bytes, both descending. All filters are ANDed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import cast

from milepost.domain.errors import Invalid
from milepost.domain.event import Event, EventType, Severity
from milepost.domain.instant import Instant, When, format_instant
from milepost.domain.scope import UNRESTRICTED, Restriction
from milepost.domain.tags import TagFilter
from milepost.domain.text import check_integer, check_text, fold, shown

DEFAULT_LIMIT = 25
LARGEST_LIMIT = 100
LONGEST_MESSAGE = 256
MOST_TAG_FILTERS = 20
_SHORTEST_UNBOUNDED_MESSAGE = 3


@dataclass(frozen=True, slots=True)
class FilterNames:
    """What a way in calls those parts of a search that an error may speak of."""

    start: str = "startTime"
    end: str = "endTime"
    next_cursor: str = "nextCursor"


DEFAULT_NAMES = FilterNames()


@dataclass(frozen=True, slots=True)
class SourcePosition:
    """How far one of several sources has been read, where that is elsewhere than the others; None is not at all.

    `source` is a short key of the reader that merges them.
    """

    source: str
    started_at: Instant | None = None
    sid: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a list has been read: a place in the order of events, after which the next page goes on.

    Mostly that of the last event of a page; where a reader looked through many events that passed no filter, one with an
    empty `sid`, before which lies every event of `started_at`. `sources` names those that are elsewhere: only a reader
    that merges several has any.
    """

    started_at: Instant
    sid: str
    sources: tuple[SourcePosition, ...] = ()

    @classmethod
    def of(cls, event: Event) -> Position:
        """Where the event stands."""
        return cls(event.started_at, event.sid)

    @property
    def latest_start(self) -> Instant:
        """The latest moment that what follows may start at."""
        return self.started_at if self.sid else Instant(self.started_at - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSearch:
    """What a user asks for, as written: times may be relative, `bucket` and `environment` are SIDs or names."""

    types: frozenset[EventType] = frozenset()
    start: When | None = None
    end: When | None = None
    bucket: str | None = None
    environment: str | None = None
    ongoing: bool | None = None
    source: str | None = None
    severities: frozenset[Severity] = frozenset()
    exclude_severities: frozenset[Severity] = frozenset()
    check_id: int | None = None
    dedup_key: str | None = None
    message: str | None = None
    include_tags: tuple[TagFilter, ...] = ()
    include_all_tags: bool = False
    exclude_tags: tuple[TagFilter, ...] = ()
    starts_only: bool = False
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    names: FilterNames = DEFAULT_NAMES

    def digest(self, account_sid: str) -> bytes:
        """Eight bytes that stand for the account and the filters, whatever their order.

        Page size and cursor are none, nor is what a filter is called.
        """
        written = [account_sid]
        for field in fields(self):
            if field.name not in ("limit", "cursor", "names"):
                value = getattr(self, field.name)
                if isinstance(value, frozenset | tuple):
                    value = sorted(map(repr, cast("Iterable[object]", value)))
                written.append(repr(value))
        return blake2b("\x1f".join(written).encode(errors="surrogatepass"), digest_size=8).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """What a store is asked: moments are fixed, places are SIDs, and the reach of the caller's token is part of it.

    - `types`, `severities`: any of them; empty is no filter. `exclude_severities`: none of them, or none at all.
    - `start`, `end`: events whose span touches `[start, end]`, both ends included. A point touches at its moment; an
      event with an end from `started_at` to it; an ongoing incident everything after its start. With `starts_only`
      every event is the point `started_at`.
    - `bucket_sid`, `environment_sid`: listed in the event's scope, or the scope is `*`.
    - `ongoing`: True, incidents without an end; False, all the rest.
    - `message`: substring of `fold(name)` or of `fold(description)`, folded already; at least three characters, or
      `start` is set.
    - `include_tags`: any of them matches, or all with `include_all_tags`; `exclude_tags`: none of them matches.
    - `reach`: only events that the restriction sees.
    - `after`: only what comes later in the order (is older) than that position.
    """

    types: frozenset[EventType] = frozenset()
    start: Instant | None = None
    end: Instant | None = None
    bucket_sid: str | None = None
    environment_sid: str | None = None
    ongoing: bool | None = None
    source: str | None = None
    severities: frozenset[Severity] = frozenset()
    exclude_severities: frozenset[Severity] = frozenset()
    check_id: int | None = None
    dedup_key: str | None = None
    message: str | None = None
    include_tags: tuple[TagFilter, ...] = ()
    include_all_tags: bool = False
    exclude_tags: tuple[TagFilter, ...] = ()
    starts_only: bool = False
    reach: Restriction = UNRESTRICTED
    after: Position | None = None
    limit: int = DEFAULT_LIMIT

    @property
    def latest_start(self) -> Instant | None:
        """The latest moment that an event of the page may start at; None is no bound."""
        ends = [] if self.end is None else [self.end]
        if self.after is not None:
            ends.append(self.after.latest_start)
        return min(ends, default=None)


@dataclass(frozen=True, slots=True)
class Missing:
    """A source whose events aren't in a page, and why, in words fit to be shown."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class EventPage:
    """At most `limit` events in order, and where the next page goes on; None on the last one.

    A reader that had to look through many events may answer fewer than `limit`, even none, though more follow.
    """

    events: tuple[Event, ...]
    following: Position | None = None
    missing: tuple[Missing, ...] = ()

    @classmethod
    def cut(cls, events: Sequence[Event], limit: int) -> EventPage:
        """The first `limit` events of those that follow each other; what comes after them is left to the next page."""
        page = tuple(events[:limit])
        return cls(page, Position.of(page[-1]) if len(events) > limit else None)

    @property
    def has_more(self) -> bool:
        """Whether more may follow."""
        return self.following is not None


def parse_limit(value: object, field: str = "limit", largest: int = LARGEST_LIMIT) -> int:
    """A page size: 1-100, or up to `largest`."""
    if (limit := check_integer(value, field)) < 1 or limit > largest:
        raise Invalid.of(field, f"{limit} came; write 1-{largest}")
    return limit


def check_window(start: Instant | None, end: Instant | None, names: FilterNames = DEFAULT_NAMES) -> None:
    """Raises `Invalid` if the window ends before it starts."""
    if start is not None and end is not None and start > end:
        message = f"{format_instant(start)} lies after {names.end} {format_instant(end)}; write the earlier one here"
        raise Invalid.of(names.start, message)


def fold_message(message: str, *, bounded: bool, field: str = "message", names: FilterNames = DEFAULT_NAMES) -> str:
    """The folded substring to look for; under three characters it needs a `startTime` (`bounded`)."""
    folded = fold(check_text(message, field, LONGEST_MESSAGE, blank=False))
    if len(folded) < _SHORTEST_UNBOUNDED_MESSAGE and not bounded:
        raise Invalid.of(
            field, f"{shown(message)} is under three characters; write more of it, or a {names.start} beside it"
        )
    return folded
