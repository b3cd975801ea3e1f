"""Recording, finding, changing and deleting events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import anyio

from milepost.domain.caller import Caller
from milepost.domain.cursor import Cursor, decode_cursor
from milepost.domain.errors import Conflict, MilepostError, ReadOnly, Stale
from milepost.domain.event import UNSET, Event, EventChange, EventDraft, check_span
from milepost.domain.instant import Clock, Instant, When
from milepost.domain.ports import Created, EventReader, EventWriter
from milepost.domain.query import EventQuery, EventSearch, Missing, Position, check_window, fold_message
from milepost.domain.scope import EVERYWHERE, Scope, SidTuple
from milepost.domain.sid import EVENT, Entropy, check_sid, mint
from milepost.domain.text import check_text
from milepost.domain.token import TokenScope
from milepost.services.places import PlaceService

LONGEST_PREFIX = 128
"""Characters of what is to be completed."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of events, newest first. `query` is what was asked in the end, every moment and SID resolved.

    `missing` names the sources that gave nothing to it, though they should have.
    """

    events: tuple[Event, ...]
    next_cursor: str | None
    query: EventQuery
    missing: tuple[Missing, ...] = ()
    reached: Instant | None = None
    """The moment down to which was read; None is all the way."""

    @property
    def all_started_in_window(self) -> bool:
        """Whether no event is left that started in the window: what follows started before it."""
        start = self.query.start
        return start is not None and (self.reached is None or self.reached < start)

    @property
    def has_more(self) -> bool:
        """Whether older events follow."""
        return self.next_cursor is not None


class EventService:
    """Every door records and finds events through this. Without a `writer` it is read-only."""

    def __init__(
        self, reader: EventReader, writer: EventWriter | None, places: PlaceService, clock: Clock, entropy: Entropy
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._places = places
        self._clock = clock
        self._entropy = entropy

    @property
    def writable(self) -> bool:
        """Whether events can be written at all; where not, no door offers it."""
        return self._writer is not None

    async def create(self, caller: Caller, draft: EventDraft) -> Created:
        """Record an event, or find the one that has its `dedup_key` already (then nothing is written).

        Raises `Invalid`, `Forbidden` (missing scope, or an event reaching beyond the token's restriction), `Conflict`
        (the key is held by an event that the token may not see), `ReadOnly`.
        """
        writer = self._writer_for(caller)
        event = await self._drafted(caller, draft)
        created = await writer.create(event)
        if created.replayed and not caller.restriction.sees(created.event.scope):
            raise Conflict("dedupKey", "it is taken by another event; write another key")
        return created

    async def create_all(
        self, caller: Caller, drafts: Sequence[EventDraft | MilepostError]
    ) -> Sequence[Created | MilepostError]:
        """Record each event, or say why not, in the order of `drafts`; one that failed holds up no other.

        A draft that is an error already stays that. They are written together, except those of one `dedup_key`, which
        take their turns: the first of them is the one that is kept. Raises `Forbidden` and `ReadOnly`.
        """
        self._writer_for(caller)
        outcomes: list[Created | MilepostError] = [ReadOnly("not written yet")] * len(drafts)
        lanes: dict[str | int, list[int]] = {}
        for index, draft in enumerate(drafts):
            key = draft.dedup_key if isinstance(draft, EventDraft) else None
            lanes.setdefault(index if key is None else key, []).append(index)

        async def write(lane: list[int]) -> None:
            for index in lane:
                outcomes[index] = await self._created_or_why(caller, drafts[index])

        async with anyio.create_task_group() as writing:
            for lane in lanes.values():
                writing.start_soon(write, lane)
        return outcomes

    async def get(self, caller: Caller, event_sid: str) -> Event:
        """One event. Raises `NotFound`, also where the token may not see it."""
        caller.require(TokenScope.EVENTS_READ)
        event = await self._reader.get(caller.account_sid, check_sid(event_sid, "sid"))
        caller.require_sight(event)
        return event

    async def find(self, caller: Caller, search: EventSearch) -> Found:
        """A page of the events that meet every filter, newest first.

        Raises `Invalid` for an unknown place, a window that ends before it starts, a damaged cursor or one of other
        filters.
        """
        caller.require(TokenScope.EVENTS_READ)
        digest = search.digest(caller.account_sid)
        cursor = decode_cursor(search.cursor, digest, names=search.names) if search.cursor is not None else None
        now = cursor.now if cursor else self._clock()
        query = await self._resolved(caller, search, now, cursor.after if cursor else None)
        page = await self._reader.find(caller.account_sid, query)
        following = Cursor(now, page.following, digest).encode() if page.following else None
        reached = page.following.started_at if page.following else None
        return Found(page.events, following, query, page.missing, reached)

    async def change(
        self, caller: Caller, event_sid: str, change: EventChange, if_versions: Collection[int] | None = None
    ) -> Event:
        """Change what is given and leave the rest; doing it twice is doing it once.

        Raises `Invalid`, `NotFound`, `Forbidden` (the scope before or after reaches beyond the restriction),
        `Conflict` (the new `dedup_key` is taken), `Stale` (the event is at none of `if_versions`), `ReadOnly`.
        """
        writer = self._writer_for(caller)
        change = await self._resolved_change(caller, change)
        now = self._clock()

        def apply(event: Event) -> Event:
            _authorise(caller, event, if_versions)
            changed = change.applied_to(event, now)
            caller.require_hold(changed.scope)
            return changed

        return await writer.change(caller.account_sid, check_sid(event_sid, "sid"), apply, caller.provenance)

    async def delete(self, caller: Caller, event_sid: str, if_versions: Collection[int] | None = None) -> Event:
        """Hide an event; its history stays. Returns it as it was. Raises `NotFound`, the second time too."""
        writer = self._writer_for(caller)
        return await writer.delete(
            caller.account_sid,
            check_sid(event_sid, "sid"),
            lambda event: _authorise(caller, event, if_versions),
            caller.provenance,
            self._clock(),
        )

    async def sources(self, caller: Caller, prefix: str, limit: int) -> tuple[str, ...]:
        """Sources of events in reach that begin with `prefix`, for completion."""
        caller.require(TokenScope.EVENTS_READ)
        check_text(prefix, "prefix", LONGEST_PREFIX)
        return await self._reader.sources(caller.account_sid, prefix, limit, caller.restriction)

    async def sids(self, caller: Caller, prefix: str, limit: int) -> tuple[str, ...]:
        """SIDs of events in reach that begin with `prefix`, newest first, for completion."""
        caller.require(TokenScope.EVENTS_READ)
        check_text(prefix, "prefix", LONGEST_PREFIX)
        return await self._reader.sids(caller.account_sid, prefix, limit, caller.restriction)

    async def _created_or_why(self, caller: Caller, draft: EventDraft | MilepostError) -> Created | MilepostError:
        if isinstance(draft, MilepostError):
            return draft
        try:
            return await self.create(caller, draft)
        except MilepostError as error:
            return error

    def _writer_for(self, caller: Caller) -> EventWriter:
        caller.require(TokenScope.EVENTS_WRITE)
        if self._writer is None:
            raise ReadOnly("this Milepost takes no writes")
        return self._writer

    async def _drafted(self, caller: Caller, draft: EventDraft) -> Event:
        now = self._clock()
        scope = Scope(*await self._scopes(caller, draft.buckets, draft.environments))
        caller.require_hold(scope)
        started_at = draft.started_at.at(now) if draft.started_at else now
        ended_at = draft.ended_at.at(now) if draft.ended_at else None
        check_span(started_at, ended_at, now)
        return Event(
            sid=mint(EVENT, now, self._entropy),
            account_sid=caller.account_sid,
            type=draft.type,
            name=draft.name,
            description=draft.description,
            source=draft.source,
            metadata=draft.metadata,
            scope=scope,
            started_at=started_at,
            ended_at=ended_at,
            created_at=now,
            severity=draft.severity,
            tags=draft.tags,
            check=draft.check,
            dedup_key=draft.dedup_key,
            created_by=caller.provenance,
        )

    async def _scopes(
        self, caller: Caller, buckets: SidTuple | None, environments: SidTuple | None
    ) -> tuple[SidTuple, SidTuple]:
        """The scope as SIDs; what is left out is the token's own reach."""
        reach = caller.restriction
        return (
            _whole(reach.buckets) if buckets is None else await self._places.bucket_sids(caller, buckets),
            _whole(reach.environments)
            if environments is None
            else await self._places.environment_sids(caller, environments),
        )

    async def _resolved_change(self, caller: Caller, change: EventChange) -> EventChange:
        if change.buckets is not UNSET:
            change = replace(change, buckets=await self._places.bucket_sids(caller, change.buckets))
        if change.environments is not UNSET:
            change = replace(change, environments=await self._places.environment_sids(caller, change.environments))
        return change

    async def _resolved(self, caller: Caller, search: EventSearch, now: Instant, after: Position | None) -> EventQuery:
        start, end = _moment(search.start, now), _moment(search.end, now)
        check_window(start, end, search.names)
        bounded = start is not None
        message = None if search.message is None else fold_message(search.message, bounded=bounded, names=search.names)
        return EventQuery(
            types=search.types,
            start=start,
            end=end,
            bucket_sid=None if search.bucket is None else await self._places.bucket_sid(caller, search.bucket),
            environment_sid=None
            if search.environment is None
            else await self._places.environment_sid(caller, search.environment),
            ongoing=search.ongoing,
            source=search.source,
            severities=search.severities,
            exclude_severities=search.exclude_severities,
            check_id=search.check_id,
            dedup_key=search.dedup_key,
            message=message,
            include_tags=search.include_tags,
            include_all_tags=search.include_all_tags,
            exclude_tags=search.exclude_tags,
            starts_only=search.starts_only,
            reach=caller.restriction,
            after=after,
            limit=search.limit,
        )


def _authorise(caller: Caller, event: Event, if_versions: Collection[int] | None) -> None:
    caller.require_sight(event)
    caller.require_hold(event.scope)
    if if_versions is not None and event.version not in if_versions:
        raise Stale("event", event.sid, event.version)


def _whole(reach: frozenset[str] | None) -> SidTuple:
    return EVERYWHERE if reach is None else tuple(sorted(reach))


def _moment(when: When | None, now: Instant) -> Instant | None:
    return None if when is None else when.at(now)
