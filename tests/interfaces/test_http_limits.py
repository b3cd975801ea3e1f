"""Sizes, times and rates: what is taken, and what is answered beyond."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import httpx2
import pytest
from anyio.abc import ByteSendStream
from starlette.types import Message, Receive, Scope, Send

from milepost.app.connection import LARGEST_HEADERS_BYTES, MOST_CONNECTIONS, LimitedConnection
from milepost.app.http_server import KEEP_ALIVE_SECONDS
from milepost.domain.caller import Caller
from milepost.domain.instant import Instant
from milepost.domain.token import Token, TokenKind
from milepost.middleware.body_limit import BODY_SECONDS, LARGEST_BODY_BYTES, MOST_DRAINED_BYTES, BodyLimit
from milepost.middleware.failed_attempts import FAILURE_SECONDS, MOST_FAILURES
from milepost.middleware.open_requests import GRACE_SECONDS, MOST_OPEN, SEND_SECONDS, OpenRequests, Tracked
from milepost.middleware.rate_limit import MOST_KEYS, RateLimiter
from milepost.middleware.refusals import Refusal
from milepost.middleware.request_log import RequestLog
from milepost.middleware.token_rate import TokenRate
from tests.interfaces.http_world import ACCEPT, GUARD_SECONDS, READ, World, bearer, call, error_of, http_world, read_all

HEAD = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n"


def test_the_limits_are_these():
    assert LARGEST_BODY_BYTES == 65_536
    assert LARGEST_HEADERS_BYTES == 32_768
    assert (MOST_CONNECTIONS, MOST_OPEN, MOST_KEYS) == (1_000, 256, 10_000)
    assert (BODY_SECONDS, LimitedConnection.header_seconds, KEEP_ALIVE_SECONDS, SEND_SECONDS) == (20.0, 10.0, 15, 30.0)
    assert (MOST_FAILURES, FAILURE_SECONDS) == (60, 60.0)
    assert (MOST_DRAINED_BYTES, GRACE_SECONDS) == (1_048_576, 0.75)


async def answer_to(world: World, *pieces: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send the pieces on a connection of their own; status, headers and body of what comes back until it closes."""
    async with world.raw() as stream:
        with anyio.fail_after(GUARD_SECONDS):
            try:
                for piece in pieces:
                    await stream.send(piece)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                pass
            received = await read_all(stream)
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


def chunk(size: int) -> bytes:
    return b"%x\r\n%s\r\n" % (size, b" " * size)


async def test_a_body_of_the_largest_size_is_taken(tmp_path: Path):
    async with http_world(tmp_path) as world:
        body, headers = call("list_events")
        text = json.dumps(body).ljust(LARGEST_BODY_BYTES)
        headers |= bearer(world.first_secret)
        assert (await world.client.post("/mcp", content=text, headers=headers)).status_code == 200
        answer = await world.client.post("/mcp", content=text + " ", headers=headers)
        assert answer.status_code == 413
        assert error_of(answer)["code"] == "PAYLOAD_TOO_LARGE"


async def test_a_declared_size_is_refused_before_the_body_comes(tmp_path: Path):
    async with http_world(tmp_path) as world:
        head = HEAD.format(world.first_secret) + "Content-Length: 70000\r\nExpect: 100-continue\r\n\r\n"
        status, headers, body = await answer_to(world, head.encode())
        assert status == 413
        assert headers["connection"] == "close"
        assert json.loads(body)["error"]["code"] == "PAYLOAD_TOO_LARGE"


async def test_a_body_that_only_turns_out_too_large_is_refused_when_it_does(tmp_path: Path):
    async with http_world(tmp_path) as world:
        head = HEAD.format(world.first_secret) + "Transfer-Encoding: chunked\r\n\r\n"
        pieces = [chunk(30_000)] * 8 + [b"0\r\n\r\n"]
        status, _, body = await answer_to(world, head.encode(), *pieces)
        assert status == 413
        assert json.loads(body)["error"]["code"] == "PAYLOAD_TOO_LARGE"


async def test_an_endless_body_is_cut_off(tmp_path: Path):
    async with http_world(tmp_path) as world, world.raw() as stream:
        await stream.send((HEAD.format(world.first_secret) + "Transfer-Encoding: chunked\r\n\r\n").encode())
        with anyio.fail_after(GUARD_SECONDS), pytest.raises((anyio.BrokenResourceError, anyio.ClosedResourceError)):
            await send_without_end(stream)


async def send_without_end(stream: ByteSendStream) -> None:
    while True:
        await stream.send(chunk(60_000))


async def test_half_a_body_is_none():
    pieces: list[Message] = [
        {"type": "http.request", "body": b'{"half', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def unreached(*_: object) -> None:
        raise AssertionError("half a body was handed on")

    async def receive() -> Message:
        return pieces.pop(0)

    async def unsent(_: object) -> None:
        raise AssertionError("nobody is there to be answered")

    await BodyLimit(unreached)({"type": "http", "method": "POST", "path": "/mcp", "headers": []}, receive, unsent)
    assert not pieces


async def test_without_a_token_a_body_is_not_even_read(tmp_path: Path):
    async with http_world(tmp_path) as world:
        answer = await world.client.post("/mcp", content=b"x" * 70_000, headers=ACCEPT)
        assert answer.status_code == 401


async def test_a_body_that_takes_too_long_is_given_up():
    async def unreached(*_: object) -> None:
        raise AssertionError("the body never came")

    async def silence() -> dict[str, object]:
        await anyio.sleep_forever()
        raise AssertionError("nothing ever comes")

    async def unsent(_: object) -> None:
        raise AssertionError("a refusal is raised")

    scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": []}
    with anyio.fail_after(GUARD_SECONDS), pytest.raises(Refusal) as refused:
        await BodyLimit(unreached, seconds=0.01)(scope, silence, unsent)
    assert (refused.value.status, refused.value.code) == (408, "REQUEST_TIMEOUT")


async def test_headers_that_take_too_long_end_the_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(LimitedConnection, "header_seconds", 0.05)
    async with http_world(tmp_path) as world:
        for sent in (b"", b"GET /healthz HTTP/1.1\r\nHost: local"):
            async with world.raw() as stream:
                if sent:
                    await stream.send(sent)
                assert await read_all(stream) == b""


async def test_a_second_request_has_its_own_time_for_headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(LimitedConnection, "header_seconds", 0.2)
    async with http_world(tmp_path) as world, world.raw() as stream:
        await stream.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HT")
        received = await read_all(stream)
        assert received.count(b"HTTP/1.1 200 OK") == 1


@pytest.mark.parametrize("end", [b"\r\n\r\n", b""])
async def test_headers_that_are_too_large_are_refused(end: bytes, tmp_path: Path):
    async with http_world(tmp_path) as world:
        long = b"X-Long: " + b"a" * (LARGEST_HEADERS_BYTES + 1) + end
        status, headers, body = await answer_to(world, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + long)
        assert status == 431
        assert headers["content-type"] == "application/json"
        assert json.loads(body)["error"]["code"] == "VALIDATION_ERROR"


async def test_what_is_no_http_is_told_so_in_the_same_form(tmp_path: Path):
    async with http_world(tmp_path) as world:
        status, _, body = await answer_to(world, b"HELO milepost\r\n\r\n")
        assert status == 400
        assert json.loads(body)["error"]["code"] == "VALIDATION_ERROR"


async def test_every_answer_to_a_token_says_where_its_rate_stands(tmp_path: Path):
    async with http_world(tmp_path, rate_limit="3/hour") as world:
        token = await world.issue()
        answers = [await world.call(token.secret, "list_events") for _ in range(3)]
        assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0"]
        assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"3"}
        now = token.token.created_at / 1000
        assert now + 3500 < int(answers[0].headers["x-ratelimit-reset"]) <= now + 3700


async def test_beyond_its_rate_a_token_waits_and_others_do_not(tmp_path: Path):
    async with http_world(tmp_path, rate_limit="1/hour") as world:
        one, other = await world.issue(), await world.issue()
        assert (await world.call(one.secret, "list_events")).status_code == 200
        refused = await world.call(one.secret, "list_events")
        assert refused.status_code == 429
        assert error_of(refused)["code"] == "RATE_LIMIT_EXCEEDED"
        assert 3500 < int(refused.headers["retry-after"]) <= 3600
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert (await world.call(other.secret, "list_events")).status_code == 200


async def test_refusals_to_a_token_say_where_its_rate_stands_too(tmp_path: Path):
    async with http_world(tmp_path) as world:
        headers = ACCEPT | bearer(world.first_secret)
        answer = await world.client.post("/mcp", content=b" " * 70_000, headers=headers)
        assert answer.status_code == 413
        assert answer.headers["x-ratelimit-limit"] == "1200"
        reader = await world.issue(READ)
        forbidden = await world.call(reader.secret, "create_event", type="deployment", name="v1")
        assert forbidden.status_code == 403
        assert forbidden.headers["x-ratelimit-remaining"] == "1199"


async def test_a_bug_met_by_a_token_says_where_its_rate_stands_too():
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    token = Token(sid="mcp_1", account_sid="acc_1", kind=TokenKind.MCP, name="x", hint="x", created_at=Instant(0))
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    app = RequestLog(TokenRate(broken, RateLimiter(5, 60), lambda: 0.0))
    state = {"caller": Caller(account_sid="acc_1", door="mcp", token=token)}
    await app({"type": "http", "method": "GET", "path": "/", "headers": [], "state": state}, nothing, send)
    assert sent[0]["status"] == 500
    assert dict(sent[0]["headers"])[b"x-ratelimit-remaining"] == b"4"


async def test_the_rate_can_be_switched_off(tmp_path: Path):
    async with http_world(tmp_path, rate_limit="off") as world:
        answer = await world.call(world.first_secret, "list_events")
        assert not [name for name in answer.headers if name.startswith("x-ratelimit")]


def test_a_window_begins_with_the_first_request_and_ends_in_time():
    now = [100.0]
    limiter = RateLimiter(2, 60, lambda: now[0])
    assert [limiter.take("a").granted for _ in range(3)] == [True, True, False]
    now[0] = 159.9
    assert not limiter.take("a").granted
    now[0] = 160.0
    assert limiter.take("a").remaining == 1


def test_a_limiter_forgets_the_oldest_key_beyond_the_most_it_keeps():
    limiter = RateLimiter(1, 60)
    for number in range(MOST_KEYS + 1):
        limiter.take(str(number))
    assert not limiter.take("1").granted
    assert limiter.take("0").granted


async def test_one_token_can_not_open_streams_without_end(tmp_path: Path):
    async with http_world(tmp_path) as world:
        headers = {"accept": "text/event-stream"} | bearer(world.first_secret)
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
        async with (
            httpx2.AsyncClient(base_url=world.server.url, timeout=GUARD_SECONDS, limits=limits) as client,
            anyio.create_task_group() as streams,
        ):
            opened = [anyio.Event() for _ in range(MOST_OPEN)]

            async def hold(ready: anyio.Event) -> None:
                async with client.stream("GET", "/sse", headers=headers):
                    ready.set()
                    await anyio.sleep_forever()

            for ready in opened:
                streams.start_soon(hold, ready)
            with anyio.fail_after(GUARD_SECONDS * 3):
                for ready in opened:
                    await ready.wait()
            answer = await world.call(world.first_secret, "list_events")
            assert answer.status_code == 429
            assert f"{MOST_OPEN} requests open" in error_of(answer)["message"]
            streams.cancel_scope.cancel()


async def test_more_connections_than_that_are_told_to_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("milepost.app.connection.MOST_CONNECTIONS", 1)
    async with http_world(tmp_path) as world, world.raw():
        status, headers, body = await answer_to(world)
        assert status == 503
        assert headers["retry-after"] == "1"
        assert headers["x-request-id"]
        assert json.loads(body)["error"]["code"] == "UPSTREAM_UNAVAILABLE"


async def test_a_client_that_takes_nothing_off_its_stream_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("milepost.middleware.open_requests.SEND_SECONDS", 0.01)
    left = anyio.Event()

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b": ping\n\n", "more_body": True})
        assert (await receive())["type"] == "http.disconnect"
        left.set()

    async def silence() -> Message:
        await anyio.sleep_forever()
        raise AssertionError("nothing ever comes")

    async def full(message: Message) -> None:
        if message["type"] == "http.response.body":
            await anyio.sleep_forever()

    state = {"caller": Caller(account_sid="acc_1", door="mcp")}
    scope = {"type": "http", "method": "GET", "path": "/sse", "headers": [], "state": state}
    with anyio.fail_after(GUARD_SECONDS):
        await Tracked(stream, OpenRequests(NoTokens()))(scope, silence, full)
    assert left.is_set()


class NoTokens:
    """Knows of no token, since none is looked up here."""

    async def refresh(self, caller: Caller) -> Caller:
        return caller
