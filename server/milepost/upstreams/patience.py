"""How long one question may go on with further requests, so that what the first of them found isn't lost.

An overlay gives up a source after 5 seconds, together with all that it had found by then. So an adapter that asks several
times for one question keeps to a budget below that, and answers with what it has when that is used up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import anyio

BUDGET_SECONDS: Final = 4.0
"""What one question may take, by whatever clock doesn't go back; under an overlay's deadline."""
T = TypeVar("T")


class Patience:
    """The time of one question, from now on. `seconds` may be infinite."""

    def __init__(self, seconds: float = BUDGET_SECONDS) -> None:
        self._end = anyio.current_time() + seconds
        self._begun = False

    async def give(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """What `ask` comes to, whatever time it takes, if it is the first; one after it is cancelled when time is up.

        None is that it was, and so that nothing came of it. Who cancels the whole is obeyed as ever.
        """
        first, self._begun = not self._begun, True
        if first:
            return await ask()
        if anyio.current_time() >= self._end:
            return None
        with anyio.CancelScope(deadline=self._end):
            return await ask()
        return None
