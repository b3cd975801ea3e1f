"""Streams end with their token, whoever revokes it, and all of them when the server stops."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx2
import pytest

from milepost.app.backend import open_backend
from milepost.domain.instant import Instant
from milepost.settings import read_settings
from tests.interfaces.http_world import (
    GUARD_SECONDS,
    META,
    World,
    bearer,
    environment,
    http_world,
    read_all,
    rpc,
    rpc_headers,
)

STREAM = {"accept": "text/event-stream"}
LISTEN = rpc("subscriptions/listen", notifications={"resourceSubscriptions": ["milepost://timeline"]})


async def handshake(world: World, secret: str) -> dict[str, str]:
    """Headers of a session of the handshake era."""
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    headers = {"accept": "application/json, text/event-stream", **bearer(secret)}
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    answer = await world.client.post("/mcp", json=body, headers=headers)
    session = {**headers, "mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert (await world.client.post("/mcp", json=ready, headers=session)).status_code == 202
    return session


@asynccontextmanager
async def standing_stream(world: World, secret: str) -> AsyncGenerator[httpx2.Response]:
    async with world.client.stream("GET", "/mcp", headers=await handshake(world, secret) | STREAM) as response:
        yield response


@asynccontextmanager
async def sse(world: World, secret: str) -> AsyncGenerator[httpx2.Response]:
    async with world.client.stream("GET", "/sse", headers=STREAM | bearer(secret)) as response:
        yield response


@asynccontextmanager
async def listen(world: World, secret: str) -> AsyncGenerator[httpx2.Response]:
    headers = rpc_headers("subscriptions/listen") | bearer(secret)
    async with world.client.stream("POST", "/mcp", json=LISTEN, headers=headers) as response:
        yield response


STREAMS = pytest.mark.parametrize("open_stream", [standing_stream, sse, listen])


async def text_until_end(response: httpx2.Response) -> str:
    with anyio.fail_after(GUARD_SECONDS):
        return "".join([piece async for piece in response.aiter_text()])


@STREAMS
async def test_revoking_a_token_ends_its_open_stream(open_stream, tmp_path: Path):
    async with http_world(tmp_path) as world:
        token = await world.issue()
        async with open_stream(world, token.secret) as response:
            assert response.status_code == 200
            await world.server.services.tokens.revoke(world.owner, token.token.sid)
            await text_until_end(response)
        assert (await world.call(token.secret, "list_events")).status_code == 401


async def test_a_stream_ends_with_a_token_that_another_process_revokes(tmp_path: Path):
    async with http_world(tmp_path) as world:
        token = await world.issue()
        async with (
            sse(world, token.secret) as response,
            open_backend(read_settings(environment(tmp_path, {}))) as other,
        ):
            await other.services.tokens.revoke(world.owner, token.token.sid)
            await text_until_end(response)


async def test_a_stream_ends_when_its_token_expires(tmp_path: Path):
    async with http_world(tmp_path) as world:
        now = (await world.issue()).token.created_at
        token = await world.issue(expires_at=Instant(now + 1_000))
        async with sse(world, token.secret) as response:
            await text_until_end(response)


async def test_the_streams_of_other_tokens_go_on(tmp_path: Path):
    async with http_world(tmp_path) as world:
        dead, live = await world.issue(), await world.issue()
        async with listen(world, live.secret) as staying, listen(world, dead.secret) as ending:
            lines = staying.aiter_lines()
            await next_data(lines)
            await world.server.services.tokens.revoke(world.owner, dead.token.sid)
            await text_until_end(ending)
            await world.call(live.secret, "create_event", type="deployment", name="v1")
            assert "milepost://timeline" in await next_data(lines)


async def next_data(lines, beginning: str = "data: {") -> str:
    with anyio.fail_after(GUARD_SECONDS):
        async for line in lines:
            if line.startswith(beginning):
                return line
    raise AssertionError("the stream ended")


async def test_a_session_answers_to_no_other_token(tmp_path: Path):
    async with http_world(tmp_path) as world:
        one, other = await world.issue(), await world.issue()
        session = await handshake(world, one.secret)
        body = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
        assert (await world.client.post("/mcp", json=body, headers=session)).status_code == 200
        answer = await world.client.post("/mcp", json=body, headers=session | bearer(other.secret))
        assert answer.status_code == 404


async def test_a_missing_scope_on_sse_is_told_inside_the_protocol(tmp_path: Path):
    async with http_world(tmp_path) as world:
        reader = await world.issue(*[scope for scope in (await world.issue()).token.scopes if "read" in scope])
        async with sse(world, reader.secret) as response:
            lines = response.aiter_lines()
            address = await next_data(lines, "data: /")
            call = {"name": "create_event", "arguments": {"type": "deployment", "name": "v1"}, "_meta": META}
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
            posted = await world.client.post(address.removeprefix("data: "), json=body, headers=bearer(reader.secret))
            assert posted.status_code == 202
            answer = await next_data(lines)
            assert '"isError":true' in answer
            assert "events:write" in answer


@STREAMS
async def test_an_open_stream_does_not_keep_the_server_from_stopping(open_stream, tmp_path: Path):
    with anyio.fail_after(GUARD_SECONDS):
        async with http_world(tmp_path) as world, anyio.create_task_group() as tasks:
            opened, ended = anyio.Event(), anyio.Event()

            async def hold() -> None:
                async with (
                    httpx2.AsyncClient(base_url=world.server.url, timeout=GUARD_SECONDS) as client,
                    open_stream(World(world.server, client), world.first_secret) as response,
                ):
                    opened.set()
                    await text_until_end(response)
                    ended.set()

            tasks.start_soon(hold)
            await opened.wait()
            world.server.stop()
            await ended.wait()


async def test_a_call_in_flight_is_answered_before_the_server_stops(tmp_path: Path):
    answers: list[httpx2.Response] = []
    async with http_world(tmp_path) as world, anyio.create_task_group() as tasks:

        async def write() -> None:
            answers.append(await world.call(world.first_secret, "create_event", type="deployment", name="v1"))

        for _ in range(10):
            tasks.start_soon(write)
        while 'milepost_store_operations_total{operation="writer.create"' not in await world.metrics():
            pass
        world.server.stop()
        with anyio.fail_after(GUARD_SECONDS):
            await world.server.ended.wait()
    assert [answer.status_code for answer in answers] == [200] * 10


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HT", b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Le"])
async def test_a_request_that_was_never_finished_does_not_keep_the_server_from_stopping(sent: bytes, tmp_path: Path):
    async with http_world(tmp_path) as world, world.raw() as stream:
        await stream.send(sent)
        world.server.stop()
        assert await read_all(stream) == b""
        with anyio.fail_after(GUARD_SECONDS):
            await world.server.ended.wait()


async def test_a_body_that_never_ends_is_answered_when_the_server_stops(tmp_path: Path):
    async with http_world(tmp_path) as world, world.raw() as stream:
        head = f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {world.first_secret}\r\n"
        await stream.send(f"{head}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{{".encode())
        while "tokens.find_token" not in await world.metrics():
            pass
        world.server.stop()
        received = await read_all(stream)
        assert received.startswith(b"HTTP/1.1 503 ")
        assert b'"code":"UPSTREAM_UNAVAILABLE"' in received
