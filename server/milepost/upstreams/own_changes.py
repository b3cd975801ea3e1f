"""Word of changes to events that an upstream keeps: of those that are made through this process, since it tells of none."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from milepost.domain.event import Event, Provenance
from milepost.domain.history import ChangeKind, Notice
from milepost.domain.instant import Instant
from milepost.domain.notice_buffer import NoticeBuffer
from milepost.domain.ports import Created, EventWriter
from milepost.domain.scope import Scope


class OwnChanges:
    """Meets `ChangeFeed`. `tell` it of every change."""

    def __init__(self) -> None:
        self._listeners: set[NoticeBuffer] = set()

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[Notice]]:
        """See `ChangeFeed.listen`; of this process alone."""
        return self._listen()

    def tell(self, kind: ChangeKind, event: Event, *before: Scope) -> None:
        """Everybody who listens hears of it."""
        scopes = tuple(dict.fromkeys((*before, event.scope)))
        notice = Notice(kind=kind, account_sid=event.account_sid, event_sid=event.sid, scopes=scopes)
        for listener in self._listeners:
            listener.fill([notice])

    @asynccontextmanager
    async def _listen(self) -> AsyncGenerator[AsyncIterator[Notice]]:
        listener = NoticeBuffer()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)


class HeardWriter:
    """Meets `EventWriter`: what `writer` writes is told to `changes`."""

    def __init__(self, writer: EventWriter, changes: OwnChanges) -> None:
        self._writer = writer
        self._changes = changes

    async def create(self, event: Event) -> Created:
        """See `EventWriter.create`."""
        created = await self._writer.create(event)
        if not created.replayed:
            self._changes.tell(ChangeKind.CREATED, created.event)
        return created

    async def change(self, account_sid: str, event_sid: str, apply: Callable[[Event], Event], by: Provenance) -> Event:
        """See `EventWriter.change`."""
        before: list[Event] = []
        after: list[Event] = []

        def watched(event: Event) -> Event:
            before[:], after[:] = [event], [apply(event)]
            return after[0]

        changed = await self._writer.change(account_sid, event_sid, watched, by)
        if before and after[0] is not before[0]:
            self._changes.tell(ChangeKind.CHANGED, changed, before[0].scope)
        return changed

    async def delete(
        self, account_sid: str, event_sid: str, allow: Callable[[Event], None], by: Provenance, at: Instant
    ) -> Event:
        """See `EventWriter.delete`."""
        deleted = await self._writer.delete(account_sid, event_sid, allow, by, at)
        self._changes.tell(ChangeKind.DELETED, deleted)
        return deleted
