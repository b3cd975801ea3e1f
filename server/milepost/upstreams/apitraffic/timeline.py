"""Reading the timeline from a moment back, for want of a cursor: each request asks for what lies up to where the last one got.

`startTime` and `endTime` are documented as "from" and "until", not whether that moment itself belongs to them, nor how
fine moments are. So one millisecond more is asked for at each end, and what was asked for is picked out here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from itertools import pairwise
from typing import Final, cast

from milepost.domain.errors import Invalid, NotFound
from milepost.domain.event import Event
from milepost.domain.instant import EARLIEST, LATEST, Instant, format_instant
from milepost.upstreams.apitraffic.answers import TooManyAtOnce, Unreadable
from milepost.upstreams.apitraffic.record import Illegible, read_listed
from milepost.upstreams.exchange import Exchange, Parameters
from milepost.upstreams.failures import not_understood
from milepost.upstreams.patience import BUDGET_SECONDS, Patience

EVENTS_PATH: Final = "/events"
_REFUSED: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
_NOT_FOUND: Final = HTTPStatus.NOT_FOUND


@dataclass(frozen=True, slots=True)
class TimelineLimits:
    """Events asked for at once (the API's own maximum is 100); requests and time (`Patience`) that a question may take.

    Of the requests, `requests_below` may look for spans that reach into a window from before its start. `look_up_seconds`
    is what looking for a `dedupKey` may take before an event is written.
    """

    events: int = 100
    requests: int = 5
    requests_below: int = 2
    seconds: float = BUDGET_SECONDS
    look_up_seconds: float = 10.0


LIMITS: Final = TimelineLimits()


@dataclass(frozen=True, slots=True)
class Stretch:
    """What of the timeline is wanted: from `ceiling` back to `floor`, both included, None being no end.

    Of what began before `start`, only spans that last until then are wanted. `narrowing` are parameters that let the
    upstream leave out some of what isn't wanted anyway.
    """

    ceiling: Instant | None = None
    floor: Instant | None = None
    start: Instant | None = None
    narrowing: Parameters = ()

    @property
    def is_below_start(self) -> bool:
        """Whether everything in it began before `start`."""
        return self.start is not None and self.ceiling is not None and self.ceiling < self.start

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
        wanted = (event for event in events if self.holds(event.started_at, above))
        return sorted(wanted, key=lambda event: (event.started_at, event.sid), reverse=True)

    def holds(self, moment: Instant, above: Instant | None = None) -> bool:
        """Whether the moment lies in it, and is later than `above`."""
        return (
            (self.ceiling is None or moment <= self.ceiling)
            and (self.floor is None or moment >= self.floor)
            and (above is None or moment > above)
        )


Take = Callable[[Sequence[Event]], bool]
"""Takes some events; says whether that is enough."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading: the latest moment that wasn't handed on whole (None: nothing is left), and what was illegible."""

    unread: Instant | None
    left_out: tuple[Illegible, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    """The events of one answer that are complete by their moments; the rest as in `Reading`."""

    events: Sequence[Event]
    left_out: tuple[Illegible, ...]
    unread: Instant | None


class Timeline:
    """The events of one account, by time."""

    def __init__(self, exchange: Exchange, account_sid: str, limits: TimelineLimits = LIMITS) -> None:
        self.limits = limits
        self._exchange = exchange
        self._account_sid = account_sid

    async def read(self, stretch: Stretch, take: Take, requests: int | None = None) -> Reading:
        """Hand the events to `take`, newest first, some at a time, until it says that it has enough, or time or requests are up.

        Raises `TooManyAtOnce`, `Broken` where the answers don't allow exact paging, and what `Exchange.get` does.
        """
        patience = Patience(self.limits.seconds)
        left_out: list[Illegible] = []
        below = 0
        for _ in range(self.limits.requests if requests is None else requests):
            below += stretch.is_below_start
            answer = None if below > self.limits.requests_below else await patience.give(partial(self._answer, stretch))
            if answer is None:
                break
            left_out += answer.left_out
            if take(answer.events) or answer.unread is None:
                return Reading(answer.unread, tuple(left_out))
            stretch = replace(stretch, ceiling=answer.unread)
        return Reading(stretch.ceiling, tuple(left_out))

    async def _answer(self, stretch: Stretch) -> _Answer:
        listed, has_more = await self._ask(stretch.parameters(self.limits.events))
        oldest = self._oldest(listed, stretch.ceiling) if has_more else None
        over = oldest is None or (stretch.floor is not None and oldest < stretch.floor)
        illegible = (one for one in listed if isinstance(one, Illegible))
        return _Answer(
            stretch.pick((one for one in listed if isinstance(one, Event)), oldest),
            tuple(one for one in illegible if one.started_at is None or stretch.holds(one.started_at, oldest)),
            None if over else oldest,
        )

    async def _ask(self, parameters: Parameters) -> tuple[Sequence[Event | Illegible], bool]:
        received = await self._exchange.get(EVENTS_PATH, parameters, expected=(*_REFUSED, _NOT_FOUND))
        if received.status == _NOT_FOUND:
            raise NotFound("account", self._account_sid)
        if received.status in _REFUSED:
            raise Invalid.of("", f"{self._exchange.name} refuses to look for this (status {received.status})")
        try:
            return _read_list(received.content, self._account_sid)
        except Unreadable as unreadable:
            raise not_understood(self._exchange.name, unreadable) from None

    def _oldest(self, listed: Sequence[Event | Illegible], ceiling: Instant | None) -> Instant:
        """The moment of the last event, from which reading can go on."""
        moments = [one.started_at for one in listed if one.started_at is not None]
        if not moments:
            which = "no events whose moments can be read" if listed else "no events"
            raise not_understood(self._exchange.name, f"{which}, and yet more of them")
        if any(later > moment for moment, later in pairwise(moments)):
            raise not_understood(self._exchange.name, "events that don't come newest first")
        if ceiling is not None and moments[0] > ceiling + 1:
            raise not_understood(self._exchange.name, "events beyond the endTime that was asked for")
        oldest = moments[-1]
        if ceiling is not None and oldest >= ceiling:
            raise TooManyAtOnce(
                f"{self._exchange.name} has more events at one moment than its API lists; ask for another time, or for one "
                "type, bucket or environment"
            )
        return oldest


def _read_list(content: object, account_sid: str) -> tuple[Sequence[Event | Illegible], bool]:
    answer = cast("dict[str, object]", content) if isinstance(content, dict) else {}
    records, has_more = answer.get("records"), answer.get("hasMore")
    if not isinstance(records, list) or not isinstance(has_more, bool):
        raise Unreadable("list of events")
    return [read_listed(record, account_sid) for record in cast("list[object]", records)], has_more


def _written(moment: int) -> str:
    return format_instant(Instant(max(EARLIEST, min(moment, LATEST))))
