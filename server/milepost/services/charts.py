"""Drawing what was measured: throughput, errors and response times of a window, under a caller's eyes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from milepost.domain.account import PlaceKind
from milepost.domain.caller import Caller
from milepost.domain.charts import Chart, ChartSearch, Grid, Measured
from milepost.domain.errors import MilepostError
from milepost.domain.instant import EARLIEST, HOUR, Clock, Instant
from milepost.domain.ports import MetricSource
from milepost.domain.query import Missing, check_window
from milepost.domain.selection import Selection
from milepost.domain.token import TokenScope
from milepost.services.chart_selection import ChosenMetrics, choose_metrics
from milepost.services.places import PlaceService

DEFAULT_WINDOW: Final = HOUR
"""In milliseconds; up to the end, where no start is given."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Charts over one grid. Without a source (`connected` False) there are none.

    `missing` says what should be among them and isn't, or that they show more than was asked for.
    """

    grid: Grid
    connected: bool
    charts: tuple[Chart, ...] = ()
    missing: tuple[Missing, ...] = ()


class ChartService:
    """Every door draws through this. A `source` is not needed: a timeline does without."""

    def __init__(self, source: MetricSource | None, places: PlaceService, clock: Clock) -> None:
        self._source = source
        self._places = places
        self._clock = clock

    @property
    def connected(self) -> bool:
        """Whether anything is measured at all."""
        return self._source is not None

    async def draw(self, caller: Caller, search: ChartSearch) -> Drawn:
        """The charts of a window; those of a restricted token show nothing but its own buckets and environments.

        Raises `Invalid` for a window that ends before it starts or is too long, and for a place that is unknown or out of
        reach. A source that fails leaves its charts out and is named in `missing`.
        """
        caller.require(TokenScope.EVENTS_READ)
        now = self._clock()
        grid = _grid(search, now)
        buckets = await choose_metrics(self._places, caller, PlaceKind.BUCKET, search.bucket)
        environments = await choose_metrics(self._places, caller, PlaceKind.ENVIRONMENT, search.environment)
        if self._source is None:
            return Drawn(grid, connected=False)
        measured = await _measured(self._source, grid, (buckets, environments))
        # The rate of what is to come is that of what has been, until it has faded away.
        charts = tuple(chart.until(grid.count_until(now)) for chart in measured.charts)
        return Drawn(grid, connected=True, charts=charts, missing=measured.missing)


async def _measured(source: MetricSource, grid: Grid, chosen: tuple[ChosenMetrics, ...]) -> Measured:
    remarks = tuple(Missing(source.name, one.remark) for one in chosen if one.remark)
    selection: Selection = ()
    for one in chosen:
        if one.selection is None:
            return Measured((), remarks)
        selection += one.selection
    try:
        measured = await source.measure(grid, selection)
    except MilepostError as error:
        measured = Measured((), (Missing(source.name, str(error)),))
    return Measured(measured.charts, (*measured.missing, *remarks))


def _grid(search: ChartSearch, now: Instant) -> Grid:
    end = search.end.at(now) if search.end else now
    start = search.start.at(now) if search.start else Instant(max(end - DEFAULT_WINDOW, EARLIEST))
    check_window(start, end)
    return Grid.over(start, end)
