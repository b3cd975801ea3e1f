"""The chart in a real browser: where things lie, and what pointer and keyboard do. How long it takes is a bench's to say."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page

from milepost.domain.instant import HOUR
from tests.browser import DESK, HOSTILE, PHONE, Visit, accessibility_problems, visit
from tests.end_to_end.chart.made_up import END, START, data, event, few
from tests.end_to_end.support.pixels import columns

MOST_OF_HEIGHT = 0.8
"""Of a plot: its curves cross each line."""


@contextmanager
def shown(
    browser: Browser, harness: str, given: dict[str, Any], theme: str = "light", **options: Any
) -> Generator[Page]:
    """The chart by itself, given that data."""
    with visit(browser, Visit, f"{harness}/chart/index.html", **options) as visited:
        visited.page.goto(visited.url)
        visited.page.evaluate("([data, theme]) => harness.show(data, theme)", [given, theme])
        yield visited.page


def told(page: Page) -> dict[str, Any]:
    return page.evaluate("() => harness.told")


def centre(mark: Locator) -> float:
    box = mark.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


def plot(page: Page) -> FloatRect:
    """Where time runs: the box of the plotting area."""
    box = page.locator(".u-over").first.bounding_box()
    assert box is not None
    return box


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("measured", [True, False], ids=["charts", "bare"])
def test_a_mark_and_its_line_lie_at_the_time_of_the_event(
    size: dict[str, int], measured: bool, browser: Browser, harness: str
):
    with shown(browser, harness, data(few(), measured=measured), viewport=size) as page:
        area = plot(page)
        for sid, hours in (("more", 9), ("pool", 12), ("ongoing", 22.5)):
            meant = area["x"] + hours / 24 * area["width"]
            assert abs(centre(page.locator(f'.mark[data-sid="{sid}"]')) - meant) <= 0.5
        late = [x for x in columns(page, "blue").beyond(MOST_OF_HEIGHT) if x > area["width"] / 2]
        assert late, "the deployment has no line"
        assert all(abs(x + 0.5 - 16.7 / 24 * area["width"]) <= 1 for x in late), late


def test_both_plots_have_one_axis_of_time(browser: Browser, harness: str):
    with shown(browser, harness, data(few())) as page:
        boxes = [area.bounding_box() for area in page.locator(".u-over").all()]

    throughput, response = boxes
    assert throughput is not None
    assert response is not None
    assert (throughput["x"], throughput["width"]) == (response["x"], response["width"])


def test_pointing_and_focusing_tell_of_the_event_in_both_zones(browser: Browser, harness: str):
    with shown(browser, harness, data(few())) as page:
        tooltip = page.get_by_role("tooltip")

        page.locator('.mark[data-sid="deploy"]').hover()
        assert "15 Jan 2026, 08:42:00 CET" in tooltip.inner_text()
        assert "2026-01-15 07:42:00 UTC" in tooltip.inner_text()
        assert "The new pool" in tooltip.inner_text()
        page.mouse.move(5, 5)
        assert tooltip.count() == 0

        area = plot(page)
        page.mouse.move(area["x"] + area["width"] * 12 / 24 + 3, area["y"] + 100)
        assert "pool" in tooltip.inner_text()

        page.locator('.mark[data-sid="slow"]').focus()
        assert "until 15 Jan 2026, 11:00:00 CET (1 h 30 min)" in tooltip.inner_text()
        page.keyboard.press("Escape")
        assert tooltip.count() == 0


def test_the_keyboard_reaches_opens_and_zooms(browser: Browser, harness: str):
    with shown(browser, harness, data(few())) as page:
        page.keyboard.press("Tab")
        assert "freeze" in focused(page)
        page.keyboard.press("End")
        assert "ongoing" in focused(page)
        page.keyboard.press("ArrowLeft")
        assert "slow" in focused(page)
        page.keyboard.press("Enter")
        page.keyboard.press("+")
        assert "slow" in focused(page)
        page.keyboard.press("-")

        heard = told(page)
    assert heard["opened"] == ["slow"]
    (closer_start, closer_end), (start, end) = heard["zooms"]
    at = START + 17.5 * HOUR
    assert abs((closer_end - closer_start) - 12 * HOUR) < 10
    assert closer_start < at < closer_end
    assert abs(start - START) < 10
    assert abs(end - END) < 10


def focused(page: Page) -> str:
    return page.evaluate("() => document.activeElement.getAttribute('aria-label')")


def test_one_of_several_at_one_place_is_chosen_or_zoomed_in_on(browser: Browser, harness: str):
    with shown(browser, harness, data(few())) as page:
        group = page.locator(".mark-several").first
        assert group.get_attribute("data-sids") == "v2.3.0 v2.3.1 v2.3.2"

        group.click()
        choices = page.get_by_role("dialog", name="3 events")
        choices.get_by_role("button", name="v2.3.1").click()
        assert choices.count() == 0
        group.click()
        choices.get_by_role("button", name="Zoom in").click()

        assert page.locator('.mark[data-sid^="v2.3."]').count() == 3
        assert (told(page))["opened"] == ["v2.3.1"]


def test_dragging_selects_a_time_and_a_click_on_a_line_opens(browser: Browser, harness: str):
    with shown(browser, harness, data(few())) as page:
        area = plot(page)
        y = area["y"] + 60

        page.mouse.click(area["x"] + area["width"] * 12 / 24, y)
        page.mouse.move(area["x"] + area["width"] / 4, y)
        page.mouse.down()
        page.mouse.move(area["x"] + area["width"] / 2, y + 9, steps=4)
        page.mouse.up()

        heard = told(page)
        assert heard["opened"] == ["pool"]
        ((start, end),) = heard["zooms"]
        millisecond_pixel = (END - START) / area["width"]
        assert abs(start - (START + 6 * HOUR)) <= millisecond_pixel
        assert abs(end - (START + 12 * HOUR)) <= millisecond_pixel
        # What lies in the new window stands where its time is now.
        mark = page.locator('.mark[data-sid="more"]')
        assert abs(centre(mark) - (area["x"] + area["width"] / 2)) <= 2


def test_a_finger_selects_a_time(browser: Browser, harness: str):
    with shown(browser, harness, data(few()), viewport=PHONE, has_touch=True) as page:
        area = plot(page)
        client = page.context.new_cdp_session(page)
        points = [{"x": area["x"] + area["width"] * part, "y": area["y"] + 40} for part in (0.2, 0.4, 0.6)]
        client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
        for point in points[1:]:
            client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

        ((start, end),) = (told(page))["zooms"]
    assert abs((end - start) - 0.4 * 24 * HOUR) < HOUR / 4


def test_a_wheel_pans_and_zooms_and_tells_once_it_rests(browser: Browser, harness: str):
    with shown(browser, harness, data(few())) as page:
        area = plot(page)
        page.mouse.move(area["x"] + 300, area["y"] + 60)
        for _ in range(5):
            page.mouse.wheel(20, 0)
        page.wait_for_function("() => harness.told.zooms.length > 0")

        ((start, end),) = (told(page))["zooms"]
    assert end - start == END - START
    assert abs((start - START) - 100 / area["width"] * (END - START)) < HOUR / 10


def test_curves_are_finer_while_they_move_and_whole_again_at_rest(browser: Browser, harness: str):
    picture = "() => document.querySelector('canvas').toDataURL()"
    with shown(browser, harness, data(few())) as page:
        area = plot(page)
        page.mouse.move(area["x"] + 300, area["y"] + 60)
        before = page.evaluate(picture)
        for pixels in (40, 40, -40):
            page.mouse.wheel(pixels, 0)
        page.mouse.wheel(-40, 0)
        page.wait_for_function("() => harness.told.zooms.length > 0")

        page.wait_for_function("before => document.querySelector('canvas').toDataURL() === before", arg=before)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("measured", [True, False], ids=["charts", "bare"])
def test_axe_finds_nothing(theme: str, measured: bool, browser: Browser, harness: str):
    with shown(browser, harness, data(few(), measured=measured), theme=theme) as page:
        assert accessibility_problems(page) == []
        page.locator('.mark[data-sid="deploy"]').hover()
        assert accessibility_problems(page) == []
        page.locator(".mark-several").first.click()
        assert accessibility_problems(page) == []


def test_who_cannot_see_is_told_in_words(browser: Browser, harness: str):
    with shown(browser, harness, data(few())) as page:
        summary = page.locator(".timeline-summary").inner_text()

    assert summary.startswith("1 d from 14 Jan 2026, 16:00:00 CET to 15 Jan 2026, 16:00:00 CET. 10 events: 2 incidents")
    assert "1 ongoing" in summary
    assert "error share: " in summary


def test_what_an_event_holds_is_never_markup(browser: Browser, harness: str):
    hostile = event(HOSTILE, "incident", 12, source=HOSTILE, description=HOSTILE, bucketSids=[HOSTILE])
    with shown(browser, harness, data([hostile, {**hostile, "sid": "second"}])) as page:
        page.locator(".mark").hover()
        assert HOSTILE in page.get_by_role("tooltip").inner_text()
        page.locator(".mark").click()
        assert HOSTILE in page.get_by_role("dialog").inner_text()
        assert page.locator("img").count() == 0


def test_new_data_leave_focus_tooltip_and_highlight_where_they_were(browser: Browser, harness: str):
    with shown(browser, harness, data(few())) as page:
        page.locator('.mark[data-sid="deploy"]').focus()
        page.evaluate("sid => harness.highlight(sid)", "pool")

        page.evaluate("data => harness.update(data)", data([*few(), event("new", "custom", 14)]))

        assert "deploy" in focused(page)
        assert "The new pool" in page.get_by_role("tooltip").inner_text()
        assert page.locator(".mark.highlighted").get_attribute("data-sid") == "pool"
        assert page.locator('.mark[data-sid="new"]').count() == 1


def test_it_fits_whatever_width_it_is_given(browser: Browser, harness: str):
    with shown(browser, harness, data(few())) as page:
        for width in (1400, 700, 320):
            page.set_viewport_size({"width": width, "height": 700})
            page.wait_for_function("width => document.querySelector('canvas').clientWidth === width - 32", arg=width)
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width
