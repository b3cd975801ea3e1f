"""A source as plain as can be: a list of events, pages of any size, and failures when it is told to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import anyio

from milepost.domain.errors import NotFound, Unavailable
from milepost.domain.event import Event
from milepost.domain.query import EventPage, EventQuery, Position
from milepost.domain.scope import Restriction
from tests.stores.brute_force import find


def answers() -> str:
    """It is well."""
    return "answers"


@dataclass
class ListedEvents:
    """Meets `EventReader`. `mood` says what the next call comes to: `answers`, `fails`, `hangs` or `stops short`."""

    events: list[Event]
    mood: Callable[[], str] = answers
    calls: list[EventQuery] = field(default_factory=list[EventQuery])

    async def get(self, account_sid: str, event_sid: str) -> Event:
        await self._behave(self.mood())
        for event in self.events:
            if (event.account_sid, event.sid) == (account_sid, event_sid):
                return event
        raise NotFound("event", event_sid)

    async def find(self, account_sid: str, query: EventQuery) -> EventPage:
        """When it stops short it has looked only as far as the moment of its first event, whatever that holds."""
        self.calls.append(query)
        mood = self.mood()
        await self._behave(mood)
        page = find((event for event in self.events if event.account_sid == account_sid), query, {})
        if mood == "stops short" and page.events:
            reached = Position(page.events[0].started_at, "")
            return EventPage(tuple(one for one in page.events if one.started_at == reached.started_at), reached)
        return page

    async def sources(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        return await self._complete((event.source or "" for event in self.events), prefix, limit)

    async def sids(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        return await self._complete((event.sid for event in self.events), prefix, limit)

    async def _complete(self, words: Iterable[str], prefix: str, limit: int) -> tuple[str, ...]:
        await self._behave(self.mood())
        return tuple(dict.fromkeys(word for word in words if word and word.startswith(prefix)))[:limit]

    async def _behave(self, mood: str) -> None:
        if mood == "fails":
            raise Unavailable("it is away")
        if mood == "hangs":
            await anyio.sleep_forever()
