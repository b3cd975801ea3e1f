"""Reading the timeline from a moment back, for want of a cursor: each request asks for what lies up to where the last one got.

`startTime` and `endTime` are documented as "from" and "until", not whether that moment itself belongs to them, nor how
fine moments are. So one millisecond more is asked for at each end, and what was asked for is picked out here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import pairwise
from typing import Final, cast

from milepost.domain.errors import Invalid, NotFound
from milepost.domain.event import Event
from milepost.domain.instant import EARLIEST, LATEST, SECOND, Clock, Instant, format_instant
from milepost.upstreams.apitraffic.answers import TooManyAtOnce, Unreadable, not_understood
from milepost.upstreams.apitraffic.record import read_record
from milepost.upstreams.exchange import Exchange, Parameters

EVENTS_PATH: Final = "/events"
_REFUSED: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
_NOT_FOUND: Final = HTTPStatus.NOT_FOUND


@dataclass(frozen=True, slots=True)
class TimelineLimits:
    """Events asked for at once (the API's own maximum is 100), requests, and after how long no further one is begun.

    That is well within an overlay's deadline: a slow upstream gives little then, and not nothing.
    """

    events: int = 100
    requests: int = 5
    seconds: int = 3


LIMITS: Final = TimelineLimits()


@dataclass(frozen=True, slots=True)
class Stretch:
    """What of the timeline is wanted: from `ceiling` back to `floor`, both included, None being no end.

    `narrowing` are parameters that let the upstream leave out some of what isn't wanted anyway.
    """

    ceiling: Instant | None = None
    floor: Instant | None = None
    narrowing: Parameters = ()

    def parameters(self, limit: int) -> Parameters:
        """How it is asked for."""
        asked = [("limit", str(limit)), *self.narrowing]
        if self.floor is not None:
            asked.append(("startTime", _written(self.floor - 1)))
        if self.ceiling is not None:
            asked.append(("endTime", _written(self.ceiling + 1)))
        return asked

    def pick(self, events: Iterable[Event], above: Instant | None = None) -> Sequence[Event]:
        """Those of the events that lie in it, and later than `above`, in order."""
        wanted = (event for event in events if self._holds(event.started_at, above))
        return sorted(wanted, key=lambda event: (event.started_at, event.sid), reverse=True)

    def _holds(self, moment: Instant, above: Instant | None) -> bool:
        return (
            (self.ceiling is None or moment <= self.ceiling)
            and (self.floor is None or moment >= self.floor)
            and (above is None or moment > above)
        )


Take = Callable[[Sequence[Event]], bool]
"""Takes some events; says whether that is enough."""


class Timeline:
    """The events of one account, by time."""

    def __init__(self, exchange: Exchange, account_sid: str, clock: Clock, limits: TimelineLimits = LIMITS) -> None:
        self.limits = limits
        self._exchange = exchange
        self._account_sid = account_sid
        self._clock = clock

    async def read(self, stretch: Stretch, take: Take, requests: int | None = None) -> Instant | None:
        """Hand the events to `take`, newest first, some at a time, until it says that it has enough, or time or requests are up.

        Returns the latest moment that wasn't handed on whole; None is that nothing is left. Raises `TooManyAtOnce`,
        `Broken` where the answers don't allow exact paging, and what `Exchange.get` does.
        """
        begun = self._clock()
        for _ in range(self.limits.requests if requests is None else requests):
            events, unread = await self._answer(stretch)
            enough = take(events)
            if unread is None or enough or self._clock() - begun >= self.limits.seconds * SECOND:
                return unread
            stretch = replace(stretch, ceiling=unread)
        return stretch.ceiling

    async def _answer(self, stretch: Stretch) -> tuple[Sequence[Event], Instant | None]:
        """The events of one answer that are complete by their moments, and the latest moment that isn't."""
        events, has_more = await self._ask(stretch.parameters(self.limits.events))
        if not has_more:
            return stretch.pick(events), None
        oldest = self._oldest(events, stretch.ceiling)
        over = stretch.floor is not None and oldest < stretch.floor
        return stretch.pick(events, oldest), None if over else oldest

    async def _ask(self, parameters: Parameters) -> tuple[Sequence[Event], bool]:
        received = await self._exchange.get(EVENTS_PATH, parameters, expected=(*_REFUSED, _NOT_FOUND))
        if received.status == _NOT_FOUND:
            raise NotFound("account", self._account_sid)
        if received.status in _REFUSED:
            raise Invalid.of("", f"{self._exchange.name} refuses to look for this (status {received.status})")
        try:
            return _read_list(received.content, self._account_sid)
        except Unreadable as unreadable:
            raise not_understood(self._exchange.name, unreadable) from None

    def _oldest(self, events: Sequence[Event], ceiling: Instant | None) -> Instant:
        """The moment of the last event, from which reading can go on."""
        if not events:
            raise not_understood(self._exchange.name, "no events, and yet more of them")
        if any(later.started_at > event.started_at for event, later in pairwise(events)):
            raise not_understood(self._exchange.name, "events that don't come newest first")
        if ceiling is not None and events[0].started_at > ceiling + 1:
            raise not_understood(self._exchange.name, "events beyond the endTime that was asked for")
        oldest = events[-1].started_at
        if ceiling is not None and oldest >= ceiling:
            raise TooManyAtOnce(
                f"{self._exchange.name} has {len(events)} or more events at {format_instant(oldest)}, and its API lists no "
                "further than that; ask for another time, or for one type, bucket or environment"
            )
        return oldest


def _read_list(content: object, account_sid: str) -> tuple[Sequence[Event], bool]:
    answer = cast("dict[str, object]", content) if isinstance(content, dict) else {}
    records, has_more = answer.get("records"), answer.get("hasMore")
    if not isinstance(records, list) or not isinstance(has_more, bool):
        raise Unreadable("list of events")
    return [read_record(record, account_sid).event for record in cast("list[object]", records)], has_more


def _written(moment: int) -> str:
    return format_instant(Instant(max(EARLIEST, min(moment, LATEST))))
