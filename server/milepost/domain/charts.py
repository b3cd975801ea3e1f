"""What was measured of services: series on a grid of moments, and which of all metrics are meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from milepost.domain.errors import Invalid
from milepost.domain.instant import DAY, EARLIEST, LATEST, SECOND, Instant, When
from milepost.domain.query import Missing

MOST_POINTS: Final = 1_000
"""Of a series: more than a screen has room for."""
STEPS_SECONDS: Final = (
    *(15, 30, 60, 120, 300, 600, 900, 1_800),
    *(3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 604_800),
)
"""Between two points; each divides a day or is a week, so that points lie at moments that people name."""

Value = float | None
"""None is a moment at which nothing was measured."""


class ChartName(Enum):
    """Which chart it is."""

    THROUGHPUT = "throughput"
    ERROR_RATIO = "errorRatio"
    RESPONSE_TIME = "responseTime"

    @property
    def title(self) -> str:
        """For people."""
        return _TITLES[self]

    @property
    def unit(self) -> str:
        """Of its values."""
        return _UNITS[self]


_TITLES: Final = {
    ChartName.THROUGHPUT: "Throughput",
    ChartName.ERROR_RATIO: "Error ratio",
    ChartName.RESPONSE_TIME: "Response time",
}
_UNITS: Final = {
    ChartName.THROUGHPUT: "requests/s",
    ChartName.ERROR_RATIO: "ratio",
    ChartName.RESPONSE_TIME: "seconds",
}
CLASSES: Final = ("2xx", "3xx", "4xx", "5xx")
"""The series of throughput: statuses of answers by their first digit."""
FAILED: Final = "5xx"
QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
"""The series of response time."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart, with a value for each moment of its grid."""

    name: str
    values: tuple[Value, ...]

    def until(self, count: int) -> Series:
        """The same, with nothing behind its first `count` values."""
        return Series(self.name, (*self.values[:count], *(None,) * len(self.values[count:])))


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines that belong together; none where nothing was measured at all."""

    name: ChartName
    series: tuple[Series, ...]

    def until(self, count: int) -> Chart:
        """The same, with nothing behind the first `count` values."""
        return Chart(self.name, tuple(one.until(count) for one in self.series))


@dataclass(frozen=True, slots=True)
class Grid:
    """Moments at equal distances from `start` on, each at a multiple of the step."""

    start: Instant
    step_seconds: int
    points: int

    @property
    def end(self) -> Instant:
        """The last moment."""
        return Instant(self.start + (self.points - 1) * self.step_seconds * SECOND)

    def count_until(self, moment: Instant) -> int:
        """How many of its moments are no later than that one."""
        return min(max((moment - self.start) // (self.step_seconds * SECOND) + 1, 0), self.points)

    @classmethod
    def over(cls, start: Instant, end: Instant, field: str = "startTime") -> Grid:
        """The finest that covers a window with at most `MOST_POINTS`; raises `Invalid` where none does."""
        for step_seconds in STEPS_SECONDS:
            step = step_seconds * SECOND
            first, last = start - start % step, end + -end % step
            # No moment lies before the first year, or behind the last.
            first, last = first + step * (first < EARLIEST), last - step * (last > LATEST)
            if (points := (last - first) // step + 1) <= MOST_POINTS:
                return cls(Instant(first), step_seconds, points)
        days = (end - start) // DAY
        longest = (MOST_POINTS - 2) * STEPS_SECONDS[-1] * SECOND // DAY
        raise Invalid.of(field, f"the window has {days:,} days; at most {longest:,} are drawn, write a later time here")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a source has to show, in the order of `ChartName`, and what it lacks though it should have it."""

    charts: tuple[Chart, ...]
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSearch:
    """What a user asks for, as written: times may be relative, `bucket` and `environment` are SIDs or names."""

    start: When | None = None
    end: When | None = None
    bucket: str | None = None
    environment: str | None = None


def by_class(found: Iterable[tuple[str, Sequence[Value]]]) -> tuple[Series, ...]:
    """Throughput: what belongs to one class added up, 0 where only others were counted. None where nothing was."""
    classes: dict[str, list[Value]] = {}
    for name, values in found:
        before = classes.get(name)
        classes[name] = list(values) if before is None else [_sum(*pair) for pair in zip(before, values, strict=True)]
    if not classes:
        return ()
    points = len(next(iter(classes.values())))
    counted = [any(values[point] is not None for values in classes.values()) for point in range(points)]
    nothing: list[Value] = [None] * points
    names = [*CLASSES, *sorted(classes.keys() - set(CLASSES))]
    return tuple(Series(name, _with_zeros(classes.get(name, nothing), counted)) for name in names)


def error_ratio(throughput: Sequence[Series]) -> tuple[Series, ...]:
    """The share of `FAILED` in all of it; None where nothing was asked."""
    failed = next((one.values for one in throughput if one.name == FAILED), None)
    if failed is None:
        return ()
    totals = [sum(value or 0.0 for value in values) for values in zip(*(one.values for one in throughput), strict=True)]
    ratios = ((part or 0.0) / whole if whole > 0 else None for part, whole in zip(failed, totals, strict=True))
    return (Series("errors", tuple(ratios)),)


def _sum(one: Value, other: Value) -> Value:
    return other if one is None else one if other is None else one + other


def _with_zeros(values: Sequence[Value], counted: Sequence[bool]) -> tuple[Value, ...]:
    return tuple(0.0 if value is None and some else value for value, some in zip(values, counted, strict=True))
