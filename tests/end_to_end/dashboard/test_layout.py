"""Everything has its place, on every screen and whatever events hold."""

from collections.abc import Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, expect

from tests.browser import PHONE
from tests.end_to_end.dashboard.visitor import Visitor, visiting
from tests.end_to_end.support.shop import Shop, ago

SCREENS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 900}},
    "tablet": {"viewport": {"width": 800, "height": 900}},
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True},
}
LONGEST_NAME = "W" * 256
READABLE_PIXELS = 200
ROW_PIXELS = 240


@pytest.fixture(params=SCREENS)
def looking(request: pytest.FixtureRequest, browser: Browser, shop: Shop) -> Generator[Visitor]:
    """Somebody before events that are as long as events may be."""
    buckets = [shop.place("buckets", f"a-service-with-a-long-name-{number}") for number in range(12)]
    shop.create(LONGEST_NAME, source="s" * 128, bucketSids=buckets, severity="F", description="A word. " * 900)
    shop.create("Checkout is slow", type="incident", startedAt=ago(days=2))
    with visiting(browser, shop.url, **SCREENS[request.param]) as visitor:
        visitor.sign_in(shop.sign_in_url)
        yield visitor


def box(found: Locator) -> FloatRect:
    measured = found.bounding_box()
    assert measured
    return measured


def assert_inside(inner: Locator, outer: Locator) -> None:
    a, b = box(inner), box(outer)
    assert b["x"] <= a["x"]
    assert a["x"] + a["width"] <= b["x"] + b["width"]
    assert b["y"] <= a["y"]
    assert a["y"] + a["height"] <= b["y"] + b["height"]


def assert_nothing_beside_the_page(visitor: Visitor) -> None:
    assert visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_the_longest_texts_leave_every_row_readable(looking: Visitor):
    row = looking.row(LONGEST_NAME)
    expect(row).to_be_visible()
    assert box(row.locator(".name"))["width"] >= READABLE_PIXELS
    assert box(row)["height"] <= ROW_PIXELS
    assert_nothing_beside_the_page(looking)


def test_the_tooltip_stays_on_the_page_and_calls_places_by_name(looking: Visitor):
    expect(looking.row(LONGEST_NAME)).to_be_visible()
    looking.page.locator(".mark").last.hover()
    tooltip = looking.page.get_by_role("tooltip")
    expect(tooltip).to_contain_text("a-service-with-a-long-name-0")
    expect(tooltip).to_contain_text("and 6 more")
    expect(tooltip).not_to_contain_text("bkt_")
    assert_nothing_beside_the_page(looking)


def test_exact_times_are_inside_their_box(looking: Visitor):
    looking.page.get_by_text("Exact times").click()
    popup = looking.page.locator(".popup")
    for control in popup.locator("input, button").all():
        assert_inside(control, popup)
    assert_nothing_beside_the_page(looking)


def test_what_can_be_done_is_in_sight_however_long_an_event_is(looking: Visitor):
    dialog = looking.open(LONGEST_NAME)
    assert_inside(dialog.get_by_role("button", name="Edit"), dialog)
    dialog.get_by_role("button", name="Edit").click()
    expect(looking.dialog()).to_have_count(1)
    assert_inside(looking.button("Save"), looking.dialog())


def test_the_settings_keep_words_whole_and_buttons_in_their_table(looking: Visitor):
    looking.page.get_by_role("link", name="Settings").click()
    panel = looking.page.locator(".panel").filter(has_text="API tokens")
    revoke = panel.get_by_role("button", name="Revoke")
    assert_inside(revoke, panel)
    assert box(revoke)["height"] <= 40
    assert_nothing_beside_the_page(looking)
