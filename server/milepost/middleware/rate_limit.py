"""How often something may be done under one key, counted in windows that begin with the first time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

MOST_KEYS: Final = 10_000
"""Keys remembered at once; the oldest is forgotten first."""


@dataclass(slots=True)
class _Window:
    ends_at: float
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Where a key stands. `granted` is whether this time was still within the limit."""

    granted: bool
    limit: int
    remaining: int
    reset_in_seconds: int


class RateLimiter:
    """At most `limit` times in a window of `seconds` under each key.

    A window begins with the first time after the one before, so around its end twice as many may fall close together.
    """

    def __init__(self, limit: int, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._seconds = seconds
        self._monotonic = monotonic
        self._windows: dict[str, _Window] = {}

    def take(self, key: str) -> Allowance:
        """Use up one time of the key's."""
        window = self._window(key)
        window.used += 1
        return self._allowance(window, granted=window.used <= self._limit)

    def _window(self, key: str) -> _Window:
        now = self._monotonic()
        window = self._windows.get(key)
        if window is None or now >= window.ends_at:
            # Taken out first, so that the dictionary stays in the order of the windows' ends.
            self._windows.pop(key, None)
            self._forget(now)
            window = self._windows[key] = _Window(now + self._seconds, 0)
        return window

    def _forget(self, now: float) -> None:
        while self._windows:
            oldest = next(iter(self._windows))
            if len(self._windows) < MOST_KEYS and now < self._windows[oldest].ends_at:
                return
            del self._windows[oldest]

    def _allowance(self, window: _Window, *, granted: bool) -> Allowance:
        reset = max(0, ceil(window.ends_at - self._monotonic()))
        remaining = max(0, self._limit - window.used)
        return Allowance(granted=granted, limit=self._limit, remaining=remaining, reset_in_seconds=reset)
