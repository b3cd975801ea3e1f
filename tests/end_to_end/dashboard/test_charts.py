"""Events over what a real Prometheus has measured."""

import time
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.end_to_end.dashboard.visitor import Visitor, visiting
from tests.end_to_end.support.pixels import wait_for_columns
from tests.end_to_end.support.shop import Shop, open_shop, written
from tests.prometheus_server import Traffic, running_prometheus

HOUR = 3_600
MUCH = 0.25
"""Of a column's height, in the red of failed requests."""


@pytest.fixture(scope="module")
def now() -> int:
    return int(time.time()) // 60 * 60


@pytest.fixture(scope="module")
def prometheus_url(now: int) -> Generator[str]:
    """Four hours of checkout, of which half of the requests failed from two hours ago until one hour ago."""

    def rates(moment: int) -> dict[str, float]:
        broken = now - 2 * HOUR < moment <= now - HOUR
        return {"200": 5, "500": 5} if broken else {"200": 10, "500": 0}

    traffics = [
        Traffic({"service": "checkout"}, now - 4 * HOUR, now, rates),
        Traffic({"service": "search"}, now - 4 * HOUR, now, lambda _: {"200": 3, "500": 0}),
    ]
    with running_prometheus(traffics) as prometheus:
        yield prometheus.url


@pytest.fixture
def measured(tmp_path: Path, prometheus_url: str) -> Generator[Shop]:
    with open_shop(tmp_path, MILEPOST_PROMETHEUS_URL=prometheus_url) as shop:
        yield shop


@pytest.fixture
def visit(browser: Browser, measured: Shop) -> Generator[Visitor]:
    with visiting(browser, measured.url) as visitor:
        visitor.sign_in(measured.sign_in_url)
        yield visitor


def moment(seconds: int) -> str:
    return written(datetime.fromtimestamp(seconds, UTC))


def window(now: int) -> str:
    return f"startTime={moment(now - 4 * HOUR)}&endTime={moment(now)}"


def test_errors_stand_where_they_happened_right_behind_the_event_that_explains_them(
    measured: Shop, visit: Visitor, now: int
):
    event = measured.create("v2.3.1", startedAt=moment(now - 2 * HOUR))
    visit.look_at(f"/?{window(now)}")
    expect(visit.page.get_by_text("Throughput")).to_be_visible()
    expect(visit.page.get_by_text("Response time")).to_be_visible()
    expect(visit.page.get_by_text("MILEPOST_PROMETHEUS_URL")).to_have_count(0)

    plot = wait_for_columns(visit.page, "red", lambda drawn: bool(drawn.beyond(MUCH)))

    broken = plot.beyond(MUCH)
    assert broken[0] / plot.width == pytest.approx(0.5, abs=0.02)
    assert broken[-1] / plot.width == pytest.approx(0.75, abs=0.02)
    mark = visit.mark(event["sid"]).bounding_box()
    assert mark
    assert mark["x"] + mark["width"] / 2 == pytest.approx(plot.left + plot.width / 2, abs=1)


def test_a_bucket_narrows_what_was_measured_to_its_labels(measured: Shop, visit: Visitor, now: int):
    measured.place("buckets", "search", service="search")
    visit.look_at(f"/?{window(now)}")
    wait_for_columns(visit.page, "red", lambda drawn: bool(drawn.beyond(MUCH)))

    visit.page.get_by_label("Bucket").select_option(label="search")

    wait_for_columns(visit.page, "red", lambda drawn: not drawn.beyond(MUCH))
    expect(visit.page.get_by_text("Throughput")).to_be_visible()


def test_a_prometheus_that_is_away_is_told_and_the_events_stay(tmp_path: Path, browser: Browser):
    with open_shop(tmp_path, MILEPOST_PROMETHEUS_URL="http://127.0.0.1:1") as shop:
        shop.create("v2.3.1")
        with visiting(browser, shop.url) as visitor:
            visitor.sign_in(shop.sign_in_url)

            expect(visitor.page.locator(".warning").filter(has_text="prometheus")).to_be_visible()
            expect(visitor.row("v2.3.1")).to_be_visible()
            expect(visitor.page.locator(".mark")).to_have_count(1)
