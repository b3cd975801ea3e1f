"""What another page can make a browser send: it comes with the cookie of the session, and gets nowhere."""

from __future__ import annotations

import pytest

from tests.interfaces.dashboard.browser import Browser
from tests.interfaces.http_world import error_of, rpc, rpc_headers

EVENT = {"type": "deployment", "name": "v1"}
SITES = ("same-origin", "none", "same-site", "cross-site")
READS = {"same-origin": 200, "none": 200, "same-site": 403, "cross-site": 403}
WRITES = {"same-origin": 201, "none": 403, "same-site": 403, "cross-site": 403}


@pytest.fixture
async def signed_in(browser: Browser) -> Browser:
    await browser.follow_link()
    return browser


@pytest.mark.parametrize("site", SITES)
async def test_where_the_browser_says_what_page_asks_only_our_own_is_answered(site: str, signed_in: Browser):
    headers = {"sec-fetch-site": site}
    assert (await signed_in.get("events", headers)).status_code == READS[site]
    assert (await signed_in.get("/session", headers)).status_code == READS[site]
    created = await signed_in.send("POST", "events", headers, json=EVENT)
    assert created.status_code == WRITES[site]
    if created.status_code == 403:
        assert error_of(created)["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:{port}", 201),
        ("http://127.0.0.1:1", 403),
        ("http://localhost:{port}", 403),
        ("http://127.0.0.1", 403),
        ("https://evil.example", 403),
        ("null", 403),
        (None, 403),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_where_it_does_not_the_origin_has_to_be_ours_for_a_write(
    method: str, origin: str | None, status: int, signed_in: Browser
):
    headers = {} if origin is None else {"origin": origin.format(port=signed_in.world.port)}
    if method == "POST":
        assert (await signed_in.send("POST", "events", headers, json=EVENT)).status_code == status
        return
    sid = (await signed_in.send("POST", "events", json=EVENT)).json()["sid"]
    body = {"json": {"name": "v2"}} if method == "PUT" else {}
    answer = await signed_in.send(method, f"events/{sid}", headers, **body)
    assert answer.status_code == (200 if status == 201 else status)


async def test_reading_needs_no_origin_since_browsers_send_none(signed_in: Browser):
    assert (await signed_in.get("events", {})).status_code == 200
    assert (await signed_in.get("events", {"origin": "http://127.0.0.1:1"})).status_code == 403


async def test_another_page_can_not_sign_the_user_out(signed_in: Browser):
    assert (await signed_in.send("DELETE", "/session", {"sec-fetch-site": "same-site"})).status_code == 403
    assert (await signed_in.get("/session")).status_code == 200


async def test_a_cookie_signs_in_to_no_other_door(signed_in: Browser):
    for path in ("/mcp", "/sse", "/sse/messages", "/v3/events", "/v3/tags"):
        assert (await signed_in.get(path)).status_code == 401
    answer = await signed_in.send("POST", "/mcp", rpc_headers("tools/list"), json=rpc("tools/list"))
    assert answer.status_code == 401


async def test_a_token_beside_the_cookie_is_an_error(signed_in: Browser):
    headers = {"authorization": f"Bearer {signed_in.world.first_secret}", "sec-fetch-site": "same-origin"}
    answer = await signed_in.get("events", headers)
    assert answer.status_code == 400
    assert {problem["field"] for problem in error_of(answer)["details"]} == {"Authorization", "Cookie"}


async def test_two_cookies_of_that_name_are_an_error(signed_in: Browser):
    name = f"milepost_session_{signed_in.world.port}"
    headers = {"cookie": f"{name}=a; other=1; {name}=b"}
    signed_in.client.cookies.clear()
    assert (await signed_in.get("events", headers)).status_code == 400
