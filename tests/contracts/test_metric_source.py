"""What every source of metrics promises, over a real Prometheus with a past whose figures are known."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager

import pytest

from milepost.domain.charts import CLASSES, QUANTILES, ChartName, Grid, Measured, Value
from milepost.domain.instant import HOUR, MINUTE, SECOND, Instant
from milepost.domain.ports import MetricSource
from milepost.domain.selection import Matcher
from tests.contracts.measured import MEASURED
from tests.prometheus_server import Prometheus, Traffic, running_prometheus

NOON = 1_768_478_400
"""2026-01-15T12:00:00Z, in seconds."""
ODD = 'a "quoted"\\ value, {braces} | é\n'
CHECKOUT, CART = {"service": "checkout", "env": "prod"}, {"service": "cart", "env": "prod"}
STAGED, STRANGE = {"service": "checkout", "env": "dev"}, {"service": ODD, "env": "prod"}
Opener = Callable[[Prometheus], AbstractAsyncContextManager[MetricSource]]


def _with_an_incident(moment: int) -> dict[str, float]:
    """From noon on for ten minutes, one request of five fails."""
    failing = NOON < moment <= NOON + 600
    return {"200": 8.0 if failing else 10.0, "204": 2.0, "404": 0.5, "503": 2.0 if failing else 0.0}


def _slow(moment: int) -> tuple[float, ...]:
    """The median in the first bucket (50 ms), but from noon on for ten minutes in the fifth (1 s)."""
    if NOON < moment <= NOON + 600:
        return (0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0)
    return (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)


@pytest.fixture(scope="module")
def prometheus() -> Generator[Prometheus]:
    past = (NOON - 7200, NOON + 7200)
    with running_prometheus([
        Traffic(CHECKOUT, *past, _with_an_incident, _slow),
        Traffic(CART, *past, lambda _: {"200": 3.0}, status_label="status"),
        Traffic(STAGED, *past, lambda _: {"200": 1.0}),
        Traffic(STRANGE, *past, lambda _: {"200": 7.0}),
    ]) as server:  # fmt: skip
        yield server


@pytest.fixture(params=MEASURED.values(), ids=list(MEASURED))
async def source(request: pytest.FixtureRequest, prometheus: Prometheus) -> AsyncGenerator[MetricSource]:
    opener: Opener = request.param
    async with opener(prometheus) as opened:
        yield opened


def grid(begin: int, end: int) -> Grid:
    """In minutes from noon."""
    return Grid.over(Instant(NOON * SECOND + begin * MINUTE), Instant(NOON * SECOND + end * MINUTE))


def only(**labels: str | tuple[str, ...]) -> tuple[Matcher, ...]:
    return tuple(Matcher(name, (text,) if isinstance(text, str) else text) for name, text in labels.items())


def values(measured: Measured, chart: ChartName, series: str) -> tuple[Value, ...]:
    [found] = [one for one in measured.charts if one.name is chart]
    return next(one.values for one in found.series if one.name == series)


async def test_throughput_is_told_by_the_class_of_the_status(source: MetricSource):
    measured = await source.measure(grid(-30, -20), only(**CHECKOUT))
    assert measured.missing == ()
    assert [chart.name for chart in measured.charts] == list(ChartName)
    assert [series.name for series in measured.charts[0].series] == list(CLASSES)
    expected = {"2xx": 12.0, "3xx": 0.0, "4xx": 0.5, "5xx": 0.0}
    for name, rate in expected.items():
        assert values(measured, ChartName.THROUGHPUT, name) == pytest.approx([rate] * 41)


async def test_each_value_stands_at_its_moment(source: MetricSource):
    """The rate is taken over a minute, so the incident begins at noon and is all there is a minute later."""
    measured = await source.measure(grid(-1, 11), only(**CHECKOUT))
    failed = values(measured, ChartName.THROUGHPUT, "5xx")
    noon = 4
    assert failed[: noon + 1] == pytest.approx([0.0] * (noon + 1))
    assert failed[noon + 1 : noon + 5] == pytest.approx([0.5, 1.0, 1.5, 2.0])
    assert failed[noon + 5 : noon + 41] == pytest.approx([2.0] * 36)
    assert failed[noon + 41 : noon + 45] == pytest.approx([1.5, 1.0, 0.5, 0.0])


async def test_the_error_ratio_is_the_share_of_what_failed(source: MetricSource):
    measured = await source.measure(grid(-5, 8), only(**CHECKOUT))
    ratio = values(measured, ChartName.ERROR_RATIO, "errors")
    assert ratio[0] == 0.0
    assert ratio[-1] == pytest.approx(2.0 / 12.5)


async def test_response_times_are_told_by_quantiles_in_seconds(source: MetricSource):
    measured = await source.measure(grid(-5, 8), only(**CHECKOUT))
    for name, quantile in QUANTILES.items():
        times = values(measured, ChartName.RESPONSE_TIME, name)
        assert times[0] == pytest.approx(0.05 * quantile)
        assert times[-1] == pytest.approx(0.5 + 0.5 * quantile)


async def test_nothing_selected_is_everything(source: MetricSource):
    measured = await source.measure(grid(-30, -29), ())
    assert values(measured, ChartName.THROUGHPUT, "2xx") == pytest.approx([12.0 + 3.0 + 1.0 + 7.0] * 5)


async def test_one_of_several_values_is_enough(source: MetricSource):
    measured = await source.measure(grid(-30, -29), only(env="prod", service=("cart", "checkout")))
    assert values(measured, ChartName.THROUGHPUT, "2xx") == pytest.approx([15.0] * 5)


@pytest.mark.parametrize("others", [(), ("cart",)], ids=["alone", "among others"])
async def test_a_label_may_hold_anything(source: MetricSource, others: tuple[str, ...]):
    measured = await source.measure(grid(-30, -29), only(service=(ODD, *others)))
    assert values(measured, ChartName.THROUGHPUT, "2xx") == pytest.approx([7.0 + 3.0 * len(others)] * 5)


@pytest.mark.parametrize("injected", [
    'nobody"} or http_requests_total{service="checkout', 'nobody",service=~".*', "nobody|.*", ".*", "checkou.", "nobody\\"
])  # fmt: skip
@pytest.mark.parametrize("others", [(), ("nobody at all",)], ids=["alone", "among others"])
async def test_no_label_selects_more_than_itself(source: MetricSource, injected: str, others: tuple[str, ...]):
    measured = await source.measure(grid(-30, -29), only(service=(injected, *others)))
    assert measured.missing == ()
    assert [chart.series for chart in measured.charts] == [(), (), ()]


async def test_where_nothing_was_measured_is_none(source: MetricSource):
    measured = await source.measure(grid(100, 140), only(**CHECKOUT))
    served = values(measured, ChartName.THROUGHPUT, "2xx")
    assert served[:80] == pytest.approx([12.0] * 80)
    assert set(served[-60:]) == {None}
    assert set(values(measured, ChartName.RESPONSE_TIME, "p95")[-60:]) == {None}
    assert set(values(measured, ChartName.ERROR_RATIO, "errors")[-60:]) == {None}


async def test_a_longer_window_has_longer_steps_and_leaves_nothing_out(source: MetricSource):
    """Of an incident of ten minutes, a day's points of two minutes have what failed in each."""
    day = Grid.over(Instant(NOON * SECOND - 12 * HOUR), Instant(NOON * SECOND + 12 * HOUR))
    measured = await source.measure(day, only(**CHECKOUT))
    failed = values(measured, ChartName.THROUGHPUT, "5xx")
    assert len(failed) == day.points <= 1_000
    assert sum(value or 0.0 for value in failed) * day.step_seconds == pytest.approx(2.0 * 600, rel=0.01)


@pytest.mark.parametrize("year", [1, 1969, 9999])
async def test_any_moment_may_be_asked_for(source: MetricSource, year: int):
    from datetime import UTC, datetime

    moment = Instant(int((datetime(year, 6, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1000)
    measured = await source.measure(Grid.over(moment, Instant(moment + HOUR)), ())
    assert measured.missing == ()
    assert [chart.series for chart in measured.charts] == [(), (), ()]
