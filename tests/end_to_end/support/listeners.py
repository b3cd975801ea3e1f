"""Clients that keep a stream to the server open: one of each transport and era, doing nothing but listening."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx2
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

TIMELINE = "milepost://timeline"


@asynccontextmanager
async def over_http(url: str, token: str) -> AsyncGenerator[None]:
    """2026-07-28 over Streamable HTTP."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=httpx2.Timeout(10, read=None)) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client,
        client.listen(resource_subscriptions=[TIMELINE]),
    ):
        yield


@asynccontextmanager
async def over_http_by_handshake(url: str, token: str) -> AsyncGenerator[None]:
    """2025-11-25 over Streamable HTTP."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=httpx2.Timeout(10, read=None)) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http), mode="legacy") as client,
    ):
        await client.subscribe_resource(TIMELINE)  # pyright: ignore[reportDeprecated]
        yield


@asynccontextmanager
async def over_sse(url: str, token: str) -> AsyncGenerator[None]:
    """2025-11-25 over legacy SSE."""
    headers = {"Authorization": f"Bearer {token}"}
    async with Client(sse_client(f"{url}/sse", headers=headers), mode="legacy") as client:
        await client.subscribe_resource(TIMELINE)  # pyright: ignore[reportDeprecated]
        yield


Listener = Callable[[str, str], AbstractAsyncContextManager[None]]
LISTENERS: dict[str, Listener] = {
    "http": over_http,
    "http by handshake": over_http_by_handshake,
    "sse": over_sse,
}
