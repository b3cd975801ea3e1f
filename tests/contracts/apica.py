"""Apica's adapter, with another Milepost's `/v3` in the place of Apica: over real HTTP, from an account's events to rows and back."""

from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from milepost.domain.caller import Caller
from milepost.domain.event import Event
from milepost.domain.instant import HOUR, Instant
from milepost.domain.ports import EventReader
from milepost.domain.token import TokenKind
from milepost.services.tokens import TokenDraft
from milepost.upstreams.apica.event import events_of
from milepost.upstreams.apica.events import ApicaEvents
from milepost.upstreams.client import upstream_client
from milepost.upstreams.exchange import Exchange
from milepost.wire.apica_row import apica_row, read_apica_row
from tests.contracts.backends import Backend, sqlite
from tests.contracts.kept import Kept
from tests.contracts.samples import ACCOUNT, add_accounts
from tests.interfaces.http_world import READ, World, http_world

NOW = Instant(1_705_320_000_000 + HOUR)


@dataclass(frozen=True)
class ApicaSource:
    """What is shown of an event is what its row says, and `*` wherever it applies; its tags find it all the same."""

    reader: EventReader
    store: Backend
    events: list[Event] = field(default_factory=list[Event])

    async def keep(self, *events: Event) -> Sequence[Kept]:
        for event in events:
            await self.store.events.create(event)
        self.events.extend(events)
        return [Kept(shown, replace(shown, tags=event.tags)) for event, shown in self._shown() if event in events]

    def _shown(self) -> Iterator[tuple[Event, Event]]:
        """All events, each beside what is shown of it; those whose rows are the same have as many sids as they are."""
        for account_sid in {event.account_sid for event in self.events}:
            own = [event for event in self.events if event.account_sid == account_sid]
            rows = [read_apica_row(apica_row(event, NOW), "row") for event in own]
            left = {row: events_of([row] * count, account_sid) for row, count in Counter(rows).items()}
            yield from ((event, left[row].pop()) for event, row in zip(own, rows, strict=True))


@asynccontextmanager
async def apica_source(folder: Path) -> AsyncGenerator[ApicaSource]:
    async with sqlite(folder) as store:
        await add_accounts(store.accounts)
        async with http_world(folder, rate_limit="off") as world, AsyncExitStack() as stack:
            yield ApicaSource(await _reader(stack, world), store)


async def _reader(stack: AsyncExitStack, world: World) -> ApicaEvents:
    draft = TokenDraft(kind=TokenKind.API, name="upstream", scopes=frozenset({READ}))
    issued = await world.server.services.tokens.issue(Caller(account_sid=ACCOUNT, door="test"), draft)
    client = upstream_client(f"{world.server.url}/v3", "milepost/test", parameters={"auth_ticket": issued.secret})
    return ApicaEvents(Exchange(await stack.enter_async_context(client), "apica", lambda: NOW), ACCOUNT, lambda: NOW)
