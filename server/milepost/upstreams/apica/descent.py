"""Reading back in time: windows one after the other, each in one page or several."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

import anyio

from milepost.domain.errors import Broken
from milepost.domain.instant import SECOND
from milepost.upstreams.apica.answer import Answer
from milepost.upstreams.apica.window import Window
from milepost.upstreams.exchange import AnswerTooLarge
from milepost.wire.apica_row import ApicaRow

MOST_REQUESTS: Final = 12
"""Requests that one question may come to."""
LONGEST_SECONDS: Final = 3.0
"""No further request is begun after that time: well within an overlay's deadline, so that a slow upstream gives little, not nothing."""

Ask = Callable[[Window, str | None], Awaitable[Answer]]


class Descent:
    """Everything from `window` on back to its floor, by as many steps as are wanted, newest seconds first.

    `reached` is the second down to which all was read, None before there is any; `ended` says that this was the floor;
    `complete` that the upstream left nothing out.
    """

    def __init__(self, ask: Ask, window: Window, name: str) -> None:
        self.reached: int | None = None
        self.ended = False
        self.complete = True
        self._ask = ask
        self._window = window
        self._name = name
        self._cursor: str | None = None
        self._held: list[ApicaRow] = []
        self._requests = 0
        self._latest_start = anyio.current_time() + LONGEST_SECONDS

    @property
    def may_go_on(self) -> bool:
        """Whether there is more to read, and leave to do it."""
        return not self.ended and self._requests < MOST_REQUESTS and anyio.current_time() < self._latest_start

    async def step(self) -> Sequence[ApicaRow]:
        """One request: all rows of the seconds that are complete with it, maybe none, in no order.

        Raises what asking raises; an answer that is too large only where the window can't be narrowed.
        """
        self._requests += 1
        try:
            answer = await self._ask(self._window, self._cursor)
        except AnswerTooLarge as too_large:
            self._narrow(too_large)
            return ()
        self.complete &= answer.complete
        # Apica doesn't say how it rounds the ends of a window.
        rows = [row for row in answer.rows if self._window.holds(row.time_stamp_utc)]
        if self._cursor is not None or answer.cursor is not None:
            self._check_order(rows)
        return self._end_window(rows) if answer.cursor is None else self._turn_page(rows, answer.cursor)

    def too_much(self) -> AnswerTooLarge:
        """What to say where not even one second could be read to its end."""
        return AnswerTooLarge(f"{self._name} answers more than is read at once; ask for less, by more filters")

    def _end_window(self, rows: list[ApicaRow]) -> Sequence[ApicaRow]:
        complete = self._held + rows
        self.reached = self._window.first
        self._start(self._window.below(self.reached))
        return complete

    def _turn_page(self, rows: list[ApicaRow], cursor: str) -> Sequence[ApicaRow]:
        """The oldest second of a page may go on in the next one, and is held back."""
        self._cursor = cursor
        rows = self._held + rows
        if not rows:
            return ()
        oldest = _second(rows[-1])
        self._held = [row for row in rows if _second(row) == oldest]
        complete = rows[: len(rows) - len(self._held)]
        if complete:
            self.reached = oldest + 1
        return complete

    def _check_order(self, rows: list[ApicaRow]) -> None:
        """What comes in pages has to come newest first, or some of it would be missed."""
        seconds = [_second(row) for row in self._held[-1:] + rows]
        if sorted(seconds, reverse=True) != seconds:
            raise Broken(f"{self._name} answered what can't be understood (pages that aren't newest first)")

    def _narrow(self, too_large: AnswerTooLarge) -> None:
        window = self._window
        if self._held:
            oldest = _second(self._held[0])
            window = replace(window, last=oldest, anchor=min(window.anchor, oldest))
        narrower = window.narrower()
        if narrower is None:
            raise too_large
        self._start(narrower)

    def _start(self, window: Window | None) -> None:
        self._cursor, self._held = None, []
        self.ended = window is None
        self._window = window or self._window


def _second(row: ApicaRow) -> int:
    return row.time_stamp_utc // SECOND
