"""Reading back in time: windows one after the other, each in one page or several."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from milepost.domain.errors import Unavailable
from milepost.domain.event import Event
from milepost.upstreams.apica.place import Place, Step
from milepost.upstreams.apica.window import Window
from milepost.upstreams.exchange import AnswerTooLarge
from milepost.upstreams.patience import Patience

MOST_REQUESTS: Final = 12
"""Requests that one question may come to."""

Ask = Callable[[Place], Awaitable[Step]]


class Descent:
    """Everything from `window` on back to its floor, by as many steps as are wanted, newest seconds first.

    `reached` is the second down to which all was read, None before there is any; `complete` says that the upstream left
    nothing out, `left_out` how many rows couldn't be read.
    """

    def __init__(self, ask: Ask, window: Window, name: str, patience: Patience) -> None:
        self.reached: int | None = None
        self.complete = True
        self.left_out = 0
        self._ask = ask
        self._place: Place | None = Place(window)
        self._name = name
        self._patience = patience
        self._in_time = True
        self._requests = 0

    @property
    def ended(self) -> bool:
        """Whether the floor was reached."""
        return self._place is None

    @property
    def may_go_on(self) -> bool:
        """Whether there is more to read, and leave to do it."""
        return self._place is not None and self._in_time and self._requests < MOST_REQUESTS

    async def step(self) -> Sequence[Event]:
        """One request: the events wanted of the seconds that are complete with it, maybe none; those of a step in order.

        Raises what asking raises; an answer that is too large only where the window can't be narrowed. One that doesn't
        come in time changes nothing.
        """
        if self._place is None:
            return ()
        self._requests += 1
        try:
            step = await self._patience.give(partial(self._ask, self._place))
        except AnswerTooLarge:
            self._place = narrower = self._place.narrower()
            if narrower is None:
                raise
            return ()
        if step is None:
            self._in_time = False
            return ()
        self._place = step.place
        self.reached = self.reached if step.reached is None else step.reached
        self.complete &= step.answer.complete
        self.left_out += step.answer.left_out
        return step.events

    def too_much(self) -> Unavailable:
        """What to say where not even one second could be read to its end."""
        if self._in_time:
            return AnswerTooLarge(f"{self._name} answers more than is read at once; ask for less, by more filters")
        return Unavailable(f"{self._name} answers too slowly for this to be read; ask for less, by more filters")
