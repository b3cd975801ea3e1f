"""The feed: a thread that looks for notices, of this process and of others, while anybody listens."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from milepost.domain.errors import MilepostError
from milepost.domain.history import Notice
from milepost.domain.notice_buffer import NoticeBuffer
from milepost.stores.sqlite.notices import newest_position, notices_after
from milepost.stores.sqlite.readers import Readers

LOOK_EVERY_SECONDS = 0.1
"""How soon a change made by another process is heard; those of this one are heard at once."""
_BATCH = 500
_AFTER_FAULT_SECONDS = 1.0


class _Listener(NoticeBuffer):
    """One listener's buffer; filled by its event loop, at the watcher's request."""

    def __init__(self, loop: asyncio.AbstractEventLoop, floor: int) -> None:
        super().__init__()
        self.loop = loop
        self.floor = floor


class SqliteFeed:
    """Meets `ChangeFeed`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._listeners: set[_Listener] = set()
        self._position = 0
        self._wake = threading.Condition()
        self._hinted = False
        self._watcher: threading.Thread | None = None

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[Notice]]:
        """See `ChangeFeed.listen`."""
        return self._listen()

    def hint(self) -> None:
        """Something was committed by this process."""
        if self._listeners:
            with self._wake:
                self._hinted = True
                self._wake.notify_all()

    def close(self) -> None:
        """End every listener's iteration and the thread."""
        with self._wake:
            leaving, self._listeners = self._listeners, set()
            self._wake.notify_all()
        for listener in leaving:
            _call(listener.loop, listener.end)
        if self._watcher is not None:
            self._watcher.join()

    @asynccontextmanager
    async def _listen(self) -> AsyncGenerator[AsyncIterator[Notice]]:
        newest = await self._readers.read(newest_position)
        listener = self._enter(newest)
        try:
            yield listener
        finally:
            with self._wake:
                self._listeners.discard(listener)
                self._wake.notify_all()

    def _enter(self, newest: int) -> _Listener:
        with self._wake:
            if not self._listeners:
                self._position = newest
            listener = _Listener(asyncio.get_running_loop(), max(newest, self._position))
            self._listeners.add(listener)
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="milepost-feed", daemon=True)
                self._watcher.start()
        return listener

    def _watch(self) -> None:
        """Look for notices until nobody listens."""
        while True:
            try:
                connection = self._readers.open()
                try:
                    self._follow(connection)
                finally:
                    connection.close()
            except (sqlite3.Error, MilepostError):
                time.sleep(_AFTER_FAULT_SECONDS)  # the database fails; whoever reads or writes is told, look again
            with self._wake:
                if not self._listeners:
                    self._watcher = None
                    return

    def _follow(self, connection: sqlite3.Connection) -> None:
        version = -1
        while self._wait():
            found: int = connection.execute("PRAGMA data_version").fetchone()[0]
            if found != version:
                version = found
                while notices := notices_after(connection, self._position, _BATCH):
                    self._tell(notices)

    def _wait(self) -> bool:
        """Until it is time to look again; False when nobody listens any more."""
        with self._wake:
            if self._listeners and not self._hinted:
                self._wake.wait(LOOK_EVERY_SECONDS)
            self._hinted = False
            return bool(self._listeners)

    def _tell(self, notices: list[tuple[int, Notice]]) -> None:
        with self._wake:
            self._position = max(self._position, notices[-1][0])
            for listener in self._listeners:
                new = [notice for position, notice in notices if position > listener.floor]
                if new:
                    _call(listener.loop, listener.fill, new)


def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *values: object) -> None:
    try:
        loop.call_soon_threadsafe(function, *values)
    except RuntimeError:
        return  # the loop is closed: nobody listens any more
