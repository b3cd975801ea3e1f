"""The MCP App in a host: the package's own bridge in a real browser, the real server behind it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client import advertise
from mcp.client.streamable_http import streamable_http_client
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from playwright.async_api import Browser, Frame, Page

from milepost.interfaces.mcp_server.timeline_page import BUILT_PAGE, URI
from tests.browser import PHONE, WIDE, accessibility_problems, visiting
from tests.end_to_end.support.process import create_token, serving
from tests.web.built import APP_PATH
from tests.web.made_up import HOSTILE

LARGEST_BYTES = 400 * 1024
DRAWING = [advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})]
NOW = datetime.now(UTC)
Json = dict[str, Any]


@dataclass
class Stage:
    """A host that shows the page, and the server whose tools it calls."""

    page: Page
    client: Client
    sids: dict[str, str] = field(default_factory=dict[str, str])

    async def create(self, name: str, kind: str, hours_ago: float, **fields: Any) -> None:
        started = (NOW - timedelta(hours=hours_ago)).isoformat()
        result = await self.client.call_tool(
            "create_event", {"type": kind, "name": name, "startedAt": started, **fields}
        )
        assert result.structured_content is not None
        self.sids[name] = result.structured_content["sid"]

    async def start(self, address: str, given: Json | None = None, **context: Any) -> Frame:
        """Show the timeline in the host, for a call with these arguments."""
        await self.page.goto(f"{address}/host/index.html")
        await self.page.evaluate(
            "([address, given, context]) => host.start(address, given, context)",
            [APP_PATH, given or {}, {"theme": "light", "timeZone": "Europe/Berlin", "locale": "en-GB"} | context],
        )
        frame = self.page.frames[1]
        await frame.wait_for_selector("canvas")
        return frame

    async def heard(self, what: str) -> Any:
        return await self.page.evaluate("what => host.heard[what]", what)


@asynccontextmanager
async def staged(browser: Browser, folder: Path, size: dict[str, int] = WIDE) -> AsyncGenerator[Stage]:
    database = folder / "staged.db"
    headers = {"Authorization": f"Bearer {create_token(database)}"}
    with serving(database) as server:
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False) as http,
            Client(streamable_http_client(f"{server.url}/mcp", http_client=http), extensions=DRAWING) as client,
            visiting(browser, size) as page,
        ):

            async def call(name: str, given: Json) -> Json:
                result = await client.call_tool(name, given)
                return result.model_dump(mode="json", by_alias=True, exclude_none=True)

            await page.expose_function("callMilepost", call)
            yield Stage(page, client)


@pytest.fixture
async def stage(browser: Browser, tmp_path: Path) -> AsyncGenerator[Stage]:
    async with staged(browser, tmp_path) as stage:
        await stage.create("v2.3.1", "deployment", 6, source="ci", metadata={"commit": "a1b2"})
        await stage.create("Checkout is slow", "incident", 5, description="p99 over 3 s", bucketSids=["checkout"])
        await stage.create("Pool 20 to 40", "config_change", 2)
        yield stage


async def test_it_is_one_small_file_that_needs_no_other(stage: Stage):
    (content,) = (await stage.client.read_resource(URI)).contents
    page = content.model_dump()["text"]

    assert page == BUILT_PAGE.read_text(encoding="utf-8")
    assert len(page.encode()) <= LARGEST_BYTES
    assert "<link" not in page
    assert "src=" not in page.split("<script", 1)[0]


async def test_the_host_shows_the_answer_drawn(stage: Stage, pages: str):
    frame = await stage.start(pages)

    assert await stage.heard("initialized") is True
    assert await frame.locator(".mark").count() == 3
    box = await frame.locator(".u-over").first.bounding_box()
    mark = await frame.locator(f'.mark[data-sid="{stage.sids["Pool 20 to 40"]}"]').bounding_box()
    assert box is not None
    assert mark is not None
    # The window is the last day up to the call, some seconds after NOW.
    assert abs((mark["x"] + 12 - box["x"]) - 22 / 24 * box["width"]) <= 2
    assert "MILEPOST_PROMETHEUS_URL" in await frame.get_by_role("status").first.inner_text()
    assert (await stage.heard("sizes"))[-1]["height"] > 100


async def test_zooming_asks_the_server_through_the_host_with_the_same_filters(stage: Stage, pages: str):
    frame = await stage.start(pages, {"type": ["incident", "config_change"]})
    assert await frame.locator(".mark").count() == 2

    box = await frame.locator(".u-over").first.bounding_box()
    assert box is not None
    y = box["y"] + 30
    await stage.page.mouse.move(box["x"] + box["width"] * 0.5, y)
    await stage.page.mouse.down()
    await stage.page.mouse.move(box["x"] + box["width"] * 0.875, y, steps=3)
    await stage.page.mouse.up()
    await frame.wait_for_function("() => document.querySelectorAll('.mark').length === 1")

    (call,) = await stage.heard("calls")
    assert call["name"] == "show_timeline"
    assert call["arguments"]["type"] == ["incident", "config_change"]
    start = datetime.fromisoformat(call["arguments"]["startTime"])
    end = datetime.fromisoformat(call["arguments"]["endTime"])
    assert abs((end - start) - timedelta(hours=9)) < timedelta(minutes=3)
    told = (await stage.heard("contexts"))[-1]["content"][0]["text"]
    assert call["arguments"]["startTime"] in told

    await frame.get_by_role("button", name="Back").click()
    assert await frame.locator(".mark").count() == 2
    await frame.get_by_role("button", name="7d").click()
    await frame.wait_for_function("() => document.querySelector('.window').textContent.length > 0")
    await stage.page.wait_for_function("() => host.heard.calls.length === 2")
    assert (await stage.heard("calls"))[1]["arguments"]["startTime"] == "now-7d"


async def test_closing_an_incident_is_put_before_the_user_and_not_done(stage: Stage, pages: str):
    sid = stage.sids["Checkout is slow"]
    frame = await stage.start(pages)
    await frame.locator(f'.mark[data-sid="{sid}"]').click()
    details = frame.get_by_role("region", name="Event: Checkout is slow")
    await details.get_by_text("p99 over 3 s").wait_for()

    await details.get_by_role("button", name="Close incident").click()
    assert await stage.heard("said") == []
    await details.get_by_role("button", name="Send to the conversation").click()
    await details.get_by_text("Sent.").wait_for()

    ((said),) = await stage.heard("said")
    assert said["role"] == "user"
    text = said["content"][0]["text"]
    assert f'Please call update_event with {{"sid":"{sid}","endedAt":"' in text
    assert "Checkout" not in text
    (event,) = (await stage.client.call_tool("list_events", {"ongoing": True})).structured_content["records"]  # type: ignore[index]
    assert event["sid"] == sid
    assert {call["name"] for call in await stage.heard("calls")} == {"get_event"}


async def test_only_what_the_user_changed_is_proposed(stage: Stage, pages: str):
    sid = stage.sids["v2.3.1"]
    frame = await stage.start(pages)
    await frame.locator(f'.mark[data-sid="{sid}"]').click()
    await frame.get_by_role("button", name="Edit").click()
    await frame.get_by_label("Description").fill("Rolled back at noon")
    await frame.get_by_role("button", name="Prepare the change").click()

    prepared = await frame.get_by_label("What is sent to the assistant").input_value()
    assert prepared == f'Please call update_event with {{"sid":"{sid}","description":"Rolled back at noon"}}.'


async def test_where_the_host_takes_no_messages_the_words_can_be_copied(stage: Stage, pages: str):
    frame = await stage.start(pages)
    await stage.page.evaluate("() => host.refuseMessages()")
    await frame.locator(f'.mark[data-sid="{stage.sids["Checkout is slow"]}"]').click()
    await frame.get_by_role("button", name="Close incident").click()
    await frame.get_by_role("button", name="Send to the conversation").click()

    await frame.get_by_text("copy the text").wait_for()
    assert "update_event" in await frame.evaluate(
        "() => getSelection().toString() || document.querySelector('textarea').value"
    )


async def test_it_follows_the_hosts_theme_and_colours(stage: Stage, pages: str):
    frame = await stage.start(pages, theme="dark")
    assert await frame.evaluate("() => document.documentElement.dataset.theme") == "dark"
    assert await frame.locator(".timeline").get_attribute("data-theme") == "dark"

    styles = {"variables": {"--color-background-primary": "rgb(10, 20, 30)"}}
    await stage.page.evaluate("context => host.setContext(context)", {"theme": "light", "styles": styles})
    await frame.wait_for_function("() => document.querySelector('.timeline').dataset.theme === 'light'")
    assert await frame.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(10, 20, 30)"


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing(theme: str, stage: Stage, pages: str):
    frame = await stage.start(pages, theme=theme)
    assert await accessibility_problems(frame) == []
    await frame.locator(f'.mark[data-sid="{stage.sids["Checkout is slow"]}"]').click()
    await frame.get_by_role("button", name="Close incident").click()
    assert await accessibility_problems(frame) == []
    await frame.get_by_role("button", name="Edit").click()
    assert await accessibility_problems(frame) == []


async def test_it_fits_on_a_phone(browser: Browser, tmp_path: Path, pages: str):
    async with staged(browser, tmp_path, PHONE) as stage:
        await stage.create("v2.3.1", "deployment", 6)
        frame = await stage.start(pages)
        await frame.locator(".mark").click()
        assert await frame.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


async def test_what_an_event_holds_is_never_markup(browser: Browser, tmp_path: Path, pages: str):
    async with staged(browser, tmp_path) as stage:
        everywhere = {
            "description": HOSTILE,
            "source": HOSTILE,
            "metadata": {HOSTILE: HOSTILE},
            "tags": {HOSTILE: [HOSTILE]},
            "check": {"id": 1, "symbol": HOSTILE, "descriptor": HOSTILE},
            "dedupKey": HOSTILE,
        }
        await stage.create(HOSTILE, "incident", 3, **everywhere)
        frame = await stage.start(pages, {"source": HOSTILE})

        await frame.locator(".mark").hover()
        assert HOSTILE in await frame.get_by_role("tooltip").inner_text()
        await frame.locator(".mark").click()
        details = frame.get_by_role("region")
        await details.locator("pre").wait_for()
        assert (await details.inner_text()).count(HOSTILE) >= 5
        await frame.get_by_role("button", name="Close incident").click()
        assert HOSTILE not in await frame.get_by_label("What is sent to the assistant").input_value()
        assert await frame.locator("img").count() == 0


async def test_a_failure_is_told_where_the_answer_would_be(stage: Stage, pages: str):
    frame = await stage.start(pages)
    await stage.page.evaluate("() => { window.callMilepost = () => Promise.reject(new Error('gone')); }")
    await frame.get_by_role("button", name="1h").click()

    await frame.get_by_text("The host couldn't reach Milepost.").wait_for()
    assert await frame.locator(".mark").count() == 3
