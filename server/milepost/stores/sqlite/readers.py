"""Reading, each read in one transaction, so that it sees one moment: on the spot where that is quick, else in a thread.

A thread would be the slower way for most: looking up a key takes 0.01 ms, handing it to a thread and back 0.2 ms of the
processor's time, since every step of SQLite's gives Python's lock away and has to wait for it again. So what is asked for is
first tried where it is asked, and given up before anybody else on the event loop notices; a thread then begins it anew.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from milepost.domain.errors import Unavailable
from milepost.stores.sqlite.connection import connect
from milepost.stores.sqlite.faults import unavailable
from milepost.stores.sqlite.reading import Reading

T = TypeVar("T")
Look = Callable[[sqlite3.Connection], T]

MOST_READERS = 4
"""Threads for reading."""
MOST_WAITING = 10_000
"""Reads that may wait for a thread; more are turned away."""
LONGEST_READ_SECONDS = 10.0
_STEPS_BETWEEN_LOOKS = 20_000
MOST_STEPS_ON_THE_SPOT = 5_000
"""Of SQLite's machine, some 0.3 ms; a page of the newest 100 events takes 2,400."""
LONGEST_ON_THE_SPOT_SECONDS = 0.01
"""Where few steps take long, the disk is slow."""
LARGEST_ON_THE_SPOT_BYTES = 256 * 1024
"""A value that SQLite makes there, such as the records of a page: taking a larger one apart would take long, too."""
_STEPS_BETWEEN_GLANCES = 200


class Readers:
    """The reading connections of this process. What is looked for may be looked for twice, so `look` only reads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting = 0
        self._closed = False
        self._on_the_spot = Reading(self._open_for_small)
        self._in_threads = Reading(self.open)
        self._threads = ThreadPoolExecutor(MOST_READERS, "milepost-reader")

    async def read(self, look: Look[T], *, bounded: bool = True) -> T:
        """What `look` finds; raises `Unavailable` where the file fails or, if `bounded`, the answer takes too long.

        What isn't `bounded` is known to take its time, and goes to a thread straight away.
        """
        # As any other wait would, this lets others have their turn.
        await asyncio.sleep(0)
        if self._closed:
            raise Unavailable("the store is closed")
        if bounded:
            # Whatever SQLite complains of here (that it was stopped, that too much comes, that the file is locked), a thread
            # is more patient.
            with suppress(sqlite3.Error):
                return self._on_the_spot.read(look, _impatience(), _STEPS_BETWEEN_GLANCES)
        return await self._read_in_thread(look, LONGEST_READ_SECONDS if bounded else math.inf)

    def open(self) -> sqlite3.Connection:
        """A further connection, for one reader that closes it itself (an export, a listener)."""
        try:
            return connect(self.path, read_only=True)
        except sqlite3.Error as error:
            raise unavailable(error, self.path) from error

    def close(self) -> None:
        """Wait for reads under way and close every connection."""
        self._closed = True
        self._threads.shutdown()
        self._in_threads.close()
        self._on_the_spot.close()

    def _open_for_small(self) -> sqlite3.Connection:
        connection = connect(self.path, read_only=True, busy_seconds=0.0)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_ON_THE_SPOT_BYTES)
        return connection

    async def _read_in_thread(self, look: Look[T], longest_seconds: float) -> T:
        if self._waiting >= MOST_WAITING:
            raise Unavailable(f"more than {MOST_WAITING:,} reads are waiting")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._read_patiently, look, longest_seconds)
        finally:
            self._waiting -= 1

    def _read_patiently(self, look: Look[T], longest_seconds: float) -> T:
        deadline = time.monotonic() + longest_seconds
        try:
            return self._in_threads.read(look, lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
        except sqlite3.Error as error:
            raise unavailable(error, self.path) from error


def _impatience() -> Callable[[], bool]:
    """Says, asked every so many steps, when to stop."""
    deadline = time.monotonic() + LONGEST_ON_THE_SPOT_SECONDS
    glances = iter(range(MOST_STEPS_ON_THE_SPOT // _STEPS_BETWEEN_GLANCES))
    return lambda: next(glances, None) is None or time.monotonic() > deadline
