"""Response times come from native histograms too, by the same default query that reads classic ones."""

from __future__ import annotations

from milepost.domain.charts import QUANTILES, ChartName, Grid
from milepost.domain.instant import MINUTE, SECOND, Instant
from milepost.domain.selection import Matcher
from tests.prometheus_server import running_prometheus
from tests.upstreams.prometheus.asking import metrics_of
from tests.upstreams.prometheus.native import write_histogram

NOON = 1_768_478_400
NATIVE = ("--enable-feature=native-histograms", "--web.enable-remote-write-receiver")


async def test_response_times_are_read_from_native_histograms():
    counted = [(moment, 30 * number) for number, moment in enumerate(range(NOON - 900, NOON + 1, 15))]
    with running_prometheus((), "global: {}\n", *NATIVE) as prometheus:
        write_histogram(prometheus.url, "http_request_duration_seconds", {"service": "checkout"}, counted, bucket=-1)
        grid = Grid.over(Instant(NOON * SECOND - 5 * MINUTE), Instant(NOON * SECOND))
        async with metrics_of(prometheus.url) as metrics:
            measured = await metrics.measure(grid, (Matcher("service", ("checkout",)),))
            elsewhere = await metrics.measure(grid, (Matcher("service", ("cart",)),))
    assert measured.missing == ()
    [times] = [chart.series for chart in measured.charts if chart.name is ChartName.RESPONSE_TIME]
    assert [one.name for one in times] == list(QUANTILES)
    for at in zip(*(one.values for one in times), strict=True):
        # Where in its bucket an observation lies is guessed in other ways by other versions.
        p50, p95, p99 = (value or 0.0 for value in at)
        assert 0.25 < p50 < p95 < p99 <= 0.5
    assert elsewhere.charts[2].series == ()
