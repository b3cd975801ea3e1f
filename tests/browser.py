"""Debian's Chromium without a screen, driven by playwright, and what is noticed there of pages: what none of them may ever do."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Frame, Page, Request, sync_playwright

from tests.end_to_end.support.node import TOOLS

PROGRAM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
HOSTILE = '"><img src=x onerror=alert(1)>'
"""Opens a dialog wherever it is taken for markup."""
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
AXE = TOOLS / "axe-core" / "axe.min.js"
FIND = """async () => {
  const {violations} = await axe.run();
  return violations.flatMap(({id, nodes}) => nodes.map(({html, failureSummary}) => `${id}: ${html} ${failureSummary}`));
}"""


@contextmanager
def running_browser() -> Generator[Browser]:
    """One without a past, ended afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page, and what was noticed of it. `refusals` are the statuses that it may meet, which Chromium also writes into the console."""

    page: Page
    url: str
    refusals: set[int] = field(default_factory=set[int])
    noticed: list[str] = field(default_factory=list[str])

    def watch(self) -> None:
        page, host = self.page, urlsplit(self.url).netloc

        def asked(request: Request) -> None:
            if urlsplit(request.url).netloc not in {host, ""}:
                self.noticed.append(f"asked {request.url}")

        def complained(kind: str, text: str) -> None:
            refused = REFUSED.match(text)
            if kind in {"error", "warning"} and not (refused and int(refused[1]) in self.refusals):
                self.noticed.append(f"{kind}: {text}")

        page.on("request", asked)
        page.on("console", lambda message: complained(message.type, message.text))
        page.on("pageerror", lambda error: self.noticed.append(str(error)))
        page.on("dialog", lambda dialog: self.noticed.append(f"dialog: {dialog.message}"))


SomeVisit = TypeVar("SomeVisit", bound=Visit)


@contextmanager
def visit(browser: Browser, kind: type[SomeVisit], url: str, **options: Any) -> Generator[SomeVisit]:
    """A visit in a context of its own; at its end nothing must have been noticed."""
    settings: dict[str, Any] = {
        "viewport": DESK,
        "timezone_id": "Europe/Stockholm",
        "locale": "en-GB",
        "color_scheme": "light",
    } | options
    context = browser.new_context(**settings)
    try:
        made = kind(context.new_page(), url)
        made.watch()
        yield made
        assert made.noticed == [], made.noticed
    finally:
        context.close()


def accessibility_problems(page: Page | Frame) -> list[str]:
    """What axe-core finds by WCAG and its advice on good practice, an element each, and a page wider than its screen."""
    page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(FIND)
    overflow: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, *([f"the page is {overflow} pixels wider than the screen"] if overflow > 0 else [])]
