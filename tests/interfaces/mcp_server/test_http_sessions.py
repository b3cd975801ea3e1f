"""Sessions over HTTP belong to the token that opened them, and each message to the token that came with it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.end_to_end.support.process import Server, create_token, serving

PATIENCE_SECONDS = 20.0
INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "raw", "version": "1"},
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sessions") / "sessions.db"


@pytest.fixture(scope="module")
def server(database: Path) -> Generator[Server]:
    with serving(database) as server:
        yield server


@pytest.fixture
async def http(server: Server) -> AsyncGenerator[httpx2.AsyncClient]:
    headers = {"Accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(
        base_url=server.url, headers=headers, trust_env=False, timeout=PATIENCE_SECONDS
    ) as http:
        yield http


def bearer(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in more.items()}}


def message(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


async def test_a_session_is_not_there_for_another_token(http: httpx2.AsyncClient, database: Path):
    own, other = create_token(database), create_token(database)
    opened = await http.post("/mcp", json=message("initialize", **INITIALIZE), headers=bearer(own))
    session = opened.headers["mcp-session-id"]

    async def ping(token: str) -> int:
        headers = bearer(token, Mcp_Session_Id=session, MCP_Protocol_Version="2025-11-25")
        return (await http.post("/mcp", json=message("ping"), headers=headers)).status_code

    assert [await ping(own), await ping(other), await ping(own)] == [200, 404, 200]
    headers = bearer(other, Mcp_Session_Id=session)
    assert (await http.delete("/mcp", headers=headers)).status_code == 404
    assert await ping(own) == 200


async def test_an_sse_stream_takes_no_messages_of_another_token(http: httpx2.AsyncClient, database: Path):
    own, other = create_token(database), create_token(database)
    async with http.stream("GET", "/sse", headers=bearer(own)) as stream:
        lines = stream.aiter_lines()
        with anyio.fail_after(PATIENCE_SECONDS):
            assert await anext(lines) == "event: endpoint"
            address = (await anext(lines)).removeprefix("data: ")
            body = message("initialize", **INITIALIZE)
            refused = await http.post(address, json=body, headers=bearer(other))
            taken = await http.post(address, json=body, headers=bearer(own))
            answered = await answer(lines)

    assert address.startswith("/sse/messages?session_id=")
    assert (refused.status_code, taken.status_code) == (404, 202)
    assert answered["result"]["serverInfo"]["name"] == "milepost"


async def answer(lines: Any) -> dict[str, Any]:
    """The next message on an SSE stream."""
    async for line in lines:
        if line.startswith("data: {"):
            return json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream ended")


async def test_tools_over_http_are_those_of_the_token_of_the_request(server: Server, database: Path):
    listed: list[set[str]] = []
    for scopes in (("--scope", "events:read"), ("--scope", "events:read", "--scope", "events:write")):
        headers = bearer(create_token(database, *scopes))
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False, timeout=PATIENCE_SECONDS) as http,
            Client(streamable_http_client(f"{server.url}/mcp", http_client=http)) as client,
        ):
            listed.append({tool.name for tool in (await client.list_tools()).tools})

    assert listed[0] == {"list_events", "get_event"}
    assert listed[1] - listed[0] == {"create_event", "update_event", "delete_event"}
