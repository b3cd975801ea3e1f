"""A host with MCP Apps: its window in a browser with the page in it, and its connection to a real Milepost."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client
from mcp.client import advertise
from mcp.client.streamable_http import streamable_http_client
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from playwright.sync_api import Browser, Frame, Locator, Page, Route

from tests.browser import Visit, visit
from tests.end_to_end.support.shop import Shop

SHOWING_PAGES = [advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})]
PAGE_PATH = "/host/page.html"
SPECIFIED = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; media-src 'self' data:; connect-src 'none'"
)
"""What a host allows a page that asks for nothing: MCP Apps 2026-01-26, "Content Security Policy"."""
VIEWER = {"theme": "light", "timeZone": "Europe/Stockholm", "locale": "en-GB"}
Json = dict[str, Any]


@dataclass
class Connection:
    """The official client. It lives in a thread of its own, since the browser's loop runs in this one."""

    portal: BlockingPortal
    client: Client

    def call(self, name: str, arguments: Json) -> Json:
        result = self.portal.call(self.client.call_tool, name, arguments)
        return result.model_dump(mode="json", by_alias=True, exclude_none=True)

    def page_of(self, name: str) -> Json:
        """The page that a tool names, as the server gives it."""
        listed = self.portal.call(self.client.list_tools).tools
        (meta,) = [tool.meta for tool in listed if tool.name == name]
        assert meta is not None
        (content,) = self.portal.call(self.client.read_resource, meta["ui"]["resourceUri"]).contents
        return content.model_dump(mode="json", by_alias=True, exclude_none=True)


@asynccontextmanager
async def _client(shop: Shop, token: str) -> AsyncGenerator[Client]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=httpx2.Timeout(20, read=None)) as http,
        Client(
            streamable_http_client(f"{shop.url}/mcp", http_client=http), mode="auto", extensions=SHOWING_PAGES
        ) as client,
    ):
        yield client


@contextmanager
def connected(shop: Shop) -> Generator[Connection]:
    """A connection with a token that may read and write events."""
    token = shop.token("events:read", "events:write", kind="mcp")["token"]
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(_client(shop, token)) as client:
        yield Connection(portal, client)


@dataclass
class Stage:
    """The host. `page` is its own window; the App's page is in a frame of that."""

    page: Page
    url: str
    shop: Shop
    connection: Connection

    def show(self, arguments: Json | None = None, **viewer: Any) -> Frame:
        """Have the assistant call `show_timeline`, and its page shown and drawn for who looks at it so."""
        self.page.goto(self.url)
        self.page.evaluate(
            "([path, given, context]) => host.start(path, given, context)",
            [PAGE_PATH, arguments or {}, VIEWER | viewer],
        )
        frame = self.page.frames[1]
        frame.locator("canvas").first.wait_for()
        return frame

    def heard(self, what: str) -> Any:
        """What the page told the host: `calls`, `said`, `contexts`, `sizes`, `initialized`."""
        return self.page.evaluate("what => host.heard[what]", what)

    def wait_for_calls(self, count: int) -> list[Json]:
        self.page.wait_for_function("count => host.heard.calls.length === count", arg=count)
        return self.heard("calls")


@contextmanager
def staged(browser: Browser, harness: str, shop: Shop, **options: Any) -> Generator[Stage]:
    """A host in a window like that, connected to the shop's Milepost."""

    def hand_over(route: Route) -> None:
        content = connection.page_of("show_timeline")
        headers = {"Content-Security-Policy": SPECIFIED}
        route.fulfill(content_type="text/html; charset=utf-8", headers=headers, body=content["text"])

    with connected(shop) as connection, visit(browser, Visit, f"{harness}/host/index.html", **options) as visited:
        visited.page.expose_function("callMilepost", connection.call)
        visited.page.route(f"**{PAGE_PATH}", hand_over)
        yield Stage(visited.page, visited.url, shop, connection)


def mark(frame: Frame, sid: str) -> Locator:
    return frame.locator(f'.mark[data-sids~="{sid}"]')


def middle(shown: Locator) -> float:
    """Where it is on the screen, from the left."""
    box = shown.bounding_box()
    assert box
    return box["x"] + box["width"] / 2
