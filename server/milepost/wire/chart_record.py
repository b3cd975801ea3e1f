"""Charts as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from milepost.domain.charts import Chart, Grid, Series, Value
from milepost.domain.instant import format_instant
from milepost.domain.query import Missing
from milepost.wire.missing_record import warnings_record

SIGNIFICANT_DIGITS: Final = 6
"""More than a chart shows; all that are measured would make an answer three times as large."""


def charts_record(
    grid: Grid, charts: Iterable[Chart], *, connected: bool, missing: Iterable[Missing] = ()
) -> dict[str, Any]:
    """`{startTime, endTime, stepSeconds, connected, charts: [{name, title, unit, series: [{name, values}]}]}`.

    Value i belongs to startTime + i × stepSeconds, the last one to endTime. `warnings` are there only where there are any.
    """
    return {
        "startTime": format_instant(grid.start),
        "endTime": format_instant(grid.end),
        "stepSeconds": grid.step_seconds,
        "connected": connected,
        "charts": [_chart(chart) for chart in charts],
        **warnings_record(missing),
    }


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "name": chart.name.value,
        "title": chart.name.title,
        "unit": chart.name.unit,
        "series": [_series(series) for series in chart.series],
    }


def _series(series: Series) -> dict[str, Any]:
    return {"name": series.name, "values": [_rounded(value) for value in series.values]}


def _rounded(value: Value) -> Value:
    return None if value is None else float(f"{value:.{SIGNIFICANT_DIGITS}g}")
