"""Who may in, and what whoever may not is told: RFC 6750, RFC 9728, CONTRACT's error table."""

from __future__ import annotations

import secrets
from pathlib import Path

import anyio
import httpx2
import pytest

from milepost.app.backend import open_backend
from milepost.domain.instant import Instant
from milepost.domain.token import TokenKind, TokenScope, mint_secret
from milepost.middleware.failed_attempts import MOST_FAILURES
from milepost.settings import read_settings
from tests.interfaces.http_world import (
    GUARD_SECONDS,
    READ,
    WRITE,
    bearer,
    call,
    environment,
    error_of,
    free_port,
    http_world,
    rpc,
    rpc_headers,
)

DOORS = ("/mcp", "/sse", "/sse/messages")
UNKNOWN = "mcp_0000000000000000000000000000000000000000000000000"


@pytest.mark.parametrize("path", DOORS)
async def test_without_a_token_the_challenge_has_no_error_code(path: str, tmp_path: Path):
    async with http_world(tmp_path) as world:
        answer = await world.client.get(path)
        assert answer.status_code == 401
        assert error_of(answer)["code"] == "INVALID_TOKEN"
        resource = path.removesuffix("/messages")
        metadata = f"{world.server.url}/.well-known/oauth-protected-resource{resource}"
        assert answer.headers["www-authenticate"] == (
            f'Bearer realm="Milepost", scope="events:read events:write", resource_metadata="{metadata}"'
        )
        assert (await world.client.get(metadata)).json()["resource"] == f"{world.server.url}{resource}"


@pytest.mark.parametrize("authorization", ["Basic bWU6bWU=", "Bearer", "mcp_abc"])
async def test_what_is_no_bearer_token_counts_as_none(authorization: str, tmp_path: Path):
    async with http_world(tmp_path) as world:
        answer = await world.client.get("/mcp", headers={"authorization": authorization})
        assert answer.status_code == 401
        assert "error=" not in answer.headers["www-authenticate"]


async def test_unknown_mistyped_expired_and_revoked_tokens_look_alike(tmp_path: Path):
    async with http_world(tmp_path) as world:
        good = await world.issue()
        revoked = await world.issue()
        await world.server.services.tokens.revoke(world.owner, revoked.token.sid)
        soon = Instant(good.token.created_at + 60_000)
        expired = await world.issue(expires_at=soon)
        mistyped = good.secret[:-1] + ("a" if good.secret[-1] != "a" else "b")
        answers = [await world.client.get("/mcp", headers=bearer(bad)) for bad in (UNKNOWN, mistyped, revoked.secret)]
        assert {answer.status_code for answer in answers} == {401}
        assert len({answer.text for answer in answers}) == 1
        for answer in answers:
            assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        assert (await world.call(expired.secret, "list_events")).status_code == 200


async def test_a_token_that_another_process_revokes_is_refused_from_the_next_request_on(tmp_path: Path):
    async with http_world(tmp_path) as world, open_backend(read_settings(environment(tmp_path, {}))) as other:
        token = await world.issue()
        assert (await world.call(token.secret, "list_events")).status_code == 200
        await other.services.tokens.revoke(world.owner, token.token.sid)
        assert (await world.call(token.secret, "list_events")).status_code == 401


async def test_a_token_stops_at_its_expiry(tmp_path: Path):
    async with http_world(tmp_path) as world:
        now = (await world.issue()).token.created_at
        short = await world.issue(expires_at=Instant(now + 300))
        with anyio.fail_after(GUARD_SECONDS):
            while (answer := await world.call(short.secret, "list_events")).status_code == 200:
                pass
        assert answer.status_code == 401


async def test_the_scheme_of_a_token_is_written_in_any_case(tmp_path: Path):
    async with http_world(tmp_path) as world:
        body, headers = call("list_events")
        answer = await world.client.post(
            "/mcp", json=body, headers=headers | {"authorization": f"bEARER {world.first_secret}"}
        )
        assert answer.status_code == 200


async def test_two_tokens_at_once_are_an_error(tmp_path: Path):
    async with http_world(tmp_path) as world:
        twice = [("authorization", f"Bearer {world.first_secret}")] * 2
        answer = await world.client.get("/mcp", headers=httpx2.Headers(twice))
        assert answer.status_code == 400
        assert error_of(answer)["details"][0]["field"] == "Authorization"


async def test_a_token_in_the_address_counts_for_nothing(tmp_path: Path):
    async with http_world(tmp_path) as world:
        answer = await world.client.get("/mcp", params={"access_token": world.first_secret})
        assert answer.status_code == 401


async def test_a_missing_scope_is_named_with_403(tmp_path: Path):
    async with http_world(tmp_path) as world:
        reader = await world.issue(READ)
        answer = await world.call(reader.secret, "create_event", type="deployment", name="v1")
        assert answer.status_code == 403
        assert error_of(answer)["code"] == "FORBIDDEN"
        assert "events:write" in error_of(answer)["message"]
        challenge = answer.headers["www-authenticate"]
        assert 'error="insufficient_scope", scope="events:write"' in challenge
        assert "resource_metadata=" in challenge


@pytest.mark.parametrize(
    ("scope", "method", "params"),
    [
        ("events:read", "resources/read", {"uri": "milepost://timeline"}),
        ("events:read", "prompts/get", {"name": "investigate_incident"}),
        ("events:write", "prompts/get", {"name": "record_deployment", "arguments": {"name": "v1"}}),
        (
            "events:read",
            "completion/complete",
            {"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "source", "value": ""}},
        ),
    ],
)
async def test_a_missing_scope_is_named_with_403_whatever_is_asked_for(
    scope: str, method: str, params: dict[str, object], tmp_path: Path
):
    async with http_world(tmp_path) as world:
        poor = await world.issue(WRITE if scope == "events:read" else READ)
        name = str(params.get("uri") or params.get("name") or "")
        headers = rpc_headers(method, name or None) | bearer(poor.secret)
        answer = await world.client.post("/mcp", json=rpc(method, **params), headers=headers)
        assert answer.status_code == 403
        assert error_of(answer)["code"] == "FORBIDDEN"
        assert f'error="insufficient_scope", scope="{scope}"' in answer.headers["www-authenticate"]


async def test_a_handshake_client_hears_of_a_missing_scope_with_403_too(tmp_path: Path):
    async with http_world(tmp_path) as world:
        writer = await world.issue(WRITE)
        body = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "list_events", "arguments": {}}}
        headers = {"accept": "application/json, text/event-stream", **bearer(writer.secret)}
        answer = await world.client.post("/mcp", json=body, headers=headers)
        assert answer.status_code == 403
        assert 'scope="events:read"' in answer.headers["www-authenticate"]


async def test_a_token_without_any_event_scope_may_connect_and_sees_no_tool(tmp_path: Path):
    async with http_world(tmp_path) as world:
        admin = await world.issue(TokenScope.TOKENS_ADMIN)
        answer = await world.client.post(
            "/mcp", json=rpc("tools/list"), headers=rpc_headers("tools/list") | bearer(admin.secret)
        )
        assert answer.status_code == 200
        assert answer.json()["result"]["tools"] == []


@pytest.mark.parametrize("path", ["", "/mcp", "/sse"])
async def test_metadata_names_the_resource_and_no_authorization_server(path: str, tmp_path: Path):
    async with http_world(tmp_path) as world:
        answer = await world.client.get(f"/.well-known/oauth-protected-resource{path}")
        assert answer.json() == {
            "resource": f"{world.server.url}{path}",
            "scopes_supported": ["events:read", "events:write", "tokens:admin"],
            "bearer_methods_supported": ["header"],
            "resource_name": "Milepost",
        }


async def test_metadata_names_the_authorization_servers_that_are_set(tmp_path: Path):
    servers = "https://login.example.com,https://other.example.com/tenant"
    async with http_world(tmp_path, authorization_servers=servers) as world:
        document = (await world.client.get("/.well-known/oauth-protected-resource/mcp")).json()
        assert document["authorization_servers"] == servers.split(",")


async def test_behind_a_proxy_challenge_and_metadata_name_the_public_url(tmp_path: Path):
    public = "https://milepost.example.com"
    async with http_world(tmp_path, public_url=public, port=str(free_port())) as world:
        host = {"host": "milepost.example.com"}
        challenge = (await world.client.get("/mcp", headers=host)).headers["www-authenticate"]
        assert f'resource_metadata="{public}/.well-known/oauth-protected-resource/mcp"' in challenge
        document = (await world.client.get("/.well-known/oauth-protected-resource/mcp", headers=host)).json()
        assert document["resource"] == f"{public}/mcp"


async def test_bad_tokens_are_refused_unread_after_too_many_and_good_ones_never(tmp_path: Path):
    async with http_world(tmp_path) as world:
        assert (await world.call(world.first_secret, "list_events")).status_code == 200
        for _ in range(MOST_FAILURES):
            assert (await world.client.get("/mcp", headers=bearer(UNKNOWN))).status_code == 401
        answer = await world.client.get("/mcp", headers=bearer(UNKNOWN))
        assert answer.status_code == 429
        assert error_of(answer)["code"] == "RATE_LIMIT_EXCEEDED"
        assert 0 < int(answer.headers["retry-after"]) <= 60
        assert (await world.client.get("/mcp")).status_code == 401
        assert (await world.call(world.first_secret, "list_events")).status_code == 200


async def test_bad_tokens_of_a_neighbour_hold_up_no_good_one_that_was_not_seen_before(tmp_path: Path):
    async with http_world(tmp_path) as world:
        unknown = mint_secret(TokenKind.MCP, secrets.token_bytes)
        for bad in (UNKNOWN, unknown):
            for _ in range(MOST_FAILURES):
                await world.client.get("/mcp", headers=bearer(bad))
            assert (await world.client.get("/mcp", headers=bearer(bad))).status_code == 429
        assert (await world.call(world.first_secret, "list_events")).status_code == 200
        # Another door has its own sign-in.
        async with world.client.stream("GET", "/sse", headers=bearer((await world.issue()).secret)) as stream:
            assert stream.status_code == 200


async def test_a_forwarded_address_counts_only_from_a_trusted_proxy(tmp_path: Path):
    async with http_world(tmp_path, trusted_proxies="127.0.0.0/8") as world:
        for number in range(MOST_FAILURES):
            forged = {"x-forwarded-for": f"10.0.0.{number}, 203.0.113.9"}
            await world.client.get("/mcp", headers=bearer(UNKNOWN) | forged)
        same = {"x-forwarded-for": "198.51.100.1, 203.0.113.9, 127.0.0.2"}
        assert (await world.client.get("/mcp", headers=bearer(UNKNOWN) | same)).status_code == 429
        other = {"x-forwarded-for": "203.0.113.9, 198.51.100.1"}
        assert (await world.client.get("/mcp", headers=bearer(UNKNOWN) | other)).status_code == 401


async def test_a_forwarded_address_from_nobody_in_particular_is_ignored(tmp_path: Path):
    async with http_world(tmp_path) as world:
        for number in range(MOST_FAILURES):
            await world.client.get("/mcp", headers=bearer(UNKNOWN) | {"x-forwarded-for": f"10.0.0.{number}"})
        answer = await world.client.get("/mcp", headers=bearer(UNKNOWN) | {"x-forwarded-for": "10.9.9.9"})
        assert answer.status_code == 429


async def test_without_authentication_everybody_is_the_owner_of_the_default_account(tmp_path: Path):
    async with http_world(tmp_path, insecure_no_auth="1") as world:
        body, headers = call("create_event", type="deployment", name="v1")
        answer = await world.client.post("/mcp", json=body, headers=headers)
        assert answer.status_code == 200
        sid = answer.json()["result"]["structuredContent"]["sid"]
        event = await world.server.services.events.get(world.owner, sid)
        assert event.created_by is not None
        assert (event.created_by.door, event.created_by.token) == ("mcp", None)


async def test_writes_say_by_which_door_token_and_client_they_came(tmp_path: Path):
    async with http_world(tmp_path) as world:
        answer = await world.call(world.first_secret, "create_event", type="deployment", name="v1")
        event = await world.server.services.events.get(world.owner, answer.json()["result"]["structuredContent"]["sid"])
        assert event.created_by is not None
        assert (event.created_by.door, event.created_by.token) == ("mcp", "first token")
        assert event.created_by.client == "test/1"
