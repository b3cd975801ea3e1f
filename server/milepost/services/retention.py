"""Retention: events that began too long ago are removed for good, a few at a time, while everybody goes on writing."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from milepost.domain.instant import EARLIEST, Clock, Instant
from milepost.domain.ports import Accounts, EventHistory

BATCH = 100
"""Events that one transaction removes."""


class RetentionService:
    """Keeps events for `keep_milliseconds` after their start. Acts for whoever runs this Milepost, so there is no caller."""

    def __init__(self, history: EventHistory, accounts: Accounts, clock: Clock, keep_milliseconds: int) -> None:
        self._history = history
        self._accounts = accounts
        self._clock = clock
        self._keep_milliseconds = keep_milliseconds
        self._to_sweep: set[str] = set()

    async def remove_expired(self) -> AsyncGenerator[int]:
        """One pass over all accounts; yields how many each batch removed, so that whoever drives it sets the pace.

        What is left of an account's words is swept at its end; a pass that was cut off leaves that to the next one.
        """
        before = Instant(max(EARLIEST, self._clock() - self._keep_milliseconds))
        for account in await self._accounts.accounts():
            while count := await self._history.expire(account.sid, before, BATCH):
                self._to_sweep.add(account.sid)
                yield count
            if account.sid in self._to_sweep:
                await self._history.sweep(account.sid)
                self._to_sweep.remove(account.sid)
