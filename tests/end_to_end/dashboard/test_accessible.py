"""Everybody can use it: axe-core finds nothing, and the keyboard is enough."""

from collections.abc import Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import DESK, PHONE, accessibility_problems
from tests.end_to_end.dashboard.visitor import Visitor, visiting
from tests.end_to_end.support.shop import Shop, ago

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": DESK, "color_scheme": "light"},
    "dark": {"viewport": DESK, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True, "color_scheme": "light"},
}


@pytest.fixture(params=LOOKS)
def looking(request: pytest.FixtureRequest, browser: Browser, shop: Shop) -> Generator[Visitor]:
    """Somebody with a light screen, a dark one, or a phone, before a timeline with something of everything."""
    checkout = shop.place("buckets", "checkout", service="checkout")
    shop.create("Checkout is slow", type="incident", severity="E", startedAt=ago(minutes=40), bucketSids=[checkout])
    shop.create(
        "v2.3.1", endedAt=ago(minutes=50), source="argo_cd", metadata={"commit": "a1b2c3"}, tags={"team": ["payments"]}
    )
    shop.create(
        "Raise the pool", type="config_change", startedAt=ago(hours=5), severity="W", description="from 20 to 40"
    )
    shop.create("Scale out", type="scale", startedAt=ago(hours=9))
    shop.create("Load test", type="custom", startedAt=ago(hours=20), severity="I")
    with visiting(browser, shop.url, **LOOKS[request.param]) as visitor:
        visitor.sign_in(shop.sign_in_url)
        visitor.look_at("/?source=argo_cd")
        visitor.look_at("/")
        yield visitor


def assert_nothing_found(visitor: Visitor) -> None:
    # The chart names its marks once it has come to rest.
    expect(visitor.page.locator(".mark:not([aria-label])")).to_have_count(0)
    assert accessibility_problems(visitor.page) == []


def test_axe_finds_nothing_on_the_timeline(looking: Visitor):
    assert_nothing_found(looking)
    looking.page.get_by_text("Exact times").click()
    assert_nothing_found(looking)


def test_axe_finds_nothing_in_the_details_and_the_form(looking: Visitor):
    dialog = looking.open("v2.3.1")
    dialog.get_by_text("History").click()
    expect(dialog).to_contain_text("Never changed.")
    assert_nothing_found(looking)
    dialog.get_by_role("button", name="Edit").click()
    looking.dialog().get_by_label("Name").fill("")
    looking.button("Save").click()
    assert_nothing_found(looking)


def test_axe_finds_nothing_in_the_settings(looking: Visitor):
    looking.page.get_by_role("link", name="Settings").click()
    expect(looking.page.get_by_role("row").filter(has_text="checkout")).to_be_visible()
    assert_nothing_found(looking)
    looking.button("New token").first.click()
    expect(looking.dialog()).to_be_visible()
    assert_nothing_found(looking)


def test_axe_finds_nothing_on_the_sign_in_page(looking: Visitor):
    looking.button("Sign out").click()
    expect(looking.page.get_by_label("Token")).to_be_visible()
    assert_nothing_found(looking)


def test_the_keyboard_alone_reaches_an_event_and_comes_back_to_it(shop: Shop, visitor: Visitor):
    event = shop.create("v1", startedAt=ago(hours=3))
    shop.create("v2", startedAt=ago(hours=20))
    visitor.look_at("/")
    page = visitor.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the timeline")).to_be_focused()
    page.keyboard.press("Enter")
    while not page.evaluate("document.activeElement.matches('.mark')"):
        page.keyboard.press("Tab")
    page.keyboard.press("End")
    expect(visitor.mark(event["sid"])).to_be_focused()
    expect(page.get_by_role("tooltip")).to_contain_text("v1")

    page.keyboard.press("Enter")

    expect(visitor.dialog().get_by_role("heading", name="v1")).to_be_visible()
    page.keyboard.press("Escape")
    expect(visitor.mark(event["sid"])).to_be_focused()


def test_the_theme_that_was_chosen_stays(visitor: Visitor):
    root = visitor.page.locator("html")
    expect(root).to_have_attribute("data-theme", "light")
    visitor.button("Dark theme").click()
    expect(root).to_have_attribute("data-theme", "dark")
    visitor.page.reload()

    expect(root).to_have_attribute("data-theme", "dark")
    expect(visitor.button("Light theme")).to_be_visible()
