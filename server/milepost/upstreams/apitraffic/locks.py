"""One at a time for each of many names, within this process."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio


@dataclass(slots=True)
class _Turns:
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    takers: int = 0


class Locks:
    """A lock for each name, kept only while somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._turns: dict[str, _Turns] = {}

    def __len__(self) -> int:
        return len(self._turns)

    @asynccontextmanager
    async def held(self, name: str) -> AsyncGenerator[None]:
        """Wait until nobody else holds that name, and hold it."""
        turns = self._turns.setdefault(name, _Turns())
        turns.takers += 1
        try:
            async with turns.lock:
                yield
        finally:
            turns.takers -= 1
            if turns.takers == 0:
                del self._turns[name]
