"""A real browser, and a watch over what happens in it: no error on its console, no request to any other host."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Frame, Page, Request, async_playwright

WIDE: Final = {"width": 1100, "height": 720}
PHONE: Final = {"width": 390, "height": 780}
_OFFLINE: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Without these it asks hosts of its maker for this and that."""
_AXE: Final = Path(__file__).parent / "end_to_end/tools/node_modules/axe-core/axe.min.js"
_LOCAL: Final = ("127.0.0.1", "localhost", "")


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    """Debian's Chromium, without a window."""
    program = shutil.which("chromium")
    assert program, "Chromium is not installed: run `make tools`"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(_OFFLINE))
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Watch:
    """What a page did that it should not have done."""

    wrong: list[str] = field(default_factory=list[str])

    def over(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))
        page.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.wrong.append(f"console: {message.text}")

    def _see(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in _LOCAL:
            self.wrong.append(f"request: {request.url}")


@asynccontextmanager
async def visiting(browser: Browser, size: dict[str, int] = WIDE, **options: Any) -> AsyncGenerator[Page]:
    """A page of a browser that remembers nothing of the others; in the end nothing may have gone wrong on it."""
    context = await browser.new_context(viewport={"width": size["width"], "height": size["height"]}, **options)
    page = await context.new_page()
    watch = Watch()
    watch.over(page)
    try:
        yield page
    finally:
        await context.close()
    assert not watch.wrong, watch.wrong


async def accessibility_problems(frame: Page | Frame, within: str = "html") -> list[str]:
    """What axe-core finds by WCAG 2.2 A and AA, and its advice on good practice: a rule and its elements each."""
    assert _AXE.exists(), "axe-core is not installed: run `make tools`"
    await frame.evaluate(_AXE.read_text())
    found: dict[str, Any] = await frame.evaluate("within => axe.run(within)", within)
    return [
        f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found["violations"]
    ]
