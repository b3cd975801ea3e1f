"""The feed: a task that looks for notices, of this server and of others, while anybody listens.

The table is the truth. NOTIFY is only the hint to look: it survives neither a lost connection nor a pooler that hands
transactions round, so the table is looked at every second besides.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import psycopg
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper

from milepost.domain.history import ChangeKind, Notice
from milepost.domain.notice_buffer import NoticeBuffer
from milepost.stores.postgres.connections import Connections
from milepost.stores.postgres.notices import CHANNEL, decode_notice

LOOK_EVERY_SECONDS = 1.0
"""How soon a change is heard of where no hint comes through."""
_BATCH = 500
_AFTER_FAULT_SECONDS = 0.5

_HEADS = "SELECT id, noticed, sid FROM account"
_AFTER = (
    "SELECT notice.account_id, notice.position, account.sid, notice.kind, notice.event_sid, notice.scopes"
    " FROM unnest(%b::bigint[], %b::bigint[]) AS seen (account_id, position)"
    " JOIN account ON account.id = seen.account_id"
    " JOIN notice ON notice.account_id = seen.account_id AND notice.position > seen.position"
    " ORDER BY notice.account_id, notice.position LIMIT %s"
)
_LISTEN = f"LISTEN {CHANNEL}".encode()

Positions = dict[int, int]
"""How far each account's notices have been read."""
Told = tuple[int, int, Notice]
"""Account, position, notice."""


class _Listener(NoticeBuffer):
    """One listener's buffer, and the positions from which on it listens."""

    def __init__(self, floor: Positions) -> None:
        super().__init__()
        self.floor = floor


class PostgresFeed:
    """Meets `ChangeFeed`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._listeners: set[_Listener] = set()
        self._positions: Positions = {}
        self._watcher: asyncio.Task[None] | None = None

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[Notice]]:
        """See `ChangeFeed.listen`."""
        return self._listen()

    async def close(self) -> None:
        """End every listener's iteration and the task."""
        leaving, self._listeners = self._listeners, set()
        for listener in leaving:
            listener.end()
        await self._stop()

    @asynccontextmanager
    async def _listen(self) -> AsyncGenerator[AsyncIterator[Notice]]:
        heads = await self._connections.glance(_read_heads)
        listener = self._enter(heads)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners:
                await self._stop()

    def _enter(self, heads: Positions) -> _Listener:
        if not self._listeners:
            self._positions = dict(heads)
        listener = _Listener({number: max(head, self._positions.get(number, 0)) for number, head in heads.items()})
        self._listeners.add(listener)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())
        return listener

    async def _stop(self) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher

    async def _watch(self) -> None:
        """Look for notices, over however many connections, until cancelled; positions outlive a connection."""
        while True:
            with suppress(psycopg.Error, OSError):
                await self._follow()
            await asyncio.sleep(_AFTER_FAULT_SECONDS)

    async def _follow(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._connections.conninfo, autocommit=True)
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        async with connection:
            await connection.execute(_LISTEN)
            while True:
                while await self._look(connection):
                    pass
                async for _ in connection.notifies(timeout=LOOK_EVERY_SECONDS, stop_after=1):
                    pass

    async def _look(self, connection: psycopg.AsyncConnection) -> bool:
        """Tell of what is new; whether there may be more."""
        heads = await (await connection.execute(_HEADS)).fetchall()
        behind = {number: (head, sid) for number, head, sid in heads if head > self._positions.get(number, 0)}
        if not behind:
            return False
        seen = [self._positions.get(number, 0) for number in behind]
        rows = await (await connection.execute(_AFTER, (list(behind), seen, _BATCH))).fetchall()
        self._tell(self._without_gaps(rows))
        if len(rows) < _BATCH:
            self._tell(self._overtaken(behind))
        return len(rows) == _BATCH

    def _without_gaps(self, rows: list[tuple[Any, ...]]) -> list[Told]:
        """The notices; where an account's first one doesn't follow what was read before, a `missed` one stands first."""
        told: list[Told] = []
        positions = dict(self._positions)
        for number, position, *words in rows:
            if number not in {one for one, _, _ in told[-1:]} and position > positions.get(number, 0) + 1:
                told.append((number, position - 1, Notice(kind=ChangeKind.MISSED, account_sid=words[0])))
            told.append((number, position, decode_notice((words[0], words[1], words[2], words[3]))))
        return told

    def _overtaken(self, heads: dict[int, tuple[int, str]]) -> list[Told]:
        """Where an account's head is beyond all that is left of its notices, the rest was missed."""
        return [
            (number, head, Notice(kind=ChangeKind.MISSED, account_sid=sid))
            for number, (head, sid) in heads.items()
            if self._positions.get(number, 0) < head
        ]

    def _tell(self, told: list[Told]) -> None:
        for number, position, _ in told:
            self._positions[number] = max(position, self._positions.get(number, 0))
        for listener in self._listeners:
            new = [notice for number, position, notice in told if position > listener.floor.get(number, 0)]
            if new:
                listener.fill(new)


def _read_heads(connection: psycopg.Connection) -> Positions:
    return {number: head for number, head, _ in connection.execute(_HEADS)}
