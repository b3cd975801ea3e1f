"""Who holds a `dedupKey`. The API knows of none, so recent events are looked through for it before one is written.

Within this process that is sound, since a key is looked up and written by one at a time. Two processes that write the same key
at the same moment may both find it free.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from typing import Final

from milepost.domain.event import Event
from milepost.domain.instant import DAY, Clock, Instant
from milepost.upstreams.apitraffic.answers import TooManyAtOnce
from milepost.upstreams.apitraffic.locks import Locks
from milepost.upstreams.apitraffic.timeline import Stretch, Take, Timeline, TimelineLimits
from milepost.upstreams.exchange import Exchange

DEDUP_WINDOW: Final = 7 * DAY
"""Milliseconds before now, or before the event's start if that is earlier."""
LOOK_UP_SECONDS: Final = 60
"""More than the requests may take together: a key isn't taken for free because the upstream is slow."""


class DedupKeys:
    """The keys of one account."""

    def __init__(self, exchange: Exchange, account_sid: str, clock: Clock, limits: TimelineLimits) -> None:
        self._timeline = Timeline(exchange, account_sid, clock, replace(limits, seconds=LOOK_UP_SECONDS))
        self._clock = clock
        self._locks = Locks()

    def taken(self, key: str) -> AbstractAsyncContextManager[None]:
        """Keep everybody else in this process from looking up and writing that key."""
        return self._locks.held(key)

    async def holder(self, key: str, started_at: Instant) -> Event | None:
        """The event that holds the key, as far as five requests reach into the window, newest first.

        For an event from before the window the first of them looks around its start: that of the same event would be there.
        """
        now = self._clock()
        floor = Instant(min(now, started_at) - DEDUP_WINDOW)
        found: list[Event] = []

        def take(events: Sequence[Event]) -> bool:
            found.extend(event for event in events if event.dedup_key == key)
            return bool(found)

        requests = self._timeline.limits.requests
        if started_at < now - DEDUP_WINDOW:
            requests -= 1
            await self._look(Stretch(started_at, floor), take, 1)
        if not found:
            await self._look(Stretch(None, floor), take, requests)
        return min(found, key=lambda event: (event.created_at, event.sid), default=None)

    async def _look(self, stretch: Stretch, take: Take, requests: int) -> None:
        with suppress(TooManyAtOnce):  # so far and no further; it is no reason to write nothing any more
            await self._timeline.read(stretch, take, requests)
