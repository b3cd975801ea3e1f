"""Apica's events behind the reader's port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from milepost.domain.errors import NotFound, Unavailable
from milepost.domain.event import Event
from milepost.domain.instant import SECOND, Clock, Instant
from milepost.domain.matching import meets
from milepost.domain.query import LARGEST_LIMIT, EventPage, EventQuery, Missing, Position
from milepost.domain.scope import Restriction
from milepost.domain.sid import EVENT, second_of
from milepost.upstreams.apica.answer import count_rows, read_answer
from milepost.upstreams.apica.descent import Descent
from milepost.upstreams.apica.event import events_of
from milepost.upstreams.apica.filters import Parameters, filter_parameters, window_parameters
from milepost.upstreams.apica.place import Choose, Place, Step
from milepost.upstreams.apica.window import Window
from milepost.upstreams.exchange import Exchange, Received
from milepost.upstreams.failures import left_out, not_understood
from milepost.upstreams.patience import BUDGET_SECONDS, Patience
from milepost.upstreams.threads import done_by_thread_if
from milepost.wire.apica_row import ApicaRow

QUICKLY_READ_ROWS: Final = 1_000
"""Beyond it rows are read, made into events and looked through in a thread: to read a thousand takes 40 ms."""
_PATH: Final = "/events"
_INCOMPLETE: Final = "says that something is missing from its answer"


class ApicaEvents:
    """Reads the events of one Apica user as those of one account of ours; meets `EventReader`.

    The exchange's client has `https://host/v3` as its address and the user's `auth_ticket` among its parameters. Each
    event applies everywhere and is a point in time: what Apica tells as a warning, an error or as fatal is an incident
    that has ended as it began. Sids are made of what events say (`events_of`). Events go back to 1970, and are got by
    their sids up to 2082.
    """

    def __init__(
        self, exchange: Exchange, account_sid: str, clock: Clock, budget_seconds: float = BUDGET_SECONDS
    ) -> None:
        self._budget_seconds = budget_seconds
        self._exchange = exchange
        self._account_sid = account_sid
        self._clock = clock

    async def get(self, account_sid: str, event_sid: str) -> Event:
        """Asks for the second that the sid tells. Raises `Broken` where an event of then that can't be read may be it."""
        moment = second_of(EVENT, event_sid)
        window = Window.between(moment, moment, moment) if moment is not None else None
        if account_sid != self._account_sid or window is None:
            raise NotFound("event", event_sid)

        def choose(rows: Sequence[ApicaRow]) -> list[Event]:
            return [event for event in events_of(rows, account_sid) if event.sid == event_sid]

        descent = self._descent((), window, choose)
        while descent.may_go_on:
            for event in await descent.step():
                return event
        if not descent.ended:
            raise descent.too_much()
        if not descent.complete:
            raise Unavailable(f"{self._exchange.name} {_INCOMPLETE}")
        if descent.left_out:
            raise not_understood(self._exchange.name, "an event of that moment")
        raise NotFound("event", event_sid)

    async def find(self, account_sid: str, query: EventQuery) -> EventPage:
        """Goes back in time until the page is full; shorter pages where that would take too many requests."""
        parameters, window = filter_parameters(query), self._first_window(query)
        if account_sid != self._account_sid or parameters is None or window is None:
            return EventPage(())
        here = replace(query, include_tags=(), exclude_tags=())

        def choose(rows: Sequence[ApicaRow]) -> list[Event]:
            return [event for event in events_of(rows, account_sid) if meets(event, here)]

        descent = self._descent(parameters, window, choose)
        found: list[Event] = []
        while descent.may_go_on and len(found) <= query.limit:
            found += await descent.step()
        page = EventPage.cut(found, query.limit)
        if not descent.ended and not page.has_more:
            page = replace(page, following=self._go_on_below(descent))
        return replace(page, missing=self._missing(descent))

    async def sources(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:  # noqa: ARG002
        """None: Apica's events have no source."""
        return ()

    async def sids(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        """Of the newest `LARGEST_LIMIT` events."""
        page = await self.find(account_sid, EventQuery(reach=reach, limit=LARGEST_LIMIT))
        return tuple(event.sid for event in page.events if event.sid.startswith(prefix))[:limit]

    def _go_on_below(self, descent: Descent) -> Position:
        """Where a page that was given up goes on."""
        if descent.reached is None:
            raise descent.too_much()
        return Position(Instant(descent.reached * SECOND), "")

    def _first_window(self, query: EventQuery) -> Window | None:
        return Window.between(query.start, query.latest_start, self._clock())

    def _missing(self, descent: Descent) -> tuple[Missing, ...]:
        name = self._exchange.name
        return (*(() if descent.complete else (Missing(name, _INCOMPLETE),)), *left_out(name, descent.left_out))

    def _descent(self, parameters: Parameters, window: Window, choose: Choose) -> Descent:
        ask = partial(self._ask, parameters, choose)
        return Descent(ask, window, self._exchange.name, Patience(self._budget_seconds))

    async def _ask(self, filters: Parameters, choose: Choose, place: Place) -> Step:
        page = () if place.cursor is None else (("cursor", place.cursor),)
        received = await self._exchange.get(_PATH, (*filters, *window_parameters(place.window), *page))
        large = count_rows(received) + len(place.held) > QUICKLY_READ_ROWS
        return await done_by_thread_if(large, self._read, received, choose, place)

    def _read(self, received: Received, choose: Choose, place: Place) -> Step:
        return place.step(read_answer(received, self._exchange.name), choose, self._exchange.name)
