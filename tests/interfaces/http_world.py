"""The real application on a real socket, in this process: what the tests of the HTTP layers talk to."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx2
from anyio.abc import SocketStream

from milepost.app.serving import Serving, serving
from milepost.domain.caller import Caller
from milepost.domain.instant import Instant
from milepost.domain.token import TokenKind, TokenScope
from milepost.services.tokens import Issued, TokenDraft
from milepost.settings import read_settings

READ, WRITE = TokenScope.EVENTS_READ, TokenScope.EVENTS_WRITE
GUARD_SECONDS = 20.0
"""Against hanging; nothing is timed by it."""
MODERN = "2026-07-28"
ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}


def rpc(method: str, **params: Any) -> dict[str, Any]:
    """A request of the 2026-07-28 era."""
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": META}}


def rpc_headers(method: str, name: str | None = None) -> dict[str, str]:
    """What goes with it on HTTP."""
    named = {} if name is None else {"mcp-name": name}
    return {**ACCEPT, "mcp-protocol-version": MODERN, "mcp-method": method, **named}


def call(tool: str, **arguments: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Body and headers of a tool call."""
    return rpc("tools/call", name=tool, arguments=arguments), rpc_headers("tools/call", tool)


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def basic(user: str, password: str = "") -> dict[str, str]:
    return {"authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def error_of(response: httpx2.Response) -> dict[str, Any]:
    """The error that a refusal holds; the whole body has to have the one form."""
    body = response.json()
    assert body.keys() == {"success", "error"}
    assert body["success"] is False
    assert body["error"].keys() == {"code", "message", "details"}
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"]
    return body["error"]


@dataclass(frozen=True)
class World:
    """A running server and a client without a token."""

    server: Serving
    client: httpx2.AsyncClient

    @property
    def owner(self) -> Caller:
        return Caller(account_sid=self.server.start.account.sid, door="test")

    @property
    def port(self) -> int:
        return int(self.server.url.rpartition(":")[2])

    @property
    def first_secret(self) -> str:
        assert self.server.start.issued is not None
        return self.server.start.issued.secret

    async def issue(self, *scopes: TokenScope, expires_at: Instant | None = None) -> Issued:
        """A token with these scopes, or with both for events."""
        draft = TokenDraft(
            kind=TokenKind.MCP, name="test", scopes=frozenset(scopes or (READ, WRITE)), expires_at=expires_at
        )
        return await self.server.services.tokens.issue(self.owner, draft)

    async def call(self, secret: str, tool: str, **arguments: Any) -> httpx2.Response:
        """One tool call of the 2026-07-28 era."""
        body, headers = call(tool, **arguments)
        return await self.client.post("/mcp", json=body, headers=headers | bearer(secret))

    async def metrics(self) -> str:
        return (await self.client.get("/metrics")).text

    @asynccontextmanager
    async def raw(self) -> AsyncGenerator[SocketStream]:
        """A bare connection."""
        async with await anyio.connect_tcp("127.0.0.1", self.port) as stream:
            yield stream


async def read_all(stream: SocketStream) -> bytes:
    """Whatever comes until the server closes."""
    received = b""
    with anyio.fail_after(GUARD_SECONDS):
        try:
            async for chunk in stream:
                received += chunk
        except anyio.BrokenResourceError:
            pass
    return received


@asynccontextmanager
async def http_world(folder: Path, **settings: str) -> AsyncGenerator[World]:
    """`milepost serve` over a store in `folder`; settings by their names without `MILEPOST_`, in lower case."""
    async with serving(read_settings(environment(folder, settings))) as server:
        local = f"http://127.0.0.1:{server_port(server, settings)}"
        async with httpx2.AsyncClient(base_url=local, timeout=GUARD_SECONDS) as client:
            yield World(server, client)


def environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    given = {"backend": f"sqlite:///{folder / 'milepost.db'}", "port": "0", **settings}
    return {f"MILEPOST_{name.upper()}": value for name, value in given.items()}


def server_port(server: Serving, settings: Mapping[str, str]) -> int:
    return int(settings["port"]) if "public_url" in settings else int(server.url.rpartition(":")[2])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
