"""Charts: what was measured, to lay events over."""

from __future__ import annotations

from typing import Final

from milepost.domain.token import TokenScope
from milepost.interfaces.rest import examples
from milepost.interfaces.rest.door import PREFIX
from milepost.operations.operation import Answer, Context, Operation, Request, Told
from milepost.wire.chart_parameters import ChartParameters
from milepost.wire.chart_record import charts_record

CHARTS: Final = f"{PREFIX}/charts"


async def draw_charts(context: Context, request: Request[ChartParameters, None]) -> Answer:
    """`GET …/charts`."""
    drawn = await context.services.charts.draw(request.caller, request.parameters.to_search())
    return Answer(charts_record(drawn.grid, drawn.charts, connected=drawn.connected, missing=drawn.missing))


DRAW: Final = Operation(
    method="GET",
    path=CHARTS,
    name="drawCharts",
    group="Charts",
    summary="Draw throughput, errors and response times",
    description="Of a window, in at most 1,000 points. The labels of a bucket and an environment say which metrics are their "
    "own; a restricted token sees no others. Without metrics (`MILEPOST_PROMETHEUS_URL`) `connected` is false and there are "
    "no charts; where they can't be had now, or not all of them, `warnings` say why.",
    scope=TokenScope.EVENTS_READ,
    parameters=ChartParameters,
    handle=draw_charts,
    answers=(Told(200, "The charts, and over which moments", "Charts", (), examples.charts),),
)
