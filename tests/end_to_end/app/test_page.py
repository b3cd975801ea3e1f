"""What hosts are given to show for the timeline, and that it is drawn there."""

from datetime import UTC, datetime, timedelta

import pytest
from mcp.server.apps import APP_MIME_TYPE
from playwright.sync_api import Browser, expect

from tests.browser import PHONE, accessibility_problems
from tests.end_to_end.app.stage import Stage, mark, middle, staged
from tests.end_to_end.support.pixels import columns
from tests.end_to_end.support.shop import Shop, ago, written

LARGEST_BYTES = 400 * 1024
PAST = datetime(2026, 3, 10, 12, tzinfo=UTC)
WINDOW = {"startTime": written(PAST), "endTime": written(PAST + timedelta(hours=2))}
WHOLE_HEIGHT = 0.8
"""Of a plot, which a line crosses from top to bottom but for where something lies over it."""


def test_the_page_is_one_small_file_that_asks_for_nothing(stage: Stage):
    content = stage.connection.page_of("show_timeline")

    assert content["mimeType"] == APP_MIME_TYPE
    assert content["_meta"] == {"ui": {"csp": {"connectDomains": [], "resourceDomains": []}}}
    assert len(content["text"].encode()) <= LARGEST_BYTES
    assert "<link" not in content["text"]
    assert "src=" not in content["text"].split("<script", 1)[0]


def test_an_event_is_a_line_and_a_mark_at_its_pixel(stage: Stage):
    event = stage.shop.create("v2.3.1", startedAt=written(PAST + timedelta(minutes=37, seconds=21)))
    frame = stage.show(WINDOW)

    assert stage.heard("initialized") is True
    lines = columns(frame, "blue")
    expected = lines.width * (37 * 60 + 21) / (2 * 60 * 60)
    assert lines.beyond(WHOLE_HEIGHT), "no line goes from top to bottom"
    assert all(abs(x + 0.5 - expected) <= 1 for x in lines.beyond(WHOLE_HEIGHT))
    assert abs(middle(mark(frame, event["sid"])) - lines.left - expected) <= 1


def test_the_last_day_is_shown_unless_told_and_what_would_bring_charts(stage: Stage):
    stage.shop.create("today", startedAt=ago(hours=6))
    stage.shop.create("the day before", startedAt=ago(hours=30))
    frame = stage.show()

    expect(frame.locator(".mark")).to_have_count(1)
    expect(frame.get_by_role("status").first).to_contain_text("MILEPOST_PROMETHEUS_URL")
    assert stage.heard("sizes")[-1]["height"] > 100


def test_nothing_in_the_window_is_told(stage: Stage):
    frame = stage.show(WINDOW)

    expect(frame.get_by_role("status").first).to_contain_text("No events in this window.")


def test_it_follows_the_hosts_theme_and_colours(stage: Stage):
    frame = stage.show(WINDOW, theme="dark")
    expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
    expect(frame.locator(".timeline")).to_have_attribute("data-theme", "dark")

    styles = {"variables": {"--color-background-primary": "rgb(10, 20, 30)"}}
    stage.page.evaluate("context => host.setContext(context)", {"theme": "light", "styles": styles})

    expect(frame.locator(".timeline")).to_have_attribute("data-theme", "light")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(10, 20, 30)")


def test_times_are_those_of_the_hosts_zone_with_utc_beside_them(stage: Stage):
    event = stage.shop.create("v2.3.1", startedAt=written(PAST + timedelta(minutes=37)))
    frame = stage.show(WINDOW, timeZone="Asia/Tokyo", locale="en-US")

    mark(frame, event["sid"]).hover()

    expect(frame.get_by_role("tooltip")).to_contain_text("Mar 10, 2026, 21:37:00 GMT+9")
    expect(frame.get_by_role("tooltip")).to_contain_text("2026-03-10 12:37:00 UTC")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(theme: str, stage: Stage):
    incident = stage.shop.create(
        "Checkout is slow", type="incident", startedAt=ago(hours=5), description="p99 over 3 s"
    )
    stage.shop.create("v2.3.1", source="ci", metadata={"commit": "a1b2"})
    frame = stage.show(theme=theme)
    assert accessibility_problems(frame) == []

    mark(frame, incident["sid"]).click()
    frame.get_by_role("button", name="Close incident").press("Enter")
    assert accessibility_problems(frame) == []
    frame.get_by_role("button", name="Edit").press("Enter")
    assert accessibility_problems(frame) == []


def test_it_fits_on_a_phone(browser: Browser, harness: str, shop: Shop):
    event = shop.create("v2.3.1", metadata={"commit": "a" * 200})
    with staged(browser, harness, shop, viewport=PHONE, has_touch=True, is_mobile=True) as stage:
        frame = stage.show()
        mark(frame, event["sid"]).tap()

        expect(frame.locator("pre")).to_be_visible()
        assert accessibility_problems(frame) == []
