"""The metrics of the shop, computed when they are asked for: an ordinary day's curve, some noise, and the story's effects."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import anyio.to_thread

from milepost.demo.cast import ENVIRONMENT_LABEL, ENVIRONMENTS, SERVICE_LABEL, SERVICES, Environment, Service
from milepost.demo.fortnight import DAYS, SATURDAY, weekday
from milepost.demo.noise import noise
from milepost.demo.story import Effect, Story
from milepost.domain.charts import QUANTILES, Chart, ChartName, Grid, Measured, Series, Value, by_class, error_ratio
from milepost.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from milepost.domain.selection import Selection

NAME: Final = "demo (made up)"
_SHORTEST_WINDOW: Final = MINUTE
_SPREAD: Final = 0.62
"""Of the logarithms of response times, which have a normal distribution."""
_BEYOND_MEDIAN: Final = {name: math.exp(_SPREAD * NormalDist().inv_cdf(share)) for name, share in QUANTILES.items()}
_NOT_FOUND, _MOVED, _FAILED = 0.012, 0.02, 0.0015
"""Which shares of all requests are answered 4xx, 3xx and 5xx on an ordinary day."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One service in one environment, at each moment of a grid: requests a second, which share fails, half of what time."""

    requests: list[float]
    failing: list[float]
    seconds: list[float]

    def change(self, effect: Effect, grid: Grid) -> None:
        """As it was under that effect, at whose edges a window has only a part of it."""
        for number, share in _touched(effect, grid):
            self.requests[number] *= 1 + (effect.demand - 1) * share
            self.failing[number] = min(self.failing[number] + effect.failing * share, 1.0)
            self.seconds[number] *= 1 + (effect.slowdown - 1) * share

    def of(self, environment: Environment) -> _Line:
        """With that environment's share of the requests."""
        return _Line([value * environment.share for value in self.requests], list(self.failing), list(self.seconds))


class MadeUpMetrics:
    """Meets `MetricSource`; measures from the beginning of the story on, and goes on when it has been told."""

    def __init__(self, story: Story) -> None:
        self._effects = tuple(story.effects)
        self._first = Instant(story.now - DAYS * DAY)

    @property
    def name(self) -> str:
        """Says what it is."""
        return NAME

    async def measure(self, grid: Grid, selection: Selection) -> Measured:
        """Nothing is ever missing."""
        return await anyio.to_thread.run_sync(self._measured, grid, selection)

    def _measured(self, grid: Grid, selection: Selection) -> Measured:
        lines = list(self._lines(grid, selection))
        # What lies before the beginning of the story was never measured.
        before = grid.count_until(Instant(self._first - 1))
        drawn = ((), (), ())
        if lines and before < grid.points:
            throughput = by_class((name, _without(before, values)) for name, values in _traffic(lines))
            drawn = (throughput, error_ratio(throughput), _times(lines, before))
        return Measured(tuple(Chart(*pair) for pair in zip(ChartName, drawn, strict=True)))

    def _lines(self, grid: Grid, selection: Selection) -> Iterator[_Line]:
        for service in SERVICES:
            ordinary = _ordinary(service, grid)
            for environment in ENVIRONMENTS:
                if _selected(service, environment, selection):
                    line = ordinary.of(environment)
                    for effect in self._effects:
                        if effect.service in (None, service) and effect.environment in (None, environment):
                            line.change(effect, grid)
                    yield line


def _selected(service: Service, environment: Environment, selection: Selection) -> bool:
    labels = {SERVICE_LABEL: service.name, ENVIRONMENT_LABEL: environment.label}
    return all(labels.get(matcher.label, "") in matcher.values for matcher in selection)


def _moments(grid: Grid) -> Iterable[int]:
    return range(grid.start, grid.end + 1, grid.step_seconds * SECOND)


def _ordinary(service: Service, grid: Grid) -> _Line:
    """In production, if nothing had happened."""
    name = service.name
    return _Line(
        [service.requests * _time_of_day(at) * noise(f"{name} asked", at, 0.06) for at in _moments(grid)],
        [_FAILED * noise(f"{name} failing", at, 0.5) for at in _moments(grid)],
        [service.median_seconds * noise(f"{name} takes", at, 0.08) for at in _moments(grid)],
    )


def _touched(effect: Effect, grid: Grid) -> Iterator[tuple[int, float]]:
    """The places of the grid that an effect shows at, and which share of the window before each it holds in."""
    step = grid.step_seconds * SECOND
    window = max(step, _SHORTEST_WINDOW)
    end = grid.end if effect.end is None else effect.end
    first = max((effect.start - grid.start) // step, 0)
    last = min((end + window - grid.start) // step + 1, grid.points)
    for number in range(first, last):
        moment = grid.start + number * step
        if share := effect.covers(Instant(moment - window), Instant(moment)):
            yield number, share


def _time_of_day(moment: int) -> float:
    """Fewest by night, most in the afternoon; by a quarter less at weekends."""
    hour = moment % DAY / HOUR
    return (0.62 + 0.38 * math.sin((hour - 9) * math.pi / 12)) * (0.75 if weekday(moment) >= SATURDAY else 1.0)


def _traffic(lines: Sequence[_Line]) -> Iterator[tuple[str, list[float]]]:
    """Requests a second by class: what neither fails nor is odd is fine."""
    failed: list[float] = [
        sum(values) for values in zip(*([a * b for a, b in _pairs(one)] for one in lines), strict=True)
    ]
    total = [sum(values) for values in zip(*(one.requests for one in lines), strict=True)]
    good = [whole - bad for whole, bad in zip(total, failed, strict=True)]
    yield "2xx", [value * (1 - _MOVED - _NOT_FOUND) for value in good]
    yield "3xx", [value * _MOVED for value in good]
    yield "4xx", [value * _NOT_FOUND for value in good]
    yield "5xx", failed


def _pairs(line: _Line) -> Iterable[tuple[float, float]]:
    return zip(line.requests, line.failing, strict=True)


def _times(lines: Sequence[_Line], before: int) -> tuple[Series, ...]:
    """Of several services the mean by their traffic, which is near enough for what is made up."""
    weighed = ([a * b for a, b in zip(one.requests, one.seconds, strict=True)] for one in lines)
    total = [sum(values) for values in zip(*(one.requests for one in lines), strict=True)]
    medians = [sum(values) / whole for *values, whole in zip(*weighed, total, strict=True)]
    return tuple(
        Series(name, tuple(_without(before, [median * beyond for median in medians])))
        for name, beyond in _BEYOND_MEDIAN.items()
    )


def _without(before: int, values: Sequence[float]) -> list[Value]:
    return [*(None,) * before, *values[before:]]
