"""Who may do what, and the forms in which every route refuses."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from milepost.domain.token import TokenScope
from milepost.interfaces.rest.table import OPERATIONS, TABLE
from milepost.middleware.compression import SMALLEST_COMPRESSED_BYTES
from milepost.operations.operation import AnyOperation
from tests.interfaces.http_world import http_world
from tests.interfaces.rest.api import ALL, DEPLOYMENT, Api, issue, refused, rest_api

BY_NAME = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
BAD_TOKEN = "tok_0000000000000000000000000000000000000000000000000"


def address(operation: AnyOperation, account: str) -> str:
    return re.sub(r"\{\w+\}", "x1", operation.path.replace("{accountSid}", account))


def body_for(operation: AnyOperation) -> dict[str, object] | None:
    return next(iter(operation.body.examples().values())) if operation.body else None


@BY_NAME
async def test_without_a_good_token_nothing_is_answered(operation: AnyOperation, api: Api):
    for headers in ({"authorization": ""}, {"authorization": f"Bearer {BAD_TOKEN}"}, {"authorization": "Basic eDp4"}):
        answer = await api.send(operation.method, address(operation, api.account), headers, json=body_for(operation))
        assert refused(answer, 401) == []
        assert answer.headers["www-authenticate"].startswith('Bearer realm="Milepost"')
        assert "x-ratelimit-limit" not in answer.headers


@BY_NAME
async def test_another_account_is_not_found(operation: AnyOperation, api: Api):
    other = await api.world.server.services.accounts.create("other")
    for account in (other.sid, "acc_none", "%00", "x" * 100):
        answer = await api.send(operation.method, address(operation, account), json=body_for(operation))
        assert refused(answer, 404) == []
        assert answer.json()["error"]["code"] == "RESOURCE_NOT_FOUND"


@BY_NAME
async def test_without_its_scope_it_is_forbidden_before_anything_is_read(operation: AnyOperation, api: Api):
    others = await api.with_token(*(ALL - {operation.scope}))
    answer = await others.send(operation.method, address(operation, api.account), content=b"{")
    assert refused(answer, 403) == []
    assert operation.scope in answer.json()["error"]["message"]
    assert f'scope="{operation.scope}"' in answer.headers["www-authenticate"]


@BY_NAME
async def test_every_answer_to_a_token_says_where_it_stands(operation: AnyOperation, api: Api):
    answer = await api.send(operation.method, address(operation, api.account), json=body_for(operation))
    assert answer.status_code < 500
    assert int(answer.headers["x-ratelimit-remaining"]) < int(answer.headers["x-ratelimit-limit"])
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("path", TABLE.paths)
async def test_other_methods_are_not_allowed(path: str, api: Api):
    allowed = {operation.method for operation in OPERATIONS if operation.path == path}
    allowed |= {"HEAD"} if "GET" in allowed else set()
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} - allowed:
        sent = re.sub(r"\{\w+\}", "x1", path.replace("{accountSid}", api.account))
        answer = await api.world.client.request(method, sent, headers={"authorization": f"Bearer {api.secret}"})
        assert answer.status_code in ({400} if method == "BREW" else {405}), method
        if method not in {"HEAD", "BREW"}:
            assert answer.json()["error"]["code"] == "METHOD_NOT_ALLOWED"
            assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "path", ["", "events/", "events/evt_1/", "events/evt_1/other", "event", "chart", "events:import", "events%2F"]
)
async def test_what_is_no_route_is_not_found(path: str, api: Api):
    answer = await api.get(path)
    assert refused(answer, 404) == []


async def test_reading_a_head_tells_the_same_without_the_body(api: Api):
    sid = (await api.record())["sid"]
    for path in (
        "events",
        f"events/{sid}",
        f"events/{sid}/history",
        "buckets",
        "environments",
        "mcpTokens",
        "apiTokens",
    ):
        full, head = await api.get(path), await api.send("HEAD", path)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-type", "content-length", "etag"):
            assert head.headers.get(name) == full.headers.get(name)


async def test_a_revoked_token_is_good_for_nothing_from_the_next_request_on(api: Api):
    issued = await issue(api.world)
    holder = replace(api, secret=issued.secret)
    assert (await holder.get("events")).status_code == 200
    await api.delete(f"apiTokens/{issued.token.sid}")
    assert refused(await holder.get("events"), 401) == []


async def test_beyond_its_rate_a_token_waits(tmp_path: Path):
    async with rest_api(tmp_path, rate_limit="2/hour") as api:
        assert [(await api.get("events")).headers["x-ratelimit-remaining"] for _ in range(2)] == ["1", "0"]
        answer = await api.post("events", DEPLOYMENT)
        assert refused(answer, 429) == []
        assert int(answer.headers["retry-after"]) > 3500


async def test_a_foreign_host_or_origin_is_refused(api: Api):
    assert refused(await api.get("events", {"host": "evil.example"}), 421) == []
    assert refused(await api.get("events", {"origin": "https://evil.example"}), 403) == []


async def test_a_read_only_milepost_writes_no_event(tmp_path: Path):
    async with rest_api(tmp_path) as api:
        sid = (await api.record())["sid"]
    async with rest_api(tmp_path, read_only="1") as api:
        assert (await api.get(f"events/{sid}")).status_code == 200
        for answer in (
            await api.post("events", DEPLOYMENT),
            await api.post("events:batch", {"events": [DEPLOYMENT]}),
            await api.put(f"events/{sid}", {"name": "x"}),
            await api.delete(f"events/{sid}"),
            await api.post(f"events/{sid}/restore"),
        ):
            assert refused(answer, 405) == []
            assert answer.headers["allow"] == "GET, HEAD"


async def test_where_signing_in_is_switched_off_everybody_comes_by_this_door(tmp_path: Path):
    async with http_world(tmp_path, insecure_no_auth="1") as world:
        account = world.server.start.account.sid
        answer = await world.client.post(f"/v1/accounts/{account}/events", json=DEPLOYMENT)
        assert answer.status_code == 201
        assert answer.json()["createdBy"]["door"] == "rest"


async def test_requests_are_counted_by_route_without_a_sid(api: Api):
    sid = (await api.record())["sid"]
    await api.get(f"events/{sid}")
    text = await api.world.metrics()
    route = 'route="/v1/accounts/{accountSid}/events/{eventSid}"'
    assert f'milepost_http_requests_total{{method="GET",{route},status="200"}} 1.0' in text
    assert sid not in text
    assert api.account not in text


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "*", "GZIP", "deflate, *;q=0.1"])
async def test_a_large_answer_is_compressed_for_who_takes_it(accepted: str, api: Api):
    await api.record(description="x" * SMALLEST_COMPRESSED_BYTES)
    plain = await api.get("events", {"accept-encoding": "identity"})
    packed = await api.get("events", {"accept-encoding": accepted})
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < SMALLEST_COMPRESSED_BYTES < int(plain.headers["content-length"])


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "*;q=0.000", "gzip;q=0, *"])
async def test_who_does_not_take_it_gets_it_as_it_is(accepted: str, api: Api):
    await api.record(description="x" * SMALLEST_COMPRESSED_BYTES)
    assert "content-encoding" not in (await api.get("events", {"accept-encoding": accepted})).headers


async def test_what_is_small_or_has_a_strong_tag_is_sent_as_it_is(api: Api):
    assert "content-encoding" not in (await api.get("events", {"accept-encoding": "gzip"})).headers
    sid = (await api.record(description="x" * 5_000))["sid"]
    answer = await api.get(f"events/{sid}", {"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers
    assert answer.headers["etag"] == '"1"'


async def test_reading_needs_no_more_than_the_scope_to_read(api: Api):
    reader = await api.with_token(TokenScope.EVENTS_READ)
    assert (await reader.get("events")).status_code == 200
    answer = await reader.post("events", DEPLOYMENT)
    assert refused(answer, 403) == []
    assert "events:write" in answer.json()["error"]["message"]
