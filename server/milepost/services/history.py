"""What happened to events, bringing deleted ones back, removing them for good, and hearing of changes as they come."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from milepost.domain.caller import Caller
from milepost.domain.errors import Forbidden, NotFound, ReadOnly
from milepost.domain.event import Event
from milepost.domain.history import Notice, PurgeSelection, Revision, Revisions
from milepost.domain.instant import Clock
from milepost.domain.ports import ChangeFeed, EventHistory
from milepost.domain.query import LARGEST_LIMIT, parse_limit
from milepost.domain.scope import UNRESTRICTED
from milepost.domain.sid import check_sid
from milepost.domain.text import check_integer
from milepost.domain.token import TokenScope


class HistoryService:
    """The past of events, seen through the same restrictions as their present. Without a `history` none is kept."""

    def __init__(self, history: EventHistory | None, feed: ChangeFeed, clock: Clock, *, writable: bool) -> None:
        self._history = history
        self._feed = feed
        self._clock = clock
        self._writable = writable

    async def revisions(
        self, caller: Caller, event_sid: str, limit: int = LARGEST_LIMIT, below_version: int | None = None
    ) -> Revisions:
        """An event's revisions, newest first, deleted events included.

        A revision whose former state the token may not see is left out; so a page may hold fewer than `limit`, and none
        though more follow. Raises `Invalid`, `NotFound`.
        """
        caller.require(TokenScope.EVENTS_READ)
        sid = check_sid(event_sid, "sid")
        if self._history is None:
            raise NotFound("history of the event", sid)
        if below_version is not None:
            below_version = check_integer(below_version, "belowVersion")
        caller.require_sight(await self._history.latest(caller.account_sid, sid))
        page = await self._history.revisions(caller.account_sid, sid, parse_limit(limit), below_version)
        visible = tuple(item for item in page.revisions if _visible(caller, item))
        return replace(page, revisions=visible)

    async def restore(self, caller: Caller, event_sid: str) -> Event:
        """Bring a deleted event back; a live one is returned as it is.

        Raises `NotFound`, `Forbidden`, and `Conflict` if its `dedup_key` is taken by now.
        """
        caller.require(TokenScope.EVENTS_WRITE)
        history = self._writable_history()
        now = self._clock()

        def apply(event: Event) -> Event:
            caller.require_sight(event)
            caller.require_hold(event.scope)
            return replace(event, updated_at=now, version=event.version + 1)

        return await history.restore(caller.account_sid, check_sid(event_sid, "sid"), apply, caller.provenance)

    async def count_purge(self, caller: Caller, selection: PurgeSelection) -> int:
        """How many events a purge would remove, deleted ones included."""
        _require_owner(caller, selection)
        return await self._kept().count_purge(selection)

    async def purge(self, caller: Caller, selection: PurgeSelection, progress: Callable[[int], None]) -> int:
        """Remove all trace of the selected events; `progress` gets the running count. Returns how many."""
        _require_owner(caller, selection)
        return await self._writable_history().purge(selection, progress)

    @asynccontextmanager
    async def listen(self, caller: Caller) -> AsyncGenerator[AsyncIterator[Notice]]:
        """Notices of changes to the events that the token may see, before or after the change."""
        caller.require(TokenScope.EVENTS_READ)
        async with self._feed.listen() as notices:
            yield (notice async for notice in notices if concerns(caller, notice))

    def _writable_history(self) -> EventHistory:
        if not self._writable:
            raise ReadOnly("this Milepost takes no writes")
        return self._kept()

    def _kept(self) -> EventHistory:
        if self._history is None:
            raise ReadOnly(
                "an upstream keeps the events here, without their history; nothing can be brought back or purged"
            )
        return self._history


def concerns(caller: Caller, notice: Notice) -> bool:
    """Whether the caller may hear of it. A notice without scopes tells of nothing in particular."""
    if notice.account_sid not in (None, caller.account_sid):
        return False
    return not notice.scopes or any(caller.restriction.sees(scope) for scope in notice.scopes)


def _visible(caller: Caller, revision: Revision) -> bool:
    return revision.before is None or caller.restriction.sees(revision.before.scope)


def _require_owner(caller: Caller, selection: PurgeSelection) -> None:
    caller.require(TokenScope.TOKENS_ADMIN)
    if caller.restriction != UNRESTRICTED:
        raise Forbidden("a token restricted to some buckets or environments can't purge")
    if selection.account_sid != caller.account_sid:
        raise NotFound("account", selection.account_sid)
