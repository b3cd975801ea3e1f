"""What `milepost doctor` looks at where metrics come from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Final

from milepost.cli.check import Check, State
from milepost.cli.fields import explain
from milepost.domain.charts import ChartName, Grid, Measured
from milepost.domain.errors import MilepostError
from milepost.domain.instant import HOUR, Instant
from milepost.settings import Settings
from milepost.settings.prometheus import PrometheusAddress

_PART: Final = "prometheus"
_SETTINGS: Final = {
    ChartName.THROUGHPUT: "MILEPOST_PROMETHEUS_THROUGHPUT",
    ChartName.ERROR_RATIO: "MILEPOST_PROMETHEUS_ERROR_RATIO",
    ChartName.RESPONSE_TIME: "MILEPOST_PROMETHEUS_RESPONSE_TIME",
}


def metrics_checks(settings: Settings) -> Iterator[Check]:
    """Prometheus, asked once for the last hour of everything; nothing where none is set up."""
    if settings.prometheus_url is None:
        return
    try:
        measured = _measured(settings, settings.prometheus_url)
    except MilepostError as error:
        yield Check(State.WRONG, _PART, explain(error))
        return
    for missing in measured.missing:
        yield Check(State.WRONG, _PART, missing.reason)
    if not measured.missing:
        yield Check(State.FINE, _PART, f"{settings.prometheus_url.name} answers{_lacking(measured, settings)}")


def _lacking(measured: Measured, settings: Settings) -> str:
    """A query that finds nothing may be right all the same: perhaps nobody has asked for anything yet."""
    empty = [chart.name for chart in measured.charts if not chart.series]
    if settings.prometheus_error_ratio is None:
        empty = [name for name in empty if name is not ChartName.ERROR_RATIO]
    if not empty:
        return ""
    names = " and ".join(_SETTINGS[name] for name in empty)
    return f", but {names} found nothing in the last hour; see whether your metrics have other names"


def _measured(settings: Settings, address: PrometheusAddress) -> Measured:
    import anyio

    from milepost.app.backend import now
    from milepost.app.upstreams import open_metrics

    async def measure() -> Measured:
        async with AsyncExitStack() as stack:
            source = await open_metrics(stack, settings, address, now)
            return await source.measure(Grid.over(Instant(now() - HOUR), now()), ())

    return anyio.run(measure)
