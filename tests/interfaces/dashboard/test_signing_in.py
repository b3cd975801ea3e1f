"""Signing in: by the link of a start, by a pasted token; what the browser keeps, and what whoever comes with nothing gets."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import pytest

from milepost.domain.session import LINK_MILLISECONDS
from milepost.domain.token import TokenKind, mint_secret
from milepost.interfaces.dashboard.session import MOST_SIGN_INS
from milepost.middleware.failed_attempts import MOST_FAILURES
from tests.interfaces.dashboard.browser import SAME, Browser, browser_of
from tests.interfaces.http_world import READ, WRITE, bearer, error_of, free_port, http_world

EVERYTHING = ["events:read", "events:write", "tokens:admin"]
EVENT = {"type": "deployment", "name": "v1"}


async def test_the_link_of_a_start_signs_the_owner_in_and_leads_to_an_address_without_the_code(browser: Browser):
    answer = await browser.follow_link()
    assert (answer.status_code, answer.headers["location"], answer.content) == (303, "/", b"")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    session = (await browser.get("/session")).json()
    expires = session.pop("expiresAt")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", expires)
    account = browser.world.server.start.account
    assert session == {
        "account": {"sid": account.sid, "name": account.name},
        "scopes": EVERYTHING,
        "bucketSids": ["*"],
        "environmentSids": ["*"],
        "token": "owner",
        "writable": True,
        "metrics": False,
        "version": session["version"],
    }


async def test_the_link_works_once_and_then_says_how_to_get_another(browser: Browser):
    await browser.follow_link()
    other = browser_of(browser.world)
    async with other.client:
        answer = await other.follow_link()
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "milepost sign-in" in answer.text
        assert "set-cookie" not in answer.headers
        assert "script-src" not in answer.headers["content-security-policy"]
        assert (await other.get("/session")).status_code == 401


async def test_a_program_that_only_looks_at_the_link_does_not_use_it_up(browser: Browser):
    assert browser.world.server.sign_in_url is not None
    assert (await browser.client.head(browser.world.server.sign_in_url)).status_code == 405
    assert (await browser.follow_link()).status_code == 303


async def test_a_link_is_over_after_ten_minutes(browser: Browser, monkeypatch: pytest.MonkeyPatch):
    sessions = browser.world.server.services.sessions
    later = sessions._clock() + LINK_MILLISECONDS
    monkeypatch.setattr(sessions, "_clock", lambda: later)
    assert (await browser.follow_link()).status_code == 401


@pytest.mark.parametrize(
    "query",
    ["", "?code=", "?code=garbage", "?code=%FF", "?code=a&code=b", f"?code=lnk_{'0' * 49}", "?other=1", "?%FF=%FF"],
)
async def test_garbage_signs_nobody_in(query: str, browser: Browser):
    answer = await browser.get(f"/sign-in{query}")
    assert answer.status_code == 401
    assert "garbage" not in answer.text
    assert "set-cookie" not in answer.headers


async def test_a_pasted_token_signs_in_with_what_it_may_do(browser: Browser):
    reader = await browser.world.issue(READ)
    answer = await browser.sign_in(f" {reader.secret}\n")
    assert answer.status_code == 200
    session = answer.json()
    assert (session["scopes"], session["token"], session["writable"]) == (["events:read"], "test", False)
    assert (await browser.get("/session")).json() == session
    assert (await browser.get("events")).status_code == 200
    assert (await browser.send("POST", "events", json=EVENT)).status_code == 403


async def test_a_bad_token_is_refused_as_everywhere(browser: Browser):
    answer = await browser.sign_in(mint_secret(TokenKind.MCP, lambda count: b"x" * count))
    assert answer.status_code == 401
    assert error_of(answer)["code"] == "INVALID_TOKEN"
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("body", ["{}", "[]", '"x"', "{", '{"token": 1}', '{"token": " "}', '{"token": "a", "b": 1}'])
async def test_what_holds_no_token_is_told_what_to_send(body: str, browser: Browser):
    headers = SAME | {"content-type": "application/json"}
    answer = await browser.send("POST", "/session", headers, content=body)
    assert answer.status_code == 400
    assert error_of(answer)["code"] == "VALIDATION_ERROR"


async def test_a_token_in_the_wrong_place_is_not_told_on(browser: Browser):
    answer = await browser.send("POST", "/session", json={"secret": browser.world.first_secret})
    assert answer.status_code == 400
    assert browser.world.first_secret not in answer.text


async def test_a_form_of_another_page_signs_nobody_in(browser: Browser):
    headers = {"content-type": "text/plain"}
    body = f'{{"token": "{browser.world.first_secret}"}}'
    assert (await browser.send("POST", "/session", headers, content=body)).status_code == 415
    foreign = {"origin": "https://evil.example"}
    assert (await browser.send("POST", "/session", foreign, json={"token": "x"})).status_code == 403


async def test_neither_a_session_nor_a_link_is_taken_for_a_token(browser: Browser):
    await browser.follow_link()
    [secret] = browser.client.cookies.values()
    link = (await browser.world.server.services.sessions.make_link(browser.world.owner)).secret
    for bad in (secret, link):
        assert (await browser.sign_in(bad)).status_code == 401
        answer = await browser.world.client.get("/v3/events", headers=bearer(bad))
        assert answer.status_code == 401


async def test_over_plain_http_the_cookie_is_for_scripts_of_nobody_and_named_by_the_port(browser: Browser):
    cookie = (await browser.follow_link()).headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    assert name == f"milepost_session_{browser.world.port}"
    assert rest.split("; ")[1:] == ["Path=/", "Max-Age=43200", "HttpOnly", "SameSite=Strict"]


@pytest.fixture
async def behind_tls(tmp_path: Path) -> AsyncGenerator[Browser]:
    """A browser that reaches the server under its public address; what it talks to is the proxy's side."""
    public = "https://milepost.example.com"
    async with http_world(tmp_path, public_url=public, port=str(free_port())) as world:
        opened = browser_of(world)
        opened.headers |= {"host": "milepost.example.com"}
        async with opened.client:
            yield opened


async def test_behind_tls_the_cookie_is_bound_to_the_host_and_to_tls(behind_tls: Browser):
    url = behind_tls.world.server.sign_in_url
    assert url is not None
    assert url.startswith("https://milepost.example.com/sign-in?code=lnk_")
    answer = await behind_tls.client.get(url.removeprefix(behind_tls.world.server.url), headers=behind_tls.headers)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-milepost=ses_")
    assert cookie.split("; ")[1:] == ["Path=/", "Max-Age=43200", "HttpOnly", "SameSite=Strict", "Secure"]
    kept = {"cookie": cookie.partition(";")[0], "host": "milepost.example.com"}
    own = kept | {"origin": "https://milepost.example.com"}
    foreign = kept | {"origin": "https://milepost.example.com:8443"}
    assert (await behind_tls.client.get("/session", headers=kept)).status_code == 200
    path = f"/v1/accounts/{behind_tls.world.owner.account_sid}/events"
    assert (await behind_tls.client.post(path, json=EVENT, headers=own)).status_code == 201
    assert (await behind_tls.client.post(path, json=EVENT, headers=foreign)).status_code == 403


async def test_signing_out_ends_the_session_and_has_the_browser_forget_it(browser: Browser):
    await browser.follow_link()
    kept = dict(browser.client.cookies)
    answer = await browser.send("DELETE", "/session")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert dict(browser.client.cookies) == {}
    browser.client.cookies.update(kept)
    assert (await browser.get("/session")).status_code == 401
    assert (await browser.get("events")).status_code == 401


async def test_revoking_the_token_ends_its_session_from_the_next_request_on(browser: Browser):
    token = await browser.world.issue()
    await browser.sign_in(token.secret)
    assert (await browser.get("events")).status_code == 200
    await browser.world.server.services.tokens.revoke(browser.world.owner, token.token.sid)
    for path in ("events", "/session", "/changes"):
        assert (await browser.get(path)).status_code == 401


async def test_what_is_written_names_the_door_and_the_token_behind_the_session(browser: Browser):
    await browser.sign_in((await browser.world.issue(READ, WRITE)).secret)
    created = await browser.send("POST", "events", json=EVENT)
    assert created.status_code == 201
    by = created.json()["createdBy"]
    assert (by["door"], by["token"]) == ("dashboard", "test")


async def test_requests_of_sessions_count_as_those_of_their_token(tmp_path: Path):
    async with http_world(tmp_path, rate_limit="3/hour") as world:
        token = await world.issue()
        one, other = browser_of(world), browser_of(world)
        async with one.client, other.client:
            for browser in (one, other):
                assert (await browser.sign_in(token.secret)).status_code == 200
                assert (await browser.get("events")).status_code == 200
            assert (await world.call(token.secret, "list_events")).status_code == 200
            assert (await one.get("events")).status_code == 429


async def test_failed_sign_ins_count_like_every_bad_token(browser: Browser):
    for number in range(MOST_FAILURES):
        bad = browser.get("/sign-in?code=x") if number % 2 else browser.sign_in("mcp_x")
        assert (await bad).status_code == 401
    assert (await browser.get("/sign-in?code=x")).status_code == 429
    assert (await browser.sign_in("mcp_x")).status_code == 429
    assert (await browser.world.client.get("/mcp", headers=bearer("mcp_x"))).status_code == 429
    assert (await browser.sign_in(browser.world.first_secret)).status_code == 200


async def test_a_token_begins_so_many_sessions_a_minute(browser: Browser):
    assert MOST_SIGN_INS == 30
    for _ in range(MOST_SIGN_INS):
        assert (await browser.sign_in(browser.world.first_secret)).status_code == 200
    assert (await browser.sign_in(browser.world.first_secret)).status_code == 429


async def test_nobody_signs_in_where_everybody_is_the_owner(tmp_path: Path):
    async with http_world(tmp_path, insecure_no_auth="1") as world:
        assert world.server.sign_in_url is None
        session = (await world.client.get("/session")).json()
        assert (session["token"], session["scopes"], session["expiresAt"]) == ("owner", EVERYTHING, None)
        assert (await world.client.delete("/session")).status_code == 204


async def test_a_read_only_milepost_says_so(tmp_path: Path):
    async with http_world(tmp_path, read_only="1") as world:
        browser = browser_of(world)
        async with browser.client:
            await browser.follow_link()
            session = (await browser.get("/session")).json()
            assert (session["writable"], session["scopes"]) == (False, EVERYTHING)


async def test_each_milepost_on_a_machine_has_a_session_of_its_own(tmp_path: Path):
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
    async with (
        http_world(tmp_path / "one") as one,
        http_world(tmp_path / "other") as other,
        httpx2.AsyncClient() as jar,
    ):
        for world in (one, other):
            assert world.server.sign_in_url is not None
            await jar.get(world.server.sign_in_url)
        for world in (one, other):
            session = await jar.get(f"{world.server.url}/session")
            assert session.json()["account"]["sid"] == world.owner.account_sid
