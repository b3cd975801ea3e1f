"""`/changes`: word of every change that the session may know of, as a stream of server-sent events.

`data: {"sid": "evt_…", "kind": "created"}` (changed, deleted, restored), or `{"kind": "missed"}`: read everything again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from typing import Final

import anyio
from starlette.types import Receive, Scope, Send

from milepost.domain.caller import Caller
from milepost.domain.errors import Unauthorized, Unavailable
from milepost.domain.history import Notice
from milepost.interfaces.dashboard.headers import NOT_KEPT, SAFE
from milepost.interfaces.dashboard.news import HEARTBEAT, MISSED, News
from milepost.middleware.refusals import HeaderList, method_not_allowed, too_many_requests
from milepost.middleware.sign_in import caller_of
from milepost.services.services import Services

PAUSE_SECONDS: Final = 0.05
"""What comes so soon after a notice goes out together with the next, so that many writes are no reason for as many look-ups."""
RETRY_SECONDS: Final = 1.0
"""How long a feed that broke off is left alone before it is looked for again."""
MOST_STREAMS: Final = 20
"""Streams of one session: so many tabs."""

_STREAM: Final[HeaderList] = [(b"content-type", b"text/event-stream; charset=utf-8"), NOT_KEPT, *SAFE]
_log = logging.getLogger(__name__)


class Changes:
    """Answers for as long as the session lives and the client stays; the `Tracked` in front of it sees that it ends."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._streams: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Forbidden` without `events:read`, `Refusal` 405 and, over `MOST_STREAMS`, 429."""
        caller = caller_of(scope)
        if caller is None:
            raise Unauthorized("a session is needed")
        if scope["method"] != "GET":
            raise method_not_allowed("GET")
        with self._counted(caller.proved_by or ""):
            async with self._services.history.listen(caller) as notices:
                # From here on nothing is missed, so whoever reads the events once the answer has begun has them all.
                await send({"type": "http.response.start", "status": 200, "headers": _STREAM})
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(_end_when_gone, receive, tasks.cancel_scope)
                    await self._keep_telling(caller, notices, send)
                    tasks.cancel_scope.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _keep_telling(self, caller: Caller, notices: AsyncIterator[Notice], send: Send) -> None:
        """Until the feed ends or the session does. Where the feed breaks off, on from where it is back."""
        await _send(send, HEARTBEAT)
        goes_on = await self._tell(caller, notices, send)
        while goes_on:
            await anyio.sleep(RETRY_SECONDS)
            try:
                async with self._services.history.listen(caller) as later:
                    await _send(send, MISSED)
                    goes_on = await self._tell(caller, later, send)
            except Unavailable as error:
                _log.warning("changes can't be followed; trying again in %g s: %s", RETRY_SECONDS, error)

    async def _tell(self, caller: Caller, notices: AsyncIterator[Notice], send: Send) -> bool:
        """Whether there is something to go on with: the feed broke off, but neither it nor the session is over."""
        news, goes_on = News(), False
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(news.gather, notices)
            goes_on = await self._deliver(caller, news, send)
            tasks.cancel_scope.cancel()
        return goes_on

    async def _deliver(self, caller: Caller, news: News, send: Send) -> bool:
        while not news.ended:
            text = await news.taken()
            try:
                await self._services.sessions.refresh(caller)
            except Unauthorized:
                return False
            except Unavailable:
                return True
            await _send(send, text)
            await anyio.sleep(PAUSE_SECONDS)
        return news.broke_off

    @contextmanager
    def _counted(self, session_sid: str) -> Generator[None]:
        if self._streams[session_sid] >= MOST_STREAMS:
            raise too_many_requests(f"this session follows changes {MOST_STREAMS} times already; close some tabs", 1)
        self._streams[session_sid] += 1
        try:
            yield
        finally:
            self._streams -= Counter([session_sid])


async def _end_when_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def _send(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})
