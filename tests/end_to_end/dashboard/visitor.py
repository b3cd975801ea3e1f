"""Somebody in front of a browser, who notices what a page must never do: complain in the console, ask another host, run event text."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, Request

REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass
class Visitor:
    """`refusals` are the statuses that this visit may meet, which Chromium also writes into the console."""

    page: Page
    url: str
    refusals: set[int] = field(default_factory=set[int])
    noticed: list[str] = field(default_factory=list[str])

    def sign_in(self, link: str) -> None:
        self.page.goto(link)
        self.page.get_by_role("button", name="Sign out").wait_for()

    def look_at(self, address: str) -> None:
        """The timeline at that address, once its events are there."""
        self.page.goto(self.url + address)
        self.count().filter(has_not_text="Loading").filter(has_text=re.compile(r"event", re.IGNORECASE)).wait_for()

    def count(self) -> Locator:
        return self.page.locator(".count")

    def row(self, name: str) -> Locator:
        return self.page.locator(".events li").filter(has_text=name)

    def mark(self, sid: str) -> Locator:
        return self.page.locator(f'.mark[data-sids~="{sid}"]')

    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def open(self, name: str) -> Locator:
        """The dialog with the details of an event in the list."""
        self.row(name).locator(".row").click()
        return self.dialog()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def toast(self) -> Locator:
        return self.page.locator("#toasts")

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


@contextmanager
def visiting(browser: Browser, url: str, **options: Any) -> Generator[Visitor]:
    """A visit in a context of its own; at its end nothing must have been noticed."""
    settings: dict[str, Any] = {
        "viewport": DESK,
        "timezone_id": "Europe/Stockholm",
        "locale": "en-GB",
        "color_scheme": "light",
    } | options
    context = browser.new_context(**settings)
    try:
        visitor = Visitor(context.new_page(), url)
        visitor.watch()
        yield visitor
        assert visitor.noticed == [], visitor.noticed
    finally:
        context.close()
