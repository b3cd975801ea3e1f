"""Word of changes: what a session may know of, from any door, for as long as it lives."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from milepost.app.backend import open_backend
from milepost.domain.event import EventChange
from milepost.domain.history import ChangeKind, Notice, PurgeSelection
from milepost.domain.token import TokenKind
from milepost.interfaces.dashboard import news
from milepost.interfaces.dashboard.changes import MOST_STREAMS
from milepost.interfaces.dashboard.news import HEARTBEAT, MISSED, MOST_WAITING, News
from milepost.services.tokens import TokenDraft
from milepost.settings import read_settings
from tests.interfaces.dashboard.browser import SAME, Browser
from tests.interfaces.http_world import GUARD_SECONDS, READ, WRITE, World, environment, error_of
from tests.services.world import draft


@asynccontextmanager
async def followed(browser: Browser) -> AsyncGenerator[AsyncIterator[str]]:
    """The lines of a stream."""
    async with browser.client.stream("GET", "/changes", headers=SAME) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = answer.aiter_lines()
        with anyio.fail_after(GUARD_SECONDS):
            assert (await anext(lines)).startswith(":")
        yield lines


async def told(lines: AsyncIterator[str]) -> Any:
    """The next thing that is told."""
    with anyio.fail_after(GUARD_SECONDS):
        async for line in lines:
            if line.startswith("data: "):
                return json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream ended")


async def ended(lines: AsyncIterator[str]) -> list[str]:
    """What comes until the stream ends."""
    with anyio.fail_after(GUARD_SECONDS):
        return [line async for line in lines]


async def test_every_change_is_told_whatever_door_it_came_through(browser: Browser):
    await browser.follow_link()
    services, owner = browser.world.server.services, browser.world.owner
    async with followed(browser) as lines:
        answer = await browser.world.call(browser.world.first_secret, "create_event", type="custom", name="over MCP")
        sid = answer.json()["result"]["structuredContent"]["sid"]
        assert await told(lines) == {"sid": sid, "kind": "created"}
        await services.events.change(owner, sid, EventChange(name="other"))
        assert await told(lines) == {"sid": sid, "kind": "changed"}
        await browser.send("DELETE", f"events/{sid}")
        assert await told(lines) == {"sid": sid, "kind": "deleted"}
        await services.history.restore(owner, sid)
        assert await told(lines) == {"sid": sid, "kind": "restored"}
        await services.history.purge(
            owner, PurgeSelection(account_sid=owner.account_sid, event_sid=sid), lambda _: None
        )
        assert await told(lines) == {"kind": "missed"}


async def test_another_process_on_the_same_file_is_heard(browser: Browser, tmp_path: Path):
    await browser.follow_link()
    async with followed(browser) as lines, open_backend(read_settings(environment(tmp_path, {}))) as other:
        event = (await other.services.events.create(browser.world.owner, draft())).event
        assert await told(lines) == {"sid": event.sid, "kind": "created"}


async def test_a_session_hears_of_nothing_that_its_token_may_not_see(browser: Browser):
    services, owner = browser.world.server.services, browser.world.owner
    issued = await services.tokens.issue(
        owner, TokenDraft(kind=TokenKind.MCP, name="one bucket", buckets=("checkout",))
    )
    await browser.sign_in(issued.secret)
    async with followed(browser) as lines:
        await services.events.create(owner, draft(buckets=("search",)))
        seen = (await services.events.create(owner, draft(buckets=("checkout",)))).event
        assert await told(lines) == {"sid": seen.sid, "kind": "created"}


async def test_a_session_without_the_scope_is_refused(browser: Browser):
    await browser.sign_in((await browser.world.issue(WRITE)).secret)
    answer = await browser.get("/changes")
    assert answer.status_code == 403
    assert "events:read" in error_of(answer)["message"]


async def test_the_stream_needs_a_session(browser: Browser):
    assert (await browser.get("/changes")).status_code == 401
    await browser.follow_link()
    assert (await browser.send("POST", "/changes")).status_code == 405


async def test_revoking_the_token_ends_the_stream(browser: Browser):
    token = await browser.world.issue(READ)
    await browser.sign_in(token.secret)
    async with followed(browser) as lines:
        await browser.world.server.services.tokens.revoke(browser.world.owner, token.token.sid)
        await ended(lines)


async def test_signing_out_ends_the_streams_of_that_session_alone(world: World, browser: Browser):
    await browser.sign_in(world.first_secret)
    kept = dict(browser.client.cookies)
    async with followed(browser) as ending:
        browser.client.cookies.clear()
        await browser.sign_in(world.first_secret)
        async with followed(browser) as staying:
            other = dict(browser.client.cookies)
            browser.client.cookies.clear()
            browser.client.cookies.update(kept)
            await browser.send("DELETE", "/session")
            await ended(ending)
            browser.client.cookies.update(other)
            event = (await world.server.services.events.create(world.owner, draft())).event
            assert await told(staying) == {"sid": event.sid, "kind": "created"}


async def test_the_stream_ends_when_the_server_stops(browser: Browser):
    await browser.follow_link()
    async with followed(browser) as lines:
        browser.world.server.stop()
        await ended(lines)
        with anyio.fail_after(GUARD_SECONDS):
            await browser.world.server.ended.wait()


async def test_a_session_has_so_many_streams_at_once(browser: Browser):
    assert MOST_STREAMS == 20
    await browser.follow_link()
    async with AsyncExitStack() as stack:
        for _ in range(MOST_STREAMS):
            await stack.enter_async_context(followed(browser))
        assert (await browser.get("/changes")).status_code == 429
    with anyio.fail_after(GUARD_SECONDS):
        while not await _opens(browser):
            pass


async def _opens(browser: Browser) -> bool:
    async with browser.client.stream("GET", "/changes", headers=SAME) as answer:
        return answer.status_code == 200


async def test_a_quiet_stream_says_that_it_is_there(monkeypatch: pytest.MonkeyPatch):
    assert news.HEARTBEAT_SECONDS == 15
    monkeypatch.setattr(news, "HEARTBEAT_SECONDS", 0)
    assert await News().taken() == HEARTBEAT


async def test_who_is_far_behind_is_told_to_read_everything_again():
    async def notices() -> AsyncIterator[Notice]:
        for number in range(MOST_WAITING + 1):
            yield Notice(kind=ChangeKind.CREATED, account_sid="a", event_sid=f"evt_{number}")

    behind = News()
    await behind.gather(notices())
    assert await behind.taken() == MISSED


async def test_what_happens_to_an_event_is_told_in_order():
    async def notices() -> AsyncIterator[Notice]:
        for kind in (ChangeKind.CHANGED, ChangeKind.DELETED, ChangeKind.RESTORED, ChangeKind.CHANGED):
            yield Notice(kind=kind, account_sid="a", event_sid="evt_1")

    gathered = News()
    await gathered.gather(notices())
    kinds = [json.loads(line)["kind"] for line in (await gathered.taken()).split()[1::2]]
    assert kinds == ["deleted", "restored", "changed"]
