"""Grids, and what series come to."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from milepost.domain.charts import (
    CLASSES,
    MOST_POINTS,
    STEPS_SECONDS,
    Chart,
    ChartName,
    Grid,
    Series,
    by_class,
    error_ratio,
)
from milepost.domain.errors import Invalid
from milepost.domain.instant import DAY, EARLIEST, HOUR, LATEST, SECOND, Instant

NOON = Instant(1_705_320_000_000)
LONGEST = (MOST_POINTS - 2) * STEPS_SECONDS[-1] * SECOND


@pytest.mark.parametrize(
    ("window", "step_seconds"),
    [
        (0, 15),
        (HOUR, 15),
        (4 * HOUR, 15),
        (6 * HOUR, 30),
        (DAY, 120),
        (7 * DAY, 900),
        (30 * DAY, 3_600),
        (LONGEST, 604_800),
    ],
)
def test_the_step_is_the_shortest_with_at_most_a_thousand_points(window: int, step_seconds: int):
    grid = Grid.over(Instant(NOON - window), NOON)
    assert grid.step_seconds == step_seconds
    assert grid.points <= MOST_POINTS


@given(st.integers(EARLIEST, LATEST), st.integers(0, LONGEST))
@example(EARLIEST, 0)
@example(EARLIEST, LONGEST)
@example(LATEST, 0)
@example(LATEST - LONGEST, LONGEST)
def test_a_grid_covers_its_window_at_multiples_of_its_step(start: int, window: int):
    end = min(start + window, LATEST)
    grid = Grid.over(Instant(start), Instant(end))
    step = grid.step_seconds * SECOND
    assert 1 <= grid.points <= MOST_POINTS
    assert grid.start % step == grid.end % step == 0
    assert EARLIEST <= grid.start <= max(start, EARLIEST + step)
    assert min(end, LATEST - step) <= grid.end <= LATEST
    assert grid.start > start - step
    assert grid.end < end + step


def test_a_window_that_no_step_covers_is_refused_with_the_longest_that_is_drawn():
    with pytest.raises(Invalid) as caught:
        Grid.over(EARLIEST, LATEST)
    assert str(caught.value).startswith("startTime: the window has 3,652,058 days; at most 6,986 are drawn")


def test_moments_are_counted_up_to_one_of_them():
    grid = Grid.over(NOON, Instant(NOON + 60 * SECOND))
    assert [grid.count_until(Instant(NOON + seconds * SECOND)) for seconds in (-1, 0, 14, 15, 60, 1_000)] == [
        0,
        1,
        1,
        2,
        5,
        5,
    ]


def test_what_lies_behind_a_moment_is_blanked():
    chart = Chart(ChartName.RESPONSE_TIME, (Series("p50", (1.0, 2.0, 3.0)),))
    assert chart.until(1).series[0].values == (1.0, None, None)
    assert chart.until(3) == chart


def test_what_belongs_to_one_class_is_added_up():
    series = by_class([("2xx", (1.0, None, 3.0)), ("5xx", (None, None, 1.0)), ("2xx", (1.0, None, None))])
    assert {one.name: one.values for one in series} == {
        "2xx": (2.0, None, 3.0),
        "3xx": (0.0, None, 0.0),
        "4xx": (0.0, None, 0.0),
        "5xx": (0.0, None, 1.0),
    }


def test_further_classes_come_last():
    assert [one.name for one in by_class([("other", (1.0,)), ("1xx", (1.0,))])] == [*CLASSES, "1xx", "other"]


def test_where_nothing_was_measured_there_is_no_series():
    assert by_class([]) == ()
    assert error_ratio(()) == ()


def test_the_error_ratio_is_none_where_nothing_was_asked():
    [ratio] = error_ratio(by_class([("2xx", (3.0, 0.0, None)), ("5xx", (1.0, None, None))]))
    assert ratio.values == (0.25, None, None)
