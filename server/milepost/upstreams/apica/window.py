"""Which seconds to ask for next: windows that go back from the newest, short ones first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from milepost.domain.instant import DAY, LATEST, SECOND, Instant

FIRST_LENGTH: Final = DAY // SECOND
"""Seconds that are looked at first."""
GROWTH: Final = 4
"""Each window is that much longer than the one before it; after an answer that is too large, that much shorter."""
LONGEST_LENGTH: Final = 1_024 * FIRST_LENGTH
"""Beyond it a window has no beginning."""
FIRST_SECOND: Final = 0
"""Apica's times are milliseconds after 1970; what is older can't be asked for, and so isn't there."""
LAST_SECOND: Final = LATEST // SECOND


@dataclass(frozen=True, slots=True)
class Window:
    """The whole seconds since 1970 from `first` to `last`, both included, of those from `floor` on.

    `length` counts back from `anchor`: from `last`, or from the present where the window reaches into the future.
    Whole, so that events of the same second are never seen apart.
    """

    floor: int
    last: int
    anchor: int
    length: int = FIRST_LENGTH
    narrowed: bool = False

    @classmethod
    def between(cls, start: Instant | None, end: Instant | None, now: Instant) -> Window | None:
        """The first one for what lies between two moments, None being no bound; None if nothing can."""
        floor = FIRST_SECOND if start is None else max(start // SECOND, FIRST_SECOND)
        last = LAST_SECOND if end is None else min(end // SECOND, LAST_SECOND)
        return cls(floor, last, min(last, max(now // SECOND, floor))) if floor <= last else None

    @property
    def first(self) -> int:
        """The second that it begins with."""
        return self.floor if self.length > LONGEST_LENGTH else max(self.floor, self.anchor - self.length + 1)

    def holds(self, moment: Instant) -> bool:
        """Whether the moment lies in it."""
        return self.first <= moment // SECOND <= self.last

    def narrower(self) -> Window | None:
        """A quarter of it, with the same end; None if it can't be narrowed."""
        length = min(self.length, self.anchor - self.first + 1)
        return replace(self, length=max(1, length // GROWTH), narrowed=True) if length > 1 else None

    def below(self, second: int) -> Window | None:
        """The next one, up to before `second`; None if nothing is left. Not longer at once where one was too long."""
        if second <= self.floor:
            return None
        length = self.length if self.narrowed else self.length * GROWTH
        return Window(self.floor, second - 1, min(self.anchor, second - 1), length)
