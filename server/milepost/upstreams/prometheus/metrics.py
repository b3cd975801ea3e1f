"""Prometheus' series behind the port for metrics."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

import anyio

from milepost.domain.charts import QUANTILES, Chart, ChartName, Grid, Measured, Series, Value, by_class, error_ratio
from milepost.domain.errors import Broken, MilepostError
from milepost.domain.instant import SECOND
from milepost.domain.query import Missing
from milepost.domain.selection import Selection
from milepost.upstreams.exchange import Exchange
from milepost.upstreams.prometheus.answer import Lines, count_lines, read_lines
from milepost.upstreams.prometheus.queries import Queries
from milepost.upstreams.threads import done_by_thread_if

QUICKLY_READ_VALUES: Final = 5_000
"""Beyond it an answer is read in a thread: ten thousand take 5 ms."""
_PATH: Final = "/api/v1/query_range"
_REFUSED: Final = (400, 422)
"""What Prometheus answers to a query that it can't take, or can't carry out."""
_INCOMPLETE: Final = "says that some of its data couldn't be had"
_log = logging.getLogger(__name__)
T = TypeVar("T")


class PrometheusMetrics:
    """Asks one Prometheus; meets `MetricSource`. The exchange's client has its address, without `/api/v1`."""

    def __init__(self, exchange: Exchange, queries: Queries) -> None:
        self._exchange = exchange
        self._queries = queries

    @property
    def name(self) -> str:
        """`prometheus:HOST`."""
        return self._exchange.name

    async def measure(self, grid: Grid, selection: Selection) -> Measured:
        """Everything is asked at once; what fails takes nothing else with it."""
        question = _Question(self._exchange, self._queries, grid, selection)
        parts = await _asked_at_once([question.traffic, question.response_time])
        charts = [chart for part in parts if not isinstance(part, MilepostError) for chart in part]
        errors = [part for part in parts if isinstance(part, MilepostError)]
        if not charts:
            raise errors[0]
        for error in errors:
            _log.warning("%s failed: %s", self.name, error)
        # Two parts often fail for one reason, which is told once.
        reasons = dict.fromkeys(map(str, errors))
        missing = tuple(Missing(self.name, reason) for reason in reasons)
        return Measured(tuple(charts), missing if question.complete else (*missing, Missing(self.name, _INCOMPLETE)))


@dataclass(slots=True)
class _Question:
    """What is asked for one answer of ours. `complete` turns False with the first answer that says it isn't."""

    exchange: Exchange
    queries: Queries
    grid: Grid
    selection: Selection
    complete: bool = field(default=True)

    async def traffic(self) -> list[Chart]:
        """Throughput and, made of it unless it is asked for by itself, the error ratio."""
        asked = [partial(self._ask, self.queries.throughput, "THROUGHPUT")]
        if self.queries.error_ratio is not None:
            asked.append(partial(self._ask, self.queries.error_ratio, "ERROR_RATIO"))
        found, *own = await _all(asked)
        throughput = by_class((line.status_class, line.values) for line in found.lines)
        ratio = (
            tuple(Series("errors", _first(lines)) for lines in own if lines.lines) if own else error_ratio(throughput)
        )
        return [Chart(ChartName.THROUGHPUT, throughput), Chart(ChartName.ERROR_RATIO, ratio)]

    async def response_time(self) -> list[Chart]:
        """A query for each quantile."""
        template = self.queries.response_time
        asked = [partial(self._ask, template, "RESPONSE_TIME", quantile) for quantile in QUANTILES.values()]
        found = dict(zip(QUANTILES, await _all(asked), strict=True))
        series = tuple(Series(name, _first(lines)) for name, lines in found.items() if lines.lines)
        return [Chart(ChartName.RESPONSE_TIME, series)]

    async def _ask(self, template: str, setting: str, quantile: float = 0.0) -> Lines:
        """Raises `Unavailable`, and `Invalid` for a label that no metric can have."""
        query = self.queries.written(template, self.grid, self.selection, quantile)
        moments = {"start": self.grid.start // SECOND, "end": self.grid.end // SECOND, "step": self.grid.step_seconds}
        parameters = [("query", query), *((name, str(value)) for name, value in moments.items())]
        received = await self.exchange.get(_PATH, parameters, expected=_REFUSED)
        if received.status in _REFUSED:
            advice = f"whoever runs Milepost has to mend MILEPOST_PROMETHEUS_{setting}"
            raise Broken(f"{self.exchange.name} doesn't take the query (status {received.status}); {advice}")
        large = self.grid.points * count_lines(received.content) > QUICKLY_READ_VALUES
        lines = await done_by_thread_if(large, read_lines, received.content, self.grid, self.exchange.name)
        self.complete = self.complete and lines.complete
        return lines


def _first(lines: Lines) -> tuple[Value, ...]:
    return tuple(lines.lines[0].values)


async def _asked_at_once(questions: Sequence[Callable[[], Awaitable[T]]]) -> list[T | MilepostError]:
    """What each comes to, or why to nothing."""
    answers: dict[int, T | MilepostError] = {}

    async def keep(number: int, ask: Callable[[], Awaitable[T]]) -> None:
        try:
            answers[number] = await ask()
        except MilepostError as error:
            answers[number] = error

    async with anyio.create_task_group() as asking:
        for number, ask in enumerate(questions):
            asking.start_soon(keep, number, ask)
    return [answers[number] for number in range(len(questions))]


async def _all(questions: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """What each comes to; raises the first error where one failed."""
    answers = await _asked_at_once(questions)
    for answer in answers:
        if isinstance(answer, MilepostError):
            raise answer
    return [answer for answer in answers if not isinstance(answer, MilepostError)]
