"""Adapters that are bound to one account each, as one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from milepost.domain.event import Event, Provenance
from milepost.domain.instant import Instant
from milepost.domain.ports import Created
from milepost.domain.query import EventPage, EventQuery
from milepost.domain.scope import Restriction
from tests.contracts.backends import Events
from tests.contracts.samples import ACCOUNT


@dataclass(frozen=True)
class PerAccount:
    """Asks the adapter of the account, and for an account that has none the first one, which doesn't know it either."""

    adapters: Mapping[str, Events]

    def _of(self, account_sid: str) -> Events:
        return self.adapters.get(account_sid, self.adapters[ACCOUNT])

    async def get(self, account_sid: str, event_sid: str) -> Event:
        return await self._of(account_sid).get(account_sid, event_sid)

    async def find(self, account_sid: str, query: EventQuery) -> EventPage:
        return await self._of(account_sid).find(account_sid, query)

    async def sources(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        return await self._of(account_sid).sources(account_sid, prefix, limit, reach)

    async def sids(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        return await self._of(account_sid).sids(account_sid, prefix, limit, reach)

    async def create(self, event: Event) -> Created:
        return await self._of(event.account_sid).create(event)

    async def change(self, account_sid: str, event_sid: str, apply: Callable[[Event], Event], by: Provenance) -> Event:
        return await self._of(account_sid).change(account_sid, event_sid, apply, by)

    async def delete(
        self, account_sid: str, event_sid: str, allow: Callable[[Event], None], by: Provenance, at: Instant
    ) -> Event:
        return await self._of(account_sid).delete(account_sid, event_sid, allow, by, at)
