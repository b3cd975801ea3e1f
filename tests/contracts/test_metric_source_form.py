"""The form of what every source of metrics answers with, whatever it measures."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest

from milepost.demo.fortnight import fortnight
from milepost.demo.metrics import MadeUpMetrics
from milepost.domain.charts import CLASSES, QUANTILES, ChartName, Grid, Measured
from milepost.domain.instant import DAY, HOUR, SECOND, Instant
from milepost.domain.ports import MetricSource
from milepost.domain.selection import Matcher
from tests.prometheus_server import Traffic, running_prometheus
from tests.upstreams.prometheus.asking import metrics_of

NOON = 1_768_478_400
"""2026-01-15T12:00:00Z, in seconds."""
NOW = Instant(NOON * SECOND)


@dataclass(frozen=True)
class Source:
    """Measures the last hour before `NOW` of a service called checkout."""

    metrics: MetricSource

    async def ask(self, start: int, end: int, service: str = "checkout") -> tuple[Grid, Measured]:
        grid = Grid.over(Instant(start), Instant(end))
        return grid, await self.metrics.measure(grid, (Matcher("service", (service,)),))


@pytest.fixture(scope="module", params=["prometheus", "made up"])
async def source(request: pytest.FixtureRequest) -> AsyncGenerator[Source]:
    if request.param == "made up":
        yield Source(MadeUpMetrics(fortnight("acc_1", NOW)))
        return
    traffic = Traffic({"service": "checkout"}, NOON - 7200, NOON, lambda _: {"200": 9.0, "302": 2.0, "500": 1.0})
    with running_prometheus([traffic]) as server:
        async with metrics_of(server.url) as metrics:
            yield Source(metrics)


async def test_the_charts_come_in_their_order_with_all_their_series(source: Source):
    _, measured = await source.ask(NOW - HOUR, NOW)
    assert measured.missing == ()
    assert [(chart.name, tuple(one.name for one in chart.series)) for chart in measured.charts] == [
        (ChartName.THROUGHPUT, CLASSES),
        (ChartName.ERROR_RATIO, ("errors",)),
        (ChartName.RESPONSE_TIME, tuple(QUANTILES)),
    ]


@pytest.mark.parametrize("window", [0, HOUR, DAY, 30 * DAY])
async def test_there_is_a_value_or_none_for_each_moment_of_the_grid(source: Source, window: int):
    grid, measured = await source.ask(NOW - window, NOW)
    assert {len(one.values) for chart in measured.charts for one in chart.series} == {grid.points}


async def test_values_are_what_their_units_say(source: Source):
    _, measured = await source.ask(NOW - HOUR, NOW)
    throughput, ratio, times = ([one.values for one in chart.series] for chart in measured.charts)
    for at in zip(*throughput, *ratio, *times, strict=True):
        counted, share, (p50, p95, p99) = at[:4], at[4], at[5:]
        assert all(value is not None and value >= 0 for value in counted)
        assert share == pytest.approx(counted[3] / sum(counted))
        assert 0 < p50 < p95 < p99 < 10


@pytest.mark.parametrize("service", ["nobody", "", "check.*", 'x"} or {a="'])
async def test_what_nobody_measures_has_no_series(source: Source, service: str):
    _, measured = await source.ask(NOW - HOUR, NOW, service)
    assert [chart.series for chart in measured.charts] == [(), (), ()]
