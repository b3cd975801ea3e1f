"""The real server over a real store of its own, with a clock that stands still until it is turned, and clients of both eras."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mcp import Client
from mcp_types import Implementation, TextResourceContents

from milepost.domain.account import Account
from milepost.domain.caller import Caller
from milepost.domain.event import EventDraft, EventType
from milepost.domain.instant import Instant, parse_instant
from milepost.domain.ports import MetricSource
from milepost.domain.scope import UNRESTRICTED, Restriction
from milepost.domain.token import ALL_SCOPES, Token, TokenKind, TokenScope
from milepost.interfaces.mcp_server.sdk import RequestContext
from milepost.interfaces.mcp_server.server import EventServer, build_server
from milepost.services.services import Ports, Services
from milepost.stores.sqlite.store import SqliteStore

ACCOUNT = "acc_2Zt8OmB0Rj6Q0Ff4xwrUcEDnhT1"
START = parse_instant("2026-01-15T14:30:00Z", "start")
PAGE = Path(__file__).with_name("page.html")
"""Stands for the page that hosts with MCP Apps show; the real one is built."""
CLIENT = Implementation(name="workshop", version="1.0")
READ = frozenset({TokenScope.EVENTS_READ})
WRITE = frozenset({TokenScope.EVENTS_READ, TokenScope.EVENTS_WRITE})

Era = Literal["legacy", "auto"]
ERAS: tuple[Era, ...] = ("legacy", "auto")
"""How the SDK's client names the handshake era and the modern one."""


@dataclass
class Clock:
    """Stands at `now`, and goes on by a second with each look."""

    now: int = START

    def __call__(self) -> Instant:
        self.now += 1_000
        return Instant(self.now)


@dataclass
class Entropy:
    """The same bytes in every run."""

    numbers: Any = field(default_factory=itertools.count)

    def __call__(self, size: int) -> bytes:
        return hashlib.shake_128(str(next(self.numbers)).encode()).digest(size)


@dataclass
class Workshop:
    """A store, the services over it, and servers and clients for whoever is to be the caller."""

    store: SqliteStore
    services: Services
    clock: Clock
    owner: Caller
    page: Path = PAGE

    def server_for(self, caller: Caller | None = None) -> EventServer:
        async def find(_: RequestContext) -> Caller:
            # Looked up for every request, as it is in front of every door.
            return await self.services.tokens.refresh(caller or self.owner)

        return build_server(self.services, find, version="0.0.0", page=self.page)

    @asynccontextmanager
    async def client(
        self, caller: Caller | None = None, *, era: Era = "auto", **options: Any
    ) -> AsyncGenerator[Client]:
        server = self.server_for(caller)
        async with (
            server.subscriptions.running(),
            Client(server, mode=era, client_info=CLIENT, cache=None, **options) as client,
        ):
            yield client

    async def caller(
        self, scopes: frozenset[TokenScope] = ALL_SCOPES, restriction: Restriction = UNRESTRICTED, name: str = "robot"
    ) -> Caller:
        """The holder of a new token."""
        number = self.clock()
        token = Token(
            sid=f"mcp_{number}",
            account_sid=ACCOUNT,
            kind=TokenKind.MCP,
            name=name,
            hint="mcp_…",
            scopes=scopes,
            restriction=restriction,
            created_at=number,
        )
        await self.store.tokens.add_token(token, hashlib.sha256(token.sid.encode()).digest())
        return Caller(account_sid=ACCOUNT, door="mcp", token=token)

    async def record(self, name: str, kind: EventType = EventType.CUSTOM, **fields: Any) -> str:
        """Record an event through another door; returns its sid."""
        created = await self.services.events.create(self.owner, EventDraft(type=kind, name=name, **fields))
        return created.event.sid


@contextmanager
def opened(path: Path) -> Generator[SqliteStore]:
    store = SqliteStore(path)
    try:
        yield store
    finally:
        store.close()


@asynccontextmanager
async def open_workshop(path: Path, metrics: MetricSource | None = None) -> AsyncGenerator[Workshop]:
    clock = Clock()
    with opened(path) as store:
        ports = Ports(
            reader=store.events,
            writer=store.events,
            history=store.history,
            feed=store.feed,
            accounts=store.accounts,
            tokens=store.tokens,
            sessions=store.sessions,
            places=store.places,
            tag_numbers=store.tag_numbers,
            metrics=metrics,
        )
        account, _ = await store.accounts.first_account(Account(ACCOUNT, "default", Instant(START)))
        owner = Caller(account_sid=account.sid, door="mcp")
        yield Workshop(store, Services.over(ports, clock, Entropy()), clock, owner)


async def answer(client: Client, tool: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    """Text and structured content of a call that has to succeed."""
    result = await client.call_tool(tool, arguments)
    text = text_of(result)
    assert not result.is_error, text
    assert result.structured_content is not None
    return text, result.structured_content


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    """The text of a call that has to fail."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error, text_of(result)
    assert result.structured_content is None
    return text_of(result)


async def read(client: Client, address: str) -> tuple[str, str]:
    """Media type and text of a resource."""
    (content,) = (await client.read_resource(address)).contents
    assert isinstance(content, TextResourceContents)
    return content.mime_type or "", content.text


def text_of(result: Any) -> str:
    (content,) = result.content
    return content.text
