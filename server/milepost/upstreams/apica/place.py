"""A place in the descent through the past, and the step that an answer makes of it. Pure, so that a thread can do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from milepost.domain.event import Event
from milepost.domain.instant import SECOND
from milepost.upstreams.apica.answer import Answer
from milepost.upstreams.apica.window import Window
from milepost.upstreams.failures import not_understood
from milepost.wire.apica_row import ApicaRow

Choose = Callable[[Sequence[ApicaRow]], list[Event]]
"""The events wanted of rows that are all of their seconds."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is asked for next: a page of a window, the first one where `cursor` is None; and the rows held back so far.

    Those are of the oldest second that was read, which may go on in that page.
    """

    window: Window
    cursor: str | None = None
    held: tuple[ApicaRow, ...] = ()

    def step(self, answer: Answer, choose: Choose, name: str) -> Step:
        """What the answer comes to. Raises `Broken`, about the upstream called `name`, for pages in another order."""
        # Apica doesn't say how it rounds the ends of a window.
        rows = [row for row in answer.rows if self.window.holds(row.time_stamp_utc)]
        if self.cursor is not None or answer.cursor is not None:
            self._check_order(rows, name)
        rows = [*self.held, *rows]
        if answer.cursor is None:
            first = self.window.first
            below = self.window.below(first)
            return Step(choose(rows), None if below is None else Place(below), first, answer)
        if not rows:
            return Step([], replace(self, cursor=answer.cursor), None, answer)
        oldest = _second(rows[-1])
        held = tuple(row for row in rows if _second(row) == oldest)
        complete = rows[: len(rows) - len(held)]
        return Step(choose(complete), Place(self.window, answer.cursor, held), oldest + 1 if complete else None, answer)

    def narrower(self) -> Place | None:
        """Where to go on after an answer that is too large; None if the window can't be narrowed."""
        window = self.window
        if self.held:
            oldest = _second(self.held[0])
            window = replace(window, last=oldest, anchor=min(window.anchor, oldest))
        narrower = window.narrower()
        return None if narrower is None else Place(narrower)

    def _check_order(self, rows: list[ApicaRow], name: str) -> None:
        """What comes in pages has to come newest first, or some of it would be missed."""
        seconds = [_second(row) for row in (*self.held[-1:], *rows)]
        if sorted(seconds, reverse=True) != seconds:
            raise not_understood(name, "pages that aren't newest first")


@dataclass(frozen=True, slots=True)
class Step:
    """The events wanted of the seconds that are complete with `answer`, and the next place; None is that this was the end.

    `reached` is the second down to which all was read, None where it is the same as before.
    """

    events: list[Event]
    place: Place | None
    reached: int | None
    answer: Answer


def _second(row: ApicaRow) -> int:
    return row.time_stamp_utc // SECOND
