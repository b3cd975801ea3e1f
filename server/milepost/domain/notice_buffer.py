"""What one listener has still to hear: bounded, so that a slow one costs no more than the others."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Final

from milepost.domain.history import ChangeKind, Notice

MOST_BUFFERED: Final = 1_000
"""Notices that a listener may be behind before some are replaced by one `missed`."""


class NoticeBuffer:
    """An iterator over notices as they come; filled and read in one event loop."""

    def __init__(self) -> None:
        self._notices: deque[Notice] = deque()
        self._filled = asyncio.Event()
        self._ended = False

    def fill(self, notices: Iterable[Notice]) -> None:
        """Add notices; when the buffer is full, one `missed` stands for all that it held."""
        self._notices.extend(notices)
        if len(self._notices) > MOST_BUFFERED:
            self._notices.clear()
            self._notices.append(Notice(kind=ChangeKind.MISSED, account_sid=None))
        self._filled.set()

    def end(self) -> None:
        """No more notices will come."""
        self._ended = True
        self._filled.set()

    def __aiter__(self) -> AsyncIterator[Notice]:
        return self

    async def __anext__(self) -> Notice:
        while not self._notices:
            if self._ended:
                raise StopAsyncIteration
            self._filled.clear()
            await self._filled.wait()
        return self._notices.popleft()
