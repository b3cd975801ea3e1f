"""Other windows: the page asks the server for them, through the host."""

from collections.abc import Generator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, expect

from tests.end_to_end.app.stage import Stage, staged
from tests.end_to_end.support.pixels import wait_for_columns
from tests.end_to_end.support.shop import ago, open_shop
from tests.prometheus_server import Traffic, running_prometheus

HOUR = 3_600
MUCH = 0.25
"""Of a column's height, in the red of failed requests."""


def drag(stage: Stage, frame: Frame, from_share: float, to_share: float) -> None:
    plot = frame.locator(".u-over").first.bounding_box()
    assert plot
    y = plot["y"] + plot["height"] / 2
    stage.page.mouse.move(plot["x"] + from_share * plot["width"], y)
    stage.page.mouse.down()
    stage.page.mouse.move(plot["x"] + to_share * plot["width"], y, steps=3)
    stage.page.mouse.up()


def test_dragging_asks_for_that_window_with_the_same_filters_and_shows_what_is_new_there(stage: Stage):
    for hours, kind in ((22, "incident"), (6, "incident"), (5, "config_change"), (4, "deployment")):
        stage.shop.create(f"{kind} {hours}", type=kind, startedAt=ago(hours=hours), endedAt=ago(hours=hours))
    frame = stage.show({"type": ["incident", "config_change"]})
    expect(frame.locator(".mark")).to_have_count(3)
    stage.shop.create("only now", type="incident", startedAt=ago(hours=8), endedAt=ago(hours=8))

    drag(stage, frame, 0.5, 0.875)

    expect(frame.locator(".mark")).to_have_count(3)
    expect(frame.get_by_role("button", name="only now")).to_be_visible()
    (call,) = stage.wait_for_calls(1)
    assert (call["name"], call["arguments"]["type"]) == ("show_timeline", ["incident", "config_change"])
    start, end = (datetime.fromisoformat(call["arguments"][name]) for name in ("startTime", "endTime"))
    assert abs((end - start) - timedelta(hours=9)) < timedelta(minutes=3)


def test_the_assistant_is_told_which_window_the_user_sees_now(stage: Stage):
    frame = stage.show()
    assert stage.heard("contexts") == []

    drag(stage, frame, 0.25, 0.75)

    (call,) = stage.wait_for_calls(1)
    stage.page.wait_for_function("() => host.heard.contexts.length === 1")
    assert call["arguments"]["startTime"] in stage.heard("contexts")[0]["content"][0]["text"]


def test_going_back_needs_no_server_and_a_preset_ends_now(stage: Stage):
    stage.shop.create("today", startedAt=ago(hours=2))
    stage.shop.create("this week", startedAt=ago(days=3))
    frame = stage.show()
    expect(frame.locator(".mark")).to_have_count(1)
    expect(frame.get_by_role("button", name="Back")).to_be_disabled()

    frame.get_by_role("button", name="7d").click()
    expect(frame.locator(".mark")).to_have_count(2)
    frame.get_by_role("button", name="Back").click()

    expect(frame.locator(".mark")).to_have_count(1)
    (call,) = stage.heard("calls")
    assert call["arguments"] == {"startTime": "now-7d", "endTime": "now"}


def test_a_host_that_cannot_reach_the_server_is_told_of_and_what_was_drawn_stays(stage: Stage):
    stage.shop.create("v2.3.1", startedAt=ago(minutes=30))
    frame = stage.show()
    stage.page.evaluate("() => { window.callMilepost = () => Promise.reject(new Error('gone')); }")

    frame.get_by_role("button", name="1h").click()

    expect(frame.get_by_text("The host couldn't reach Milepost.")).to_be_visible()
    expect(frame.locator(".mark")).to_have_count(1)


@pytest.fixture
def measured(browser: Browser, harness: str, tmp_path: Path) -> Generator[Stage]:
    """A host of a Milepost that has four hours of metrics, in which half of the requests failed from two hours ago until one hour ago."""
    now = int(datetime.now().astimezone().timestamp()) // 60 * 60

    def rates(moment: int) -> dict[str, float]:
        broken = now - 2 * HOUR < moment <= now - HOUR
        return {"200": 5, "500": 5} if broken else {"200": 10, "500": 0}

    traffic = Traffic({"service": "checkout"}, now - 4 * HOUR, now, rates)
    with (
        running_prometheus([traffic]) as prometheus,
        open_shop(tmp_path, MILEPOST_PROMETHEUS_URL=prometheus.url) as shop,
        staged(browser, harness, shop) as stage,
    ):
        yield stage


def test_charts_are_drawn_where_metrics_are_connected_and_measured_anew_for_each_window(measured: Stage):
    frame = measured.show({"startTime": "now-4h"})
    expect(frame.get_by_text("Throughput")).to_be_visible()
    expect(frame.get_by_text("Response time")).to_be_visible()
    failed = wait_for_columns(frame, "red", lambda drawn: bool(drawn.beyond(MUCH)))
    assert failed.beyond(MUCH)[0] / failed.width == pytest.approx(0.5, abs=0.02)
    assert failed.beyond(MUCH)[-1] / failed.width == pytest.approx(0.75, abs=0.02)

    drag(measured, frame, 0.5, 0.75)

    measured.wait_for_calls(1)
    wait_for_columns(frame, "red", lambda drawn: len(drawn.beyond(MUCH)) > 0.9 * drawn.width)
