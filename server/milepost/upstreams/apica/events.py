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
from milepost.upstreams.apica.answer import Answer, count_rows, read_answer
from milepost.upstreams.apica.descent import Descent
from milepost.upstreams.apica.event import events_of
from milepost.upstreams.apica.filters import Parameters, filter_parameters, window_parameters
from milepost.upstreams.apica.window import Window
from milepost.upstreams.exchange import Exchange
from milepost.upstreams.threads import done_by_thread_if
from milepost.wire.apica_row import ApicaRow

QUICKLY_READ_ROWS: Final = 1_000
"""Beyond it rows are read in a thread: a thousand take 40 ms."""
_PATH: Final = "/events"
_INCOMPLETE: Final = "couldn't reach all of its own sources"


class ApicaEvents:
    """Reads the events of one Apica user as those of one account of ours; meets `EventReader`.

    The exchange's client has `https://host/v3` as its address and the user's `auth_ticket` among its parameters. Each
    event applies everywhere and is a point in time: what Apica tells as a warning, an error or as fatal is an incident
    that has ended as it began. Sids are made of what events say (`events_of`). Events go back to 1970, and are got by
    their sids up to 2082.
    """

    def __init__(self, exchange: Exchange, account_sid: str, clock: Clock) -> None:
        self._exchange = exchange
        self._account_sid = account_sid
        self._clock = clock

    async def get(self, account_sid: str, event_sid: str) -> Event:
        """Asks for the second that the sid tells."""
        moment = second_of(EVENT, event_sid)
        window = Window.between(moment, moment, moment) if moment is not None else None
        if account_sid != self._account_sid or window is None:
            raise NotFound("event", event_sid)
        descent = self._descent((), window)
        while descent.may_go_on:
            for event in await self._events(await descent.step()):
                if event.sid == event_sid:
                    return event
        if not descent.ended:
            raise descent.too_much()
        if not descent.complete:
            raise Unavailable(f"{self._exchange.name} {_INCOMPLETE}")
        raise NotFound("event", event_sid)

    async def find(self, account_sid: str, query: EventQuery) -> EventPage:
        """Goes back in time until the page is full; shorter pages where that would take too many requests."""
        parameters, window = filter_parameters(query), self._first_window(query)
        if account_sid != self._account_sid or parameters is None or window is None:
            return EventPage(())
        descent = self._descent(parameters, window)
        here = replace(query, include_tags=(), exclude_tags=())
        found: list[Event] = []
        while descent.may_go_on and len(found) <= query.limit:
            found += [event for event in await self._events(await descent.step()) if meets(event, here)]
        page = EventPage.cut(found, query.limit)
        if not descent.ended and not page.has_more:
            page = replace(page, following=self._go_on_below(descent))
        return page if descent.complete else replace(page, missing=(Missing(self._exchange.name, _INCOMPLETE),))

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
        ends = [] if query.end is None else [query.end]
        if query.after is not None:
            ends.append(query.after.started_at if query.after.sid else Instant(query.after.started_at - 1))
        return Window.between(query.start, min(ends, default=None), self._clock())

    def _descent(self, parameters: Parameters, window: Window) -> Descent:
        return Descent(partial(self._ask, parameters), window, self._exchange.name)

    async def _ask(self, filters: Parameters, window: Window, cursor: str | None) -> Answer:
        page = () if cursor is None else (("cursor", cursor),)
        received = await self._exchange.get(_PATH, (*filters, *window_parameters(window), *page))
        large = count_rows(received) > QUICKLY_READ_ROWS
        return await done_by_thread_if(large, read_answer, received, self._exchange.name)

    async def _events(self, rows: Sequence[ApicaRow]) -> list[Event]:
        return await done_by_thread_if(len(rows) > QUICKLY_READ_ROWS, events_of, rows, self._account_sid)
