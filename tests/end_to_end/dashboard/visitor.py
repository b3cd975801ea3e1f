"""Somebody in front of the dashboard."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Locator

from tests.browser import Visit, visit


@dataclass
class Visitor(Visit):
    """A visit, and what can be found and done there."""

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


@contextmanager
def visiting(browser: Browser, url: str, **options: Any) -> Generator[Visitor]:
    """Somebody who visits the dashboard at that address, and has not signed in yet."""
    with visit(browser, Visitor, url, **options) as visitor:
        yield visitor
