"""Connections for reading, opened as they are needed and kept for the next read."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Reading:
    """Reads, each on a connection of its own for as long as it takes; from any number of threads."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def read(self, look: Callable[[sqlite3.Connection], T], give_up: Callable[[], bool], every_steps: int) -> T:
        """What `look` finds at one moment; raises `sqlite3.Error`, also once `give_up` says so.

        A connection that failed is closed: a statement that was cut off would keep its moment alive for the reads to come.
        """
        connection = self._take()
        connection.set_progress_handler(give_up, every_steps)
        try:
            found = _look(connection, look)
        except sqlite3.Error:
            connection.close()
            raise
        except BaseException:
            self._put_back(connection)
            raise
        self._put_back(connection)
        return found

    def close(self) -> None:
        """Close the connections that nobody reads on."""
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _put_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            self._idle.append(connection)


def _look(connection: sqlite3.Connection, look: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("BEGIN")
    try:
        return look(connection)
    finally:
        connection.execute("COMMIT")
