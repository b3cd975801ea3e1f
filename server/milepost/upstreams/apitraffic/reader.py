"""Reading events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from milepost.domain.errors import Invalid, NotFound
from milepost.domain.event import Event
from milepost.domain.instant import Clock, Instant
from milepost.domain.matching import meets, refuse_tag_ids
from milepost.domain.query import EventPage, EventQuery, Position
from milepost.domain.scope import Restriction
from milepost.upstreams.apitraffic.answers import TooManyAtOnce, Unreadable, not_understood
from milepost.upstreams.apitraffic.record import Held, read_record
from milepost.upstreams.apitraffic.timeline import EVENTS_PATH, LIMITS, Stretch, Take, Timeline, TimelineLimits
from milepost.upstreams.exchange import Exchange, Parameters

COMPLETION_REQUESTS: Final = 2
"""Completion goes by the newest events alone, up to 200 of them."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An event as it is held, and the entity tag that a write may be bound to; None where there is no usable one."""

    held: Held
    etag: str | None


class ApiTrafficReader:
    """Meets `EventReader` for the account that the exchange's address ends with; other accounts have no events."""

    def __init__(self, exchange: Exchange, account_sid: str, clock: Clock, limits: TimelineLimits = LIMITS) -> None:
        self._exchange = exchange
        self._account_sid = account_sid
        self._timeline = Timeline(exchange, account_sid, clock, limits)

    async def get(self, account_sid: str, event_sid: str) -> Event:
        """See `EventReader.get`."""
        return (await self._fetch(account_sid, event_sid)).held.event

    async def find(self, account_sid: str, query: EventQuery) -> EventPage:
        """See `EventReader.find`. Looks through 500 events at most; where they don't fill the page, it says where to go on.

        Raises `Invalid` for tag ids; `TooManyAtOnce`.
        """
        refuse_tag_ids(query, self._exchange.name)
        stretch = _stretch(query)
        if account_sid != self._account_sid or _is_empty(stretch):
            return EventPage(())
        found: dict[str, Event] = {}

        def take(events: Sequence[Event]) -> bool:
            for event in events:
                if meets(event, query):
                    found.setdefault(event.sid, event)
            return len(found) > query.limit

        unread = await self._read(stretch, take)
        return _page(list(found.values()), query.limit, unread)

    async def sources(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        """See `EventReader.sources`."""
        return await self._complete(account_sid, prefix, limit, reach, lambda event: event.source)

    async def sids(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        """See `EventReader.sids`; of the newest events."""
        return await self._complete(account_sid, prefix, limit, reach, lambda event: event.sid)

    async def _complete(
        self, account_sid: str, prefix: str, limit: int, reach: Restriction, word_of: Callable[[Event], str | None]
    ) -> tuple[str, ...]:
        words: dict[str, None] = {}
        if account_sid != self._account_sid:
            return ()

        def take(events: Sequence[Event]) -> bool:
            for event in events:
                word = word_of(event)
                if word is not None and word.startswith(prefix) and reach.sees(event.scope):
                    words[word] = None
            return len(words) >= limit

        with suppress(TooManyAtOnce):
            await self._read(_stretch(EventQuery(reach=reach)), take, COMPLETION_REQUESTS)
        return tuple(words)[:limit]

    async def _read(self, stretch: Stretch, take: Take, requests: int | None = None) -> Instant | None:
        """An upstream may refuse a bucket or environment that it doesn't know: it is asked without then."""
        try:
            return await self._timeline.read(stretch, take, requests)
        except (Invalid, NotFound):
            if not stretch.narrowing:
                raise
        return await self._timeline.read(replace(stretch, narrowing=()), take, requests)

    async def _fetch(self, account_sid: str, event_sid: str) -> Fetched:
        if account_sid != self._account_sid:
            raise NotFound("event", event_sid)
        received = await self._exchange.get(event_path(event_sid), expected=(HTTPStatus.NOT_FOUND,))
        if received.status == HTTPStatus.NOT_FOUND:
            raise NotFound("event", event_sid)
        try:
            held = read_record(received.content, account_sid)
        except Unreadable as unreadable:
            raise not_understood(self._exchange.name, unreadable) from None
        if held.event.sid != event_sid:
            raise not_understood(self._exchange.name, "another event")
        etag = received.headers.get("etag", "")
        usable = etag.startswith('"') and etag.isascii()  # a weak one matches nothing (RFC 9110, section 13.1.1)
        return Fetched(held, etag if usable else None)


def event_path(event_sid: str) -> str:
    """Where one event is."""
    return f"{EVENTS_PATH}/{quote(event_sid, safe='')}"


def _stretch(query: EventQuery) -> Stretch:
    """The part of the timeline that the query's events lie in.

    A span from before `start` may touch it, and what the upstream does with spans isn't documented: only where starts
    count, reading ends there.
    """
    ceilings = [] if query.end is None else [query.end]
    if query.after is not None:
        ceilings.append(query.after.started_at if query.after.sid else Instant(query.after.started_at - 1))
    return Stretch(min(ceilings, default=None), query.start if query.starts_only else None, _narrowing(query))


def _narrowing(query: EventQuery) -> Parameters:
    """Filters that the API has, each with one value at most."""
    narrowing: list[tuple[str, str]] = []
    if len(query.types) == 1:
        narrowing.extend(("type", kind.value) for kind in query.types)
    for name, sid, reach in (
        ("bucketSid", query.bucket_sid, query.reach.buckets),
        ("environmentSid", query.environment_sid, query.reach.environments),
    ):
        sids = reach or () if sid is None else (sid,)
        if len(sids) == 1:
            narrowing.extend((name, only) for only in sids)
    return narrowing


def _is_empty(stretch: Stretch) -> bool:
    return stretch.ceiling is not None and stretch.floor is not None and stretch.ceiling < stretch.floor


def _page(found: Sequence[Event], limit: int, unread: Instant | None) -> EventPage:
    if unread is None or len(found) > limit:
        return EventPage.cut(found, limit)
    return EventPage(tuple(found), Position(Instant(unread + 1), ""))
