"""A small world to try the services in: a real store, a clock that stands still until it is moved, holders of tokens."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from milepost.domain.account import Account
from milepost.domain.caller import Caller
from milepost.domain.event import Event, EventDraft, EventType
from milepost.domain.instant import Instant, When
from milepost.domain.query import EventSearch
from milepost.domain.scope import SidTuple
from milepost.domain.token import TokenKind, TokenScope
from milepost.services.services import Ports, Services
from milepost.services.tokens import TokenDraft
from milepost.stores.sqlite.store import SqliteStore

READ, WRITE, ADMIN = TokenScope.EVENTS_READ, TokenScope.EVENTS_WRITE, TokenScope.TOKENS_ADMIN
NOON = Instant(1_705_320_000_000)
"""2024-01-15T12:00:00Z."""


class StandingClock:
    """Shows the same moment until it is moved on."""

    def __init__(self, now: Instant = NOON) -> None:
        self.now = now

    def __call__(self) -> Instant:
        return self.now

    def advance(self, milliseconds: int) -> Instant:
        """Move on, and say what time it is."""
        self.now = Instant(self.now + milliseconds)
        return self.now


@dataclass(frozen=True)
class World:
    """The services over one store, with an account to begin with."""

    services: Services
    clock: StandingClock
    account: Account

    @property
    def owner(self) -> Caller:
        """Whoever can read the file."""
        return Caller(account_sid=self.account.sid, door="cli")

    async def owner_of(self, name: str) -> Caller:
        """The owner of a further account."""
        account = await self.services.accounts.create(name)
        return Caller(account_sid=account.sid, door="cli")

    async def holder(
        self,
        *scopes: TokenScope,
        buckets: SidTuple | None = None,
        environments: SidTuple | None = None,
        issuer: Caller | None = None,
        name: str = "assistant",
        expires_at: Instant | None = None,
    ) -> Caller:
        """Whoever holds a new token, signed in at the MCP door; reads and writes unless told otherwise."""
        draft = TokenDraft(
            kind=TokenKind.MCP,
            name=name,
            scopes=frozenset(scopes or (READ, WRITE)),
            buckets=buckets,
            environments=environments,
            expires_at=expires_at,
        )
        issued = await self.services.tokens.issue(issuer or self.owner, draft)
        return await self.services.tokens.authenticate(issued.secret, "mcp", "claude-code/2.1")

    async def record(self, caller: Caller | None = None, **fields: Any) -> Event:
        """A new event; of the owner unless told otherwise."""
        created = await self.services.events.create(caller or self.owner, draft(**fields))
        assert not created.replayed
        return created.event

    async def found(self, caller: Caller | None = None, **filters: Any) -> list[Event]:
        """The first page of what is found."""
        found = await self.services.events.find(caller or self.owner, EventSearch(**filters))
        return list(found.events)


def draft(**fields: Any) -> EventDraft:
    """A deployment called Release, but for what is given."""
    given: dict[str, Any] = {"type": EventType.DEPLOYMENT, "name": "Release"}
    return EventDraft(**(given | fields))


def fixed(instant: int) -> When:
    """A moment as it is written in full."""
    return When(relative=False, offset=instant)


def ago(milliseconds: int) -> When:
    """A moment as it is written relative to now."""
    return When(relative=True, offset=-milliseconds)


@asynccontextmanager
async def open_world(path: Path, clock: StandingClock | None = None) -> AsyncGenerator[World]:
    """The services over the store in that file."""
    clock = clock or StandingClock()
    with closing(SqliteStore(path)) as store:
        services = Services.over(ports_of(store), clock, os.urandom)
        yield World(services, clock, (await services.accounts.first_start()).account)


def ports_of(store: SqliteStore) -> Ports:
    """The ports that an embedded store meets."""
    return Ports(
        reader=store.events,
        writer=store.events,
        history=store.history,
        feed=store.feed,
        accounts=store.accounts,
        tokens=store.tokens,
        sessions=store.sessions,
        places=store.places,
        tag_numbers=store.tag_numbers,
    )
