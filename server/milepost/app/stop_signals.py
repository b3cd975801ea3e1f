"""SIGINT and SIGTERM as a wish to stop, from the first moment of a start to the last of a stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol


class Stoppable(Protocol):
    """What a signal stops."""

    def stop(self, *, now: bool) -> None:
        """Begin to stop; `now` doesn't wait for what is open."""
        ...


class StopSignals:
    """Remembers a signal that comes before there is anything to stop."""

    def __init__(self) -> None:
        self._count = 0
        self._server: Stoppable | None = None

    def attach(self, server: Stoppable) -> None:
        """Stop this server on a signal, or at once if one came already."""
        self._server = server
        if self._count:
            server.stop(now=False)

    @contextmanager
    def caught(self) -> Generator[None]:
        """Take the signals meanwhile. They aren't raised again: a stop that was asked for is no failure."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._came) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _came(self, _number: int, _frame: FrameType | None) -> None:
        """The second one doesn't wait any more."""
        self._count += 1
        if self._server is not None:
            self._server.stop(now=self._count > 1)
