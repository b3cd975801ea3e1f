"""What one connection, and the connections of one client, may take of the server."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketStream

from milepost.app.connection import LARGEST_HEADERS_BYTES, MOST_CONNECTIONS_OF_ONE
from milepost.middleware.client_address import client_address, neighbourhood
from milepost.middleware.failed_attempts import MOST_FAILURES
from milepost.middleware.open_requests import MOST_OPEN
from milepost.settings import read_settings
from tests.interfaces.http_world import GUARD_SECONDS, World, bearer, http_world, read_all

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
UNWANTED = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
CHUNKED = (
    "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\n1\r\n \r\n0\r\n"
)
UNKNOWN = "mcp_0000000000000000000000000000000000000000000000000"
LOCALLY = "127.0.0.1"


@pytest.fixture
def short_keep_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("milepost.app.http_server.KEEP_ALIVE_SECONDS", 0.1)


async def answered(stream: SocketStream, request: bytes) -> bytes:
    """The whole answer to the request, which holds less than a packet."""
    await stream.send(request)
    received = b""
    with anyio.fail_after(GUARD_SECONDS):
        while b"\r\n\r\n" not in received or not received.endswith(b"}"):
            received += await stream.receive()
    return received


@pytest.mark.usefixtures("short_keep_alive")
@pytest.mark.parametrize(
    ("request_", "more"),
    [(GET, b"\r\n"), (GET, b""), (UNWANTED, b"x"), (UNWANTED, b"")],
    ids=["an empty line", "nothing", "a byte of a body that nobody wants", "none of that body"],
)
async def test_an_idle_connection_is_closed_whatever_came_on_it_but_a_request(
    request_: bytes, more: bytes, tmp_path: Path
):
    async with http_world(tmp_path) as world, world.raw() as stream:
        assert (await answered(stream, request_)).startswith((b"HTTP/1.1 200", b"HTTP/1.1 401"))
        if more:
            await stream.send(more)
        assert await read_all(stream) == b""


@pytest.mark.usefixtures("short_keep_alive")
async def test_bytes_that_begin_no_request_buy_an_idle_connection_no_time(tmp_path: Path):
    async with http_world(tmp_path) as world, world.raw() as stream:
        await answered(stream, GET)
        with anyio.fail_after(GUARD_SECONDS), pytest.raises((anyio.BrokenResourceError, anyio.ClosedResourceError)):
            await send_empty_lines(stream)


async def send_empty_lines(stream: SocketStream) -> None:
    while True:
        await stream.send(b"\r\n")
        await anyio.sleep(0.02)


async def test_a_connection_serves_one_request_after_the_other(tmp_path: Path):
    async with http_world(tmp_path) as world, world.raw() as stream:
        for _ in range(3):
            assert (await answered(stream, GET)).startswith(b"HTTP/1.1 200")


async def test_after_an_unwanted_body_has_come_the_connection_goes_on(tmp_path: Path):
    async with http_world(tmp_path) as world, world.raw() as stream:
        assert (await answered(stream, UNWANTED)).startswith(b"HTTP/1.1 401")
        assert (await answered(stream, b"x" * 1000 + GET)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("piece", [b"X-Trailer: a\r\n", b"X" * 100], ids=["many trailers", "one that never ends"])
async def test_trailers_without_end_are_refused(piece: bytes, tmp_path: Path):
    async with http_world(tmp_path) as world, world.raw() as stream:
        await stream.send(CHUNKED.format(world.first_secret).encode())
        with anyio.fail_after(GUARD_SECONDS):
            try:
                for _ in range(4 * LARGEST_HEADERS_BYTES // 4096):
                    await stream.send((piece * 4096)[:4096])
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return
        answer = await read_all(stream)
        assert answer.startswith(b"HTTP/1.1 431")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "VALIDATION_ERROR"


async def test_a_trailer_is_no_header(tmp_path: Path):
    async with http_world(tmp_path) as world, world.raw() as stream:
        request = CHUNKED.format(world.first_secret) + "Authorization: Bearer x\r\nX-Request-Id: trailed\r\n\r\n"
        answer = await answered(stream, request.encode())
        assert b"trailed" not in answer
        assert not answer.startswith(b"HTTP/1.1 401")


async def test_one_address_can_not_take_all_connections(tmp_path: Path):
    async with http_world(tmp_path) as world:
        await limited(world, "127.0.0.1", 429)


async def test_a_trusted_proxy_may_have_more_connections_than_one_client(tmp_path: Path):
    async with http_world(tmp_path, trusted_proxies="127.0.0.0/8") as world:
        await limited(world, "127.0.0.1", 200)


async def limited(world: World, address: str, status: int) -> None:
    """Have the most connections of one open, ask on one more."""
    async with anyio.create_task_group() as tasks:
        for _ in range(MOST_CONNECTIONS_OF_ONE):
            tasks.start_soon(hold, await anyio.connect_tcp(address, world.port))
        async with await anyio.connect_tcp(address, world.port) as stream:
            answer = await answered(stream, GET)
            assert answer.startswith(b"HTTP/1.1 %d" % status)
        tasks.cancel_scope.cancel()


async def hold(stream: SocketStream) -> None:
    async with stream:
        await anyio.sleep_forever()


def test_that_is_how_many_one_address_may_have():
    assert MOST_OPEN <= MOST_CONNECTIONS_OF_ONE == 300


@pytest.mark.parametrize("mapped", ["::ffff:203.0.113.7", "::FFFF:CB00:7107", "0:0:0:0:0:ffff:203.0.113.7"])
def test_a_mapped_address_is_the_ipv4_address_in_it(mapped: str):
    scope = {"type": "http", "client": (mapped, 1), "headers": []}
    assert client_address(scope, ()) == "203.0.113.7"
    proxies = read_settings({"MILEPOST_TRUSTED_PROXIES": "203.0.113.0/24"}).trusted_proxies
    forwarded = scope | {"headers": [(b"x-forwarded-for", b"::ffff:198.51.100.1, ::ffff:203.0.113.9")]}
    assert client_address(forwarded, proxies) == "198.51.100.1"
    assert neighbourhood(client_address(forwarded, proxies)) == "198.51.100.1"


async def test_on_all_addresses_ipv4_clients_are_known_by_their_own(tmp_path: Path):
    async with http_world(tmp_path, host="::", trusted_proxies="127.0.0.2/32") as world:
        metrics = await world.client.get("/metrics")
        assert metrics.status_code == 200
        for number in range(MOST_FAILURES):
            forwarded = bearer(UNKNOWN) | {"x-forwarded-for": f"10.0.0.{number}"}
            await world.client.get("/mcp", headers=forwarded)
        assert (await world.client.get("/mcp", headers=bearer(UNKNOWN))).status_code == 429
