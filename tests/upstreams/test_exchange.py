"""What the exchange does when things go well, and that it tries again only where that can't do harm."""

from __future__ import annotations

import json

import anyio
import anyio.lowlevel
import pytest

from milepost.domain.errors import Broken, Invalid, Unavailable
from milepost.upstreams.exchange import LIMITS, ExchangeLimits
from tests.upstreams.scripted_server import (
    Play,
    ScriptedServer,
    answer,
    keeps_silent,
    resets,
    says,
    says_and_closes,
    scripted,
)
from tests.upstreams.talking import PATIENT, TICKET, TOKEN, exchange_with

FINE = says(answer(200, b'{"ok": true}'))


def request_line(request: bytes) -> str:
    return request.split(b"\r\n")[0].decode()


async def arrived(server: ScriptedServer) -> None:
    """Until a request is there."""
    while not server.requests:
        await anyio.lowlevel.checkpoint()


def test_the_limits_stay_as_they_are():
    assert ExchangeLimits() == LIMITS
    expected = ExchangeLimits(
        tries=3,
        total_seconds=10.0,
        connect_seconds=3.0,
        largest_answer_bytes=8 * 1024 * 1024,
        largest_refusal_bytes=64 * 1024,
        quickly_read_bytes=256 * 1024,
        connections=16,
        first_pause_seconds=0.2,
    )
    assert expected == LIMITS


async def test_a_read_says_what_it_asks_for_and_who_asks():
    async with scripted(FINE) as server, exchange_with(server.url) as exchange:
        received = await exchange.get("/events", [("tag", "a~b;c d"), ("tag", "é&"), ("severity", "I")])
    assert (received.status, received.content) == (200, {"ok": True})
    line, *headers = server.requests[0].decode().split("\r\n")
    query = f"auth_ticket={TICKET}&tag=a~b%3Bc+d&tag=%C3%A9%26&severity=I"
    assert line == f"GET /v3/events?{query} HTTP/1.1"
    assert {"accept: application/json", "accept-encoding: identity", "user-agent: milepost/test"} <= {
        header.lower() for header in headers
    }
    assert f"authorization: Bearer {TOKEN}" in {header.replace("Authorization", "authorization") for header in headers}


async def test_a_write_carries_its_body_and_headers():
    async with (
        scripted(says(answer(201, b'{"sid": "evt_1"}', "etag: 5"))) as server,
        exchange_with(server.url) as exchange,
    ):
        received = await exchange.send("PUT", "/events/evt_1", {"name": "É"}, {"if-match": "4"})
    assert (received.status, received.content, received.headers["ETag"]) == (201, {"sid": "evt_1"}, "5")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /v3/events/evt_1?auth_ticket=")
    assert b"if-match: 4" in head.lower()
    assert json.loads(body) == {"name": "É"}


async def test_an_expected_status_is_an_answer_without_what_stands_in_it():
    async with (
        scripted(says(answer(404, b'{"error": "gone"}', "x-a: b"))) as server,
        exchange_with(server.url) as exchange,
    ):
        for received in (
            await exchange.get("/events/x", expected={404}),
            await exchange.send("DELETE", "/events/x", expected=(404, 409)),
        ):
            assert (received.status, received.content, received.headers["x-a"]) == (404, None, "b")
    assert len(server.requests) == 2


async def test_no_content_is_none():
    async with scripted(says(b"HTTP/1.1 204 Gone\r\n\r\n")) as server, exchange_with(server.url) as exchange:
        assert (await exchange.send("DELETE", "/events/x")).content is None


@pytest.mark.parametrize(
    "faults",
    [
        [says(answer(503, b""))],
        [says(answer(429, b"", "retry-after: 0")), says(answer(500, b""))],
        [resets(), says_and_closes(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{")],
    ],
)
async def test_a_read_that_fails_is_tried_again(faults: list[Play]):
    async with scripted(*faults, FINE) as server, exchange_with(server.url) as exchange:
        assert (await exchange.get("/events")).content == {"ok": True}
    assert len(server.requests) == len(faults) + 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (("retry-after: 10",), 10),
        (("retry-after: 11.5",), 1),
        (("retry-after: Mon, 15 Jan 2024 12:01:40 GMT",), 100),
        (("retry-after: 3600", "x-ratelimit-remaining: 0", "x-ratelimit-reset: 60"), 3600),
        (("x-ratelimit-remaining: 0", "x-ratelimit-reset: 60"), 60),
        (("x-ratelimit-reset: 1705320090",), 90),
    ],
)
async def test_an_upstream_that_asks_for_more_time_than_there_is_isn_t_asked_again(
    headers: tuple[str, ...], seconds: int
):
    async with scripted(says(answer(429, b"", *headers))) as server, exchange_with(server.url, LIMITS) as exchange:
        with pytest.raises(Unavailable) as reading:
            await exchange.get("/events")
        with pytest.raises(Unavailable) as writing:
            await exchange.send("POST", "/events", {})
    assert reading.value.retry_after_seconds == writing.value.retry_after_seconds == seconds
    assert len(server.requests) == (4 if seconds == 1 else 2)


async def test_connections_are_used_again_also_after_refusals():
    refusal = says(answer(404, b"x" * 60_000))
    async with scripted(FINE, refusal, FINE, refusal, FINE) as server, exchange_with(server.url) as exchange:
        for _ in range(5):
            await exchange.get("/events", expected={404})
    assert server.connections == 1


async def test_no_more_connections_are_opened_than_allowed():
    limits = ExchangeLimits(total_seconds=PATIENT.total_seconds, connect_seconds=PATIENT.total_seconds, connections=2)
    async with (
        scripted(FINE) as server,
        exchange_with(server.url, limits) as exchange,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(10):
            tasks.start_soon(exchange.get, "/events")
    assert len(server.requests) == 10
    assert server.connections <= 2


async def test_a_write_that_gets_no_connection_says_that_nothing_was_written():
    limits = ExchangeLimits(total_seconds=PATIENT.total_seconds, connect_seconds=0.3, connections=1)
    async with (
        scripted(keeps_silent) as server,
        exchange_with(server.url, limits) as exchange,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(exchange.get, "/events")
        await arrived(server)
        with pytest.raises(Unavailable, match=r"\(all connections to it are in use\); nothing was written$"):
            await exchange.send("POST", "/events", {})
        tasks.cancel_scope.cancel()
    assert len(server.requests) == 1


async def test_cookies_are_not_kept():
    async with (
        scripted(says(answer(200, b"{}", "set-cookie: session=1"))) as server,
        exchange_with(server.url) as exchange,
    ):
        await exchange.get("/events")
        await exchange.get("/events")
    assert not any(b"cookie" in request.lower() for request in server.requests)


async def test_json_is_read_whatever_its_size():
    large = [{"number": number, "text": "x" * 90} for number in range(10_000)]
    async with scripted(says(answer(200, json.dumps(large).encode()))) as server, exchange_with(server.url) as exchange:
        assert (await exchange.get("/events")).content == large


async def test_what_is_too_long_for_an_address_is_not_sent():
    async with scripted(FINE) as server, exchange_with(server.url) as exchange:
        with pytest.raises(Invalid, match="write fewer or shorter filters"):
            await exchange.get("/events", [("include_tag", "é" * 30_000)])
    assert server.requests == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_being_cancelled_from_outside_passes_through(method: str):
    outcomes: list[str] = []
    async with scripted(keeps_silent) as server, exchange_with(server.url) as exchange:

        async def ask() -> None:
            try:
                await (exchange.get("/events") if method == "GET" else exchange.send(method, "/events", {}))
            except anyio.get_cancelled_exc_class():
                outcomes.append("cancelled")
                raise

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await arrived(server)
            tasks.cancel_scope.cancel()
    assert outcomes == ["cancelled"]
    assert len(server.requests) == 1


async def test_a_deadline_from_outside_ends_the_pause_before_the_next_try():
    limits = ExchangeLimits(total_seconds=PATIENT.total_seconds, first_pause_seconds=PATIENT.total_seconds / 100)
    async with (
        scripted(says(answer(503, b"", "retry-after: 20"))) as server,
        exchange_with(server.url, limits) as exchange,
    ):
        with anyio.move_on_after(None) as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(exchange.get, "/events")
                await arrived(server)
                scope.cancel()
    assert scope.cancelled_caught
    assert len(server.requests) == 1


async def test_a_broken_answer_to_a_write_that_went_well_says_that_the_outcome_is_unknown():
    async with scripted(says(answer(201, b"<html>created</html>"))) as server, exchange_with(server.url) as exchange:
        with pytest.raises(Broken, match="whether it was written is unknown") as caught:
            await exchange.send("POST", "/events", {})
    assert caught.value.outcome_unknown
