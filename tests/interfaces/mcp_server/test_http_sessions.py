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

from milepost.interfaces.mcp_server import asgi
from milepost.interfaces.mcp_server.asgi import IDLE_SECONDS, MOST_SESSIONS, MOST_SESSIONS_OF_ONE
from tests.end_to_end.support.process import Server, create_token, serving
from tests.interfaces.http_world import ACCEPT, error_of, http_world

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
    with serving(database, MILEPOST_LOG_LEVEL="debug") as server:
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


async def test_one_token_can_not_fill_the_sessions_and_its_longest_idle_one_makes_room(
    http: httpx2.AsyncClient, database: Path
):
    own, other = create_token(database), create_token(database)

    async def opened(token: str) -> str:
        answer = await http.post("/mcp", json=message("initialize", **INITIALIZE), headers=bearer(token))
        assert answer.status_code == 200
        return answer.headers["mcp-session-id"]

    async def there(token: str, session: str) -> bool:
        headers = bearer(token, Mcp_Session_Id=session, MCP_Protocol_Version="2025-11-25")
        status = (await http.post("/mcp", json=message("ping"), headers=headers)).status_code
        assert status in {200, 404}
        return status == 200

    others = await opened(other)
    sessions = [await opened(own) for _ in range(MOST_SESSIONS_OF_ONE)]
    # The first is used once more, so by now the second is idle for longest.
    assert await there(own, sessions[0])
    newest = await opened(own)

    assert [await there(own, session) for session in (sessions[0], sessions[1], sessions[2], newest)] == [
        True,
        False,
        True,
        True,
    ]
    assert await there(other, others)


async def test_sessions_in_use_make_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(asgi, "MOST_SESSIONS_OF_ONE", 1)
    async with http_world(tmp_path) as world:
        headers = ACCEPT | bearer(world.first_secret)
        opened = await world.client.post("/mcp", json=message("initialize", **INITIALIZE), headers=headers)
        session = {"mcp-session-id": opened.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
        async with world.client.stream("GET", "/mcp", headers=headers | session):
            refused = await world.client.post("/mcp", json=message("initialize", **INITIALIZE), headers=headers)
        assert refused.status_code == 429
        assert error_of(refused)["code"] == "RATE_LIMIT_EXCEEDED"
        assert int(refused.headers["retry-after"]) > 0


async def test_a_server_with_all_its_sessions_says_when_to_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(asgi, "MOST_SESSIONS", 1)
    async with http_world(tmp_path) as world:
        answers = [
            await world.client.post(
                "/mcp",
                json=message("initialize", **INITIALIZE),
                headers=ACCEPT | bearer((await world.issue()).secret),
            )
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [200, 503]
        assert error_of(answers[1])["code"] == "UPSTREAM_UNAVAILABLE"
        assert int(answers[1].headers["retry-after"]) > 0


def test_the_limits_of_sessions_are_these():
    assert (MOST_SESSIONS, MOST_SESSIONS_OF_ONE, IDLE_SECONDS) == (1_000, 50, 1_800)


@pytest.mark.parametrize(
    ("address", "body", "status", "code"),
    [
        ("{}", b'{"secret-looking": "text"', 400, "VALIDATION_ERROR"),
        ("{}", b'{"jsonrpc": "1.0"}', 400, "VALIDATION_ERROR"),
        ("/sse/messages", b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}', 400, "VALIDATION_ERROR"),
        ("/sse/messages?session_id=x%0Ay", b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}', 400, "VALIDATION_ERROR"),
        (
            "/sse/messages?session_id=" + "0" * 32,
            b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}',
            404,
            "RESOURCE_NOT_FOUND",
        ),
    ],
)
async def test_what_an_sse_stream_can_not_take_is_refused_as_everywhere_and_not_logged(
    address: str, body: bytes, status: int, code: str, server: Server, http: httpx2.AsyncClient, database: Path
):
    headers = bearer(create_token(database)) | ACCEPT
    async with http.stream("GET", "/sse", headers=headers) as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: endpoint"
        own = (await anext(lines)).removeprefix("data: ")
        answer = await http.post(address.format(own), content=body, headers=headers)
        assert answer.status_code == status
        assert error_of(answer)["code"] == code
        taken = await http.post(own, json=message("initialize", **INITIALIZE), headers=headers)
        assert taken.status_code == 202
    logged = server.log.read_text()
    assert f'"status":{status}' in logged
    assert "secret-looking" not in logged
    assert "Traceback" not in logged
    assert own.partition("=")[2] not in logged


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

    assert listed[0] == {"list_events", "get_event", "show_timeline"}
    assert listed[1] - listed[0] == {"create_event", "update_event", "delete_event"}
