"""Reading: a few threads, each read on a connection of its own and in one transaction, so that it sees one moment."""

from __future__ import annotations

import asyncio
import math
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from milepost.domain.errors import Unavailable
from milepost.stores.sqlite.connection import connect
from milepost.stores.sqlite.faults import unavailable

T = TypeVar("T")

MOST_READERS = 4
"""Connections, and threads, for reading."""
MOST_WAITING = 10_000
"""Reads that may wait for a thread; more are turned away."""
LONGEST_READ_SECONDS = 10.0
_STEPS_BETWEEN_LOOKS = 20_000


class Readers:
    """The reading connections of this process, opened as they are needed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._waiting = 0
        self._closed = False
        self._threads = ThreadPoolExecutor(MOST_READERS, "milepost-reader")

    async def read(self, look: Callable[[sqlite3.Connection], T], *, bounded: bool = True) -> T:
        """What `look` finds; raises `Unavailable` where the file fails or, if `bounded`, the answer takes too long."""
        if self._closed:
            raise Unavailable("the store is closed")
        if self._waiting >= MOST_WAITING:
            raise Unavailable(f"more than {MOST_WAITING:,} reads are waiting")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, look, bounded)
        finally:
            self._waiting -= 1

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
        while self._idle:
            self._idle.pop().close()

    def _read(self, look: Callable[[sqlite3.Connection], T], bounded: bool) -> T:  # noqa: FBT001
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        connection = connection or self.open()
        try:
            result = self._look(connection, look, LONGEST_READ_SECONDS if bounded else math.inf)
        except sqlite3.Error as error:
            connection.close()
            raise unavailable(error, self.path) from error
        except BaseException:
            self._put_back(connection)
            raise
        self._put_back(connection)
        return result

    def _put_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            self._idle.append(connection)

    def _look(
        self, connection: sqlite3.Connection, look: Callable[[sqlite3.Connection], T], longest_seconds: float
    ) -> T:
        deadline = time.monotonic() + longest_seconds
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
        connection.execute("BEGIN")
        try:
            return look(connection)
        finally:
            connection.execute("COMMIT")
