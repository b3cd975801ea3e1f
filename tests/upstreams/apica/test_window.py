"""In which order the past is looked through, and that nothing of it is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.instant import DAY, EARLIEST, LATEST, SECOND, Instant
from milepost.upstreams.apica.answer import LONGEST_CURSOR
from milepost.upstreams.apica.descent import LONGEST_SECONDS, MOST_REQUESTS
from milepost.upstreams.apica.events import QUICKLY_READ_ROWS
from milepost.upstreams.apica.window import (
    FIRST_LENGTH,
    FIRST_SECOND,
    GROWTH,
    LAST_SECOND,
    LONGEST_LENGTH,
    Window,
)
from tests.upstreams.apica.fake import NOW

MOMENTS = st.integers(EARLIEST - DAY, LATEST + DAY).map(Instant) | st.integers(-(10**16), 10**16).map(Instant)
NEAR = st.integers(NOW - 3000 * DAY, NOW + 400 * DAY).map(Instant)
ENDS = st.none() | NEAR | MOMENTS


def test_the_limits_stay_as_they_are():
    assert (FIRST_LENGTH, GROWTH, LONGEST_LENGTH) == (86_400, 4, 1_024 * 86_400)
    assert (MOST_REQUESTS, LONGEST_SECONDS, LONGEST_CURSOR, QUICKLY_READ_ROWS) == (12, 3.0, 4_096, 1_000)


def descending(window: Window | None) -> list[Window]:
    windows: list[Window] = []
    while window is not None:
        windows.append(window)
        window = window.below(window.first)
    return windows


def test_each_window_is_four_times_as_long_and_the_last_has_no_beginning():
    windows = descending(Window.between(None, None, NOW))
    days = [(window.anchor - window.first + 1) / FIRST_LENGTH for window in windows]
    assert days[:-1] == [1, 4, 16, 64, 256, 1024]
    assert windows[0].last == LAST_SECOND
    assert windows[-1].first == FIRST_SECOND
    assert len(windows) < MOST_REQUESTS


@given(ENDS, ENDS, NEAR)
def test_windows_follow_each_other_without_a_gap(start: Instant | None, end: Instant | None, now: Instant):
    windows = descending(Window.between(start, end, now))
    floor = FIRST_SECOND if start is None else max(FIRST_SECOND, start // SECOND)
    last = LAST_SECOND if end is None else min(LAST_SECOND, end // SECOND)
    assert bool(windows) == (floor <= last)
    assert len(windows) < MOST_REQUESTS
    for window in windows:
        assert window.last == last
        assert floor <= window.first <= window.last
        last = window.first - 1
    if windows:
        assert windows[-1].first == floor


@given(ENDS, ENDS, NEAR, st.integers(0, 6))
def test_a_window_is_narrowed_down_to_a_second(start: Instant | None, end: Instant | None, now: Instant, skipped: int):
    window = next(iter(descending(Window.between(start, end, now))[skipped:]), None)
    steps = 0
    while window is not None and (narrower := window.narrower()) is not None:
        assert window.first < narrower.first <= narrower.anchor <= narrower.last == window.last
        window, steps = narrower, steps + 1
    assert window is None or window.first == window.anchor
    assert steps < MOST_REQUESTS + 3


def test_from_the_first_window_a_second_is_reached_in_time_to_read_it():
    window: Window | None = Window.between(None, NOW, NOW)
    steps = 0
    while window is not None:
        window, steps = window.narrower(), steps + 1
    assert steps < MOST_REQUESTS


def test_after_a_narrowed_window_the_next_one_is_as_long_and_then_they_grow_again():
    first = Window.between(None, NOW, NOW)
    assert first is not None
    narrower = first.narrower()
    assert narrower is not None
    second = narrower.below(narrower.first)
    assert second is not None
    third = second.below(second.first)
    assert third is not None
    assert [narrower.length, second.length, third.length] == [21_600, 21_600, 86_400]


@pytest.mark.parametrize(("moment", "held"), [(-1, False), (0, True), (999, True), (1000, False)])
def test_a_window_holds_whole_seconds(moment: int, held: bool):
    window = Window.between(NOW, NOW, NOW)
    assert window is not None
    assert window.holds(Instant(NOW + moment)) == held
