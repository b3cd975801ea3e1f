"""The one form of errors, and the table from the domain's to HTTP's."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from milepost.domain.errors import (
    Conflict,
    Forbidden,
    Invalid,
    MilepostError,
    NotFound,
    Problem,
    ReadOnly,
    Stale,
    Unauthorized,
    Unavailable,
)
from milepost.middleware.refusals import refusal_of
from milepost.middleware.request_log import Answered, RequestLog
from tests.interfaces.http_world import ACCEPT, bearer, call, error_of, http_world

TABLE: list[tuple[MilepostError, int, str, dict[bytes, bytes]]] = [
    (Invalid.of("name", "blank"), 400, "VALIDATION_ERROR", {}),
    (Unauthorized("dead"), 401, "INVALID_TOKEN", {}),
    (Forbidden("no", "events:write"), 403, "FORBIDDEN", {}),
    (NotFound("event", "evt_1"), 404, "RESOURCE_NOT_FOUND", {}),
    (ReadOnly("no writes"), 405, "METHOD_NOT_ALLOWED", {b"allow": b"GET, HEAD"}),
    (Conflict("dedupKey", "taken"), 409, "CONFLICT", {}),
    (Stale("event", "evt_1", 2), 412, "PRECONDITION_FAILED", {}),
    (Unavailable("locked", 3), 503, "UPSTREAM_UNAVAILABLE", {b"retry-after": b"3"}),
]


@pytest.mark.parametrize(("error", "status", "code", "headers"), TABLE, ids=lambda value: str(value)[:20])
def test_each_domain_error_has_its_status_and_code(error, status, code, headers):
    refusal = refusal_of(error)
    assert (refusal.status, refusal.code, dict(refusal.headers)) == (status, code, headers)
    assert json.loads(refusal.body)["error"]["message"] == str(error)


def test_every_domain_error_is_in_the_table():
    assert {type(row[0]) for row in TABLE} == set(MilepostError.__subclasses__())


def test_details_name_each_field():
    refusal = refusal_of(Invalid([Problem("name", "blank"), Problem("type", "missing")]))
    assert json.loads(refusal.body)["error"]["details"] == [
        {"field": "name", "message": "blank"},
        {"field": "type", "message": "missing"},
    ]


async def test_an_unknown_route_is_not_found(tmp_path: Path):
    async with http_world(tmp_path) as world:
        for path in (
            "/v1",
            "/assets",
            "/session/",
            "/mcp/",
            "/sse/messages/x",
            "/.well-known/oauth-protected-resource/other",
        ):
            answer = await world.client.get(path)
            assert answer.status_code == 404
            assert error_of(answer)["code"] == "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/.well-known/oauth-protected-resource"])
async def test_another_method_is_not_allowed(path: str, tmp_path: Path):
    async with http_world(tmp_path) as world:
        answer = await world.client.post(path)
        assert answer.status_code == 405
        assert error_of(answer)["code"] == "METHOD_NOT_ALLOWED"
        assert answer.headers["allow"] == "GET, HEAD"
        assert (await world.client.head(path)).status_code == 200


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/mcp", "PUT", "GET, POST, DELETE"),
        ("/mcp", "OPTIONS", "GET, POST, DELETE"),
        ("/sse", "DELETE", "GET"),
        ("/sse/messages", "GET", "POST"),
    ],
)
async def test_another_method_is_not_allowed_where_mcp_is_spoken_either(
    path: str, method: str, allowed: str, tmp_path: Path
):
    async with http_world(tmp_path) as world:
        answer = await world.client.request(method, path, headers=bearer(world.first_secret))
        assert answer.status_code == 405
        assert error_of(answer)["code"] == "METHOD_NOT_ALLOWED"
        assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
async def test_what_is_not_json_is_no_media_for_this(content_type: str | None, tmp_path: Path):
    async with http_world(tmp_path) as world:
        headers = {"accept": ACCEPT["accept"], **bearer(world.first_secret)}
        answer = await world.client.post(
            "/mcp", content=b"{}", headers=headers | ({"content-type": content_type} if content_type else {})
        )
        assert answer.status_code == 415
        assert error_of(answer)["code"] == "UNSUPPORTED_MEDIA_TYPE"


async def test_json_with_a_charset_is_json(tmp_path: Path):
    async with http_world(tmp_path) as world:
        body, headers = call("list_events")
        headers |= {"content-type": "Application/JSON; charset=utf-8", **bearer(world.first_secret)}
        assert (await world.client.post("/mcp", json=body, headers=headers)).status_code == 200


async def test_the_callers_request_id_comes_back_if_it_is_sane(tmp_path: Path):
    async with http_world(tmp_path) as world:
        answer = await world.client.get("/healthz", headers={"x-request-id": "deploy-8123.1_a"})
        assert answer.headers["x-request-id"] == "deploy-8123.1_a"
        for strange in ("", "a b", "x" * 65, "a/b", "é"):
            answer = await world.client.get("/healthz", headers={b"x-request-id": strange.encode("latin-1")})
            assert answer.headers["x-request-id"] != strange
            assert len(answer.headers["x-request-id"]) == 16


async def answers_of(app: Any, **request: Any) -> tuple[list[Message], list[Answered]]:
    sent: list[Message] = []
    told: list[Answered] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/broken", "headers": [], "client": ("127.0.0.1", 1), **request}
    await RequestLog(app, (), told.append)(scope, receive, send)
    return sent, told


async def test_a_bug_is_answered_with_a_request_id_and_logged_under_it(caplog: pytest.LogCaptureFixture):
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError("the secret plan")

    sent, told = await answers_of(broken, headers=[(b"x-request-id", b"abc")])
    error = json.loads(sent[1]["body"])["error"]
    assert sent[0]["status"] == 500
    assert error == {
        "code": "INTERNAL_ERROR",
        "message": "something went wrong here; the server's log has it under abc",
        "details": [],
    }
    assert dict(sent[0]["headers"])[b"x-request-id"] == b"abc"
    assert [answered.status for answered in told] == [500]
    assert "the secret plan" in caplog.text


async def test_a_bug_in_the_middle_of_an_answer_cuts_the_connection(caplog: pytest.LogCaptureFixture):
    async def halfway(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR), pytest.raises(RuntimeError):
        await answers_of(halfway)


async def test_who_leaves_before_the_answer_is_counted_as_gone():
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    _, told = await answers_of(silent)
    assert [answered.status for answered in told] == [499]
