"""Milepost in front of Milepost: one serves, the other asks it in ApiTraffic's or in Apica's words, through every door."""

import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID

from milepost.domain.event import Check, Severity
from milepost.domain.token import TokenScope
from tests.interfaces.dashboard.browser import browser_of
from tests.interfaces.http_world import bearer, call, free_port, rpc, rpc_headers
from tests.interfaces.rest.api import MISSING, Api, refused, rest_api
from tests.services.world import draft

SHOWING_PAGES = {EXTENSION_ID: {"mimeTypes": [APP_MIME_TYPE]}}
WHOLE = {
    "type": "incident",
    "name": "Checkout is slow",
    "description": "p95 over 2 s",
    "source": "pager",
    "metadata": {"z": 1, "a": [1.5, None]},
    "bucketSids": ["checkout"],
    "environmentSids": ["prod01"],
    "startedAt": "2026-01-15T14:30:00.250Z",
    "severity": "E",
    "tags": {"team": ["payments"]},
    "check": {"id": 42, "symbol": "login", "descriptor": None},
    "dedupKey": "pager:1",
}


@asynccontextmanager
async def in_front_of(back: Api, folder: Path, kind: str, **settings: str) -> AsyncGenerator[Api]:
    """A Milepost whose back end is the other one."""
    folder.mkdir()
    url = back.world.server.url
    addresses = {"apitraffic": f"apitraffic+{url}/v1/accounts/{back.account}", "apica": f"apica+{url}/v3"}
    credential = {"apitraffic_token": back.secret, "apica_ticket": back.secret}
    state = f"sqlite:///{folder / 'state.db'}"
    async with rest_api(folder, backend=addresses[kind], state=state, **credential, **settings) as front:
        yield front


@pytest.fixture
async def back(tmp_path: Path) -> AsyncGenerator[Api]:
    async with rest_api(tmp_path) as api:
        yield api


async def test_a_program_can_not_tell_apitraffic_in_between(back: Api, tmp_path: Path) -> None:
    async with in_front_of(back, tmp_path / "front", "apitraffic") as front:
        assert front.account == back.account
        created = await front.post("events", WHOLE)
        assert created.status_code == 201
        record = created.json()
        assert {name: record[name] for name in WHOLE} == WHOLE | {"dedupKey": "pager:1"}
        assert record["createdBy"]["door"] == "rest"

        again = await front.post("events", WHOLE | {"name": "again"})
        assert (again.status_code, again.headers["dedup-replayed"], again.json()) == (200, "true", record)
        assert (await front.get(f"events/{record['sid']}")).json() == record
        for filters in (
            {"severity": "E"},
            {"includeTag": "team~payments"},
            {"dedupKey": "pager:1"},
            {"ongoing": "true"},
        ):
            assert await front.found(**filters) == ["Checkout is slow"]
        assert await front.found(severity="W") == []

        closed = await front.put(f"events/{record['sid']}", {"endedAt": "2026-01-15T15:00:00Z", "tags": None})
        assert closed.status_code == 200
        assert (closed.json()["endedAt"], closed.json()["tags"]) == ("2026-01-15T15:00:00.000Z", None)
        assert closed.json()["metadata"] == WHOLE["metadata"]

        deleted = await front.delete(f"events/{record['sid']}")
        assert deleted.json() == {"sid": record["sid"], "deleted": True}
        refused(await front.delete(f"events/{record['sid']}"), 404)
        assert await back.found() == []


async def test_an_etag_notices_a_change_made_past_this_milepost(back: Api, tmp_path: Path) -> None:
    async with in_front_of(back, tmp_path / "front", "apitraffic") as front:
        record = await front.record()
        path = f"events/{record['sid']}"
        tag = (await front.get(path)).headers["etag"]
        await back.put(path, {"name": "changed there"})
        refused(await front.put(path, {"name": "changed here"}, {"if-match": tag}), 412)
        fresh = (await front.get(path)).headers["etag"]
        assert (await front.put(path, {"name": "changed here"}, {"if-match": fresh})).status_code == 200


async def test_what_an_upstream_does_not_keep_is_said(back: Api, tmp_path: Path) -> None:
    async with in_front_of(back, tmp_path / "front", "apitraffic") as front:
        record = await front.record()
        refused(await front.get(f"events/{record['sid']}/history"), 404)
        refused(await front.post(f"events/{record['sid']}/restore"), 405)
        assert (await front.get("/v3/tags")).json() == []


async def test_tokens_and_places_stay_with_the_milepost_in_front(back: Api, tmp_path: Path) -> None:
    async with in_front_of(back, tmp_path / "front", "apitraffic") as front:
        await front.post("buckets", {"name": "checkout", "sid": "bkt_checkout"})
        await front.record(bucketSids=["checkout"], name="here")
        await back.record(bucketSids=["bkt_other"], name="elsewhere")
        restricted = await front.with_token(TokenScope.EVENTS_READ, buckets=("checkout",))
        assert await restricted.found() == ["here"]
        assert (await back.get("buckets")).json()["records"] == []
        stranger = replace(back, world=front.world)
        refused(await stranger.get("events"), 401)


@pytest.mark.parametrize(("kind", "writable"), [("apitraffic", True), ("apica", False)])
async def test_people_sign_in_to_the_milepost_in_front(kind: str, writable: bool, back: Api, tmp_path: Path) -> None:
    await back.record(name="kept elsewhere")
    async with in_front_of(back, tmp_path / "front", kind) as front:
        browser = browser_of(front.world)
        async with browser.client:
            assert (await browser.follow_link()).status_code == 303
            session = (await browser.get("/session")).json()
            assert (session["account"]["sid"], session["writable"]) == (front.account, writable)
            found = (await browser.get("events")).json()["records"]
            assert [record["name"] for record in found] == ["kept elsewhere"]
            assert (await browser.sign_in(back.secret)).status_code == 401


async def test_apicas_events_are_read_through_every_door_and_written_through_none(back: Api, tmp_path: Path) -> None:
    services, owner = back.world.server.services, back.world.owner
    check = Check(12345, "login", "Login from Stockholm")
    await services.events.create(owner, draft(name="Login failed", severity=Severity.FATAL, check=check))
    await services.events.create(owner, draft(name="All is well", tags={"Environment": ("Prod",)}))
    async with in_front_of(back, tmp_path / "front", "apica") as front:
        found = (await front.get("events")).json()["records"]
        assert {(one["type"], one["name"], one["severity"]) for one in found} == {
            ("incident", "Login failed", "F"),
            ("custom", "All is well", "I"),
        }
        assert {one["accountSid"] for one in found} == {front.account}
        assert await front.found(checkId=12345, severity="F") == ["Login failed"]
        assert await front.found(includeTag="Environment~Prod;Dev") == ["All is well"]
        assert await front.found(type="deployment") == []
        for record in found:
            assert (await front.get(f"events/{record['sid']}")).json() == record
        refused(await front.get(f"events/{MISSING}"), 404)
        rows = (await front.get("/v3/events")).json()
        assert [row["event_message"] for row in rows] == [record["name"] for record in found]

        refused(await front.post("events", {"type": "custom", "name": "x"}), 405)
        refused(await front.put(f"events/{found[0]['sid']}", {"name": "x"}), 405)
        refused(await front.delete(f"events/{found[0]['sid']}"), 405)
        headers = rpc_headers("tools/list") | bearer(front.secret)
        listed = await front.world.client.post("/mcp", json=rpc("tools/list"), headers=headers)
        names = [tool["name"] for tool in listed.json()["result"]["tools"]]
        assert sorted(names) == ["get_event", "list_events", "show_timeline"]
        answer = (await front.world.call(front.secret, "list_events")).json()["result"]
        assert len(answer["structuredContent"]["records"]) == 2


async def test_a_drawn_timeline_is_gathered_from_the_short_pages_of_an_api(back: Api, tmp_path: Path) -> None:
    minutes = [f"2026-01-15T{14 + minute // 60}:{minute % 60:02}:00Z" for minute in range(120)]
    events = [{"type": "custom", "name": minute, "startedAt": minute} for minute in minutes]
    assert (await back.post("events:batch", {"events": events})).is_success
    async with in_front_of(back, tmp_path / "front", "apitraffic") as front:
        window = {"startTime": minutes[0], "endTime": minutes[-1]}
        body, headers = call("show_timeline", **window)
        body["params"]["_meta"] |= {"io.modelcontextprotocol/clientCapabilities": {"extensions": SHOWING_PAGES}}
        answer = await front.world.client.post("/mcp", json=body, headers=headers | bearer(front.secret))

    drawn = answer.json()["result"]["structuredContent"]
    assert [record["name"] for record in drawn["records"]] == minutes[::-1]
    assert drawn["hasMore"] is False


async def test_an_overlay_is_in_every_list_and_one_that_is_away_is_named(back: Api, tmp_path: Path) -> None:
    for minute, name in enumerate(("first", "second", "third", "fourth"), 30):
        await back.record(name=name, startedAt=f"2026-01-15T14:{minute}:00Z")
    here = tmp_path / "front"
    here.mkdir()
    gone = f"http://127.0.0.1:{free_port()}/v3"
    address = f"{back.world.server.url}/v1/accounts/{back.account}"
    settings = {
        "overlays": f"apitraffic+{address},apica+{gone}",
        "apitraffic_token": back.secret,
        "apica_ticket": "C471ADC4-19B4",
    }
    async with rest_api(here, **settings) as front:
        await front.record(name="own", startedAt="2026-01-15T14:32:30Z")
        page = await front.get("events", limit=2)
        body = page.json()
        assert [record["name"] for record in body["records"]] == ["fourth", "own"]
        assert {record["accountSid"] for record in body["records"]} == {front.account}
        [warning] = body["warnings"]
        assert warning["source"] == f"apica:{gone.removeprefix('http://').removesuffix('/v3')}"
        assert "can't be reached" in warning["message"]
        rest = (await front.get("events", limit=2, cursor=body["nextCursor"])).json()
        assert [record["name"] for record in rest["records"]] == ["third", "second"]
        assert "C471ADC4" not in json.dumps([body, rest])

        await front.get(f"events/{rest['records'][0]['sid']}")
        for method, rest_of_it in (("PUT", {"json": {"name": "x"}}), ("DELETE", {})):
            answer = await front.send(method, f"events/{rest['records'][0]['sid']}", **rest_of_it)
            refused(answer, 405)
            assert "is only read here" in answer.json()["error"]["message"]
        refused(await front.delete(f"events/{MISSING}"), 404)
        answer = (await front.world.call(front.secret, "list_events")).json()["result"]
        assert answer["structuredContent"]["warnings"] == body["warnings"]
        assert "Missing here: apica:127.0.0.1" in answer["content"][0]["text"]
        rows = await front.get("/v3/events")
        assert len(rows.json()) == 5
        assert "can't be reached" in rows.headers["x-milepost-warning"]


async def test_subscribers_hear_of_what_is_written_through_this_milepost(back: Api, tmp_path: Path) -> None:
    async with in_front_of(back, tmp_path / "front", "apitraffic") as front:
        services, owner = front.world.server.services, front.world.owner
        async with services.history.listen(owner) as notices:
            record = await front.record()
            await front.put(f"events/{record['sid']}", {"name": "x"})
            await front.put(f"events/{record['sid']}", {"name": "x"})
            await front.delete(f"events/{record['sid']}")
            with anyio.fail_after(20):
                told = [await anext(notices) for _ in range(3)]
        assert [notice.kind for notice in told] == ["created", "changed", "deleted"]
        assert {notice.event_sid for notice in told} == {record["sid"]}


async def test_an_upstream_that_is_away_is_503_and_one_that_refuses_us_says_what_to_mend(
    back: Api, tmp_path: Path
) -> None:
    async with in_front_of(back, tmp_path / "front", "apitraffic") as front:
        record = await front.record()
        await back.send("DELETE", f"apiTokens/{(await back.get('apiTokens')).json()['records'][0]['sid']}")
        answer = await front.get(f"events/{record['sid']}")
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "UPSTREAM_UNAVAILABLE"
        assert "refuses Milepost's own credential" in answer.json()["error"]["message"]
        assert answer.headers["retry-after"]


async def test_no_credential_of_an_upstream_is_in_any_log(
    back: Api, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gone = f"apica+http://127.0.0.1:{free_port()}/v3"
    here = tmp_path / "front"
    here.mkdir()
    async with rest_api(here, overlays=gone, apica_ticket="C471ADC4-19B4-4219") as front:
        await front.get("events")
    async with in_front_of(back, tmp_path / "second", "apica") as front:
        await front.get("events")
    said = "\n".join(str(record.__dict__) for record in caplog.records)
    assert "can't be reached" in said
    assert "C471ADC4" not in said
    assert back.secret not in said
