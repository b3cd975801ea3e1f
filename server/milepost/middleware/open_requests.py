"""What is being answered right now, by whom it was asked: so that a dead token ends its streams, and a stop ends all.

Other processes revoke tokens too, so the tokens of whatever stays open are looked up again and again.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import Final, Protocol

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from milepost.domain.caller import Caller
from milepost.domain.errors import MilepostError, Unauthorized, Unavailable
from milepost.middleware.refusals import too_many_requests
from milepost.middleware.sign_in import caller_of

CHECK_SECONDS: Final = 1.0
"""A revoked token's streams end within that time and a look-up."""
SEND_SECONDS: Final = 30.0
"""A client that takes nothing off its stream for so long is given up."""
GRACE_SECONDS: Final = 0.75
"""What calls get to come to their answer once the server stops."""
FAREWELL_SECONDS: Final = 0.2
"""What an ended request gets to clean up, and to send its last bytes."""
MOST_OPEN: Final = 256
"""Requests of one token that may be open at once."""

_log = logging.getLogger(__name__)


class Refresh(Protocol):
    """What knows whether a token or session lives: `SessionService`."""

    async def refresh(self, caller: Caller) -> Caller:
        """The caller with what it proved itself by as it is now; raises `Unauthorized` once that is dead."""
        ...


class OpenRequest:
    """One request being answered. `streaming` once its answer turned out to be a stream of events."""

    def __init__(self, caller: Caller, method: str, path: str) -> None:
        self.caller = caller
        self.method = method
        self.path = path
        self.since = time.monotonic()
        self.streaming = False
        self.started = False
        self.finished = False
        self.why: MilepostError | None = None
        self.scope = anyio.CancelScope()
        self._receiving: set[anyio.CancelScope] = set()

    @property
    def key(self) -> str:
        """The token or session it belongs to."""
        return self.caller.proved_by or ""

    def end(self, why: MilepostError) -> None:
        """Stop answering; `why` is told where nothing was sent yet.

        The application hears that its client has gone, which every one has to mind anyway and cleans up after; one that
        goes on nevertheless is cancelled.
        """
        self.why = why
        self.scope.deadline = anyio.current_time() + FAREWELL_SECONDS
        for waiting in self._receiving:
            waiting.cancel()

    async def receive(self, receive: Receive) -> Message:
        """What comes from the client, or its leaving once the request has been ended."""
        if self.why is None:
            with anyio.CancelScope() as waiting:
                self._receiving.add(waiting)
                try:
                    return await receive()
                finally:
                    self._receiving.discard(waiting)
        return {"type": "http.disconnect"}


class OpenRequests:
    """All requests that are being answered. `watch` runs as long as the application."""

    def __init__(self, tokens: Refresh) -> None:
        self._tokens = tokens
        self._open: dict[str, set[OpenRequest]] = {}
        self._settled: anyio.Event | None = None

    async def watch(self) -> None:
        """End what belongs to dead tokens, forever."""
        while True:
            await anyio.sleep(CHECK_SECONDS)
            earlier = time.monotonic() - CHECK_SECONDS
            for requests in list(self._open.values()):
                lasting = [request for request in requests if request.since <= earlier]
                if lasting and await self._dead(lasting[0].caller):
                    for request in lasting:
                        request.end(Unauthorized("the token was revoked or expired while the request waited"))

    async def stop(self) -> None:
        """End everything: streams that only listen at once, calls after a moment in which they may come to an end."""
        stopping = Unavailable("this server is stopping; try again in a moment")
        for request in self._all():
            if request.method == "GET":
                request.end(stopping)
        self._settled = anyio.Event()
        if self._open:
            with anyio.move_on_after(GRACE_SECONDS):
                await self._settled.wait()
        for request in self._all():
            request.end(stopping)

    def count_streams(self) -> dict[str, int]:
        """How many streams are open, by path."""
        return Counter(request.path for request in self._all() if request.streaming)

    def add(self, request: OpenRequest) -> None:
        """Raises `Refusal` 429 if the token has too many open."""
        requests = self._open.setdefault(request.key, set())
        if len(requests) >= MOST_OPEN:
            raise too_many_requests(f"this token has {MOST_OPEN} requests open; end some of them first", 1)
        requests.add(request)

    def remove(self, request: OpenRequest) -> None:
        """It is answered."""
        requests = self._open[request.key]
        requests.discard(request)
        if not requests:
            del self._open[request.key]
        if not self._open and self._settled:
            self._settled.set()

    def _all(self) -> list[OpenRequest]:
        return [request for requests in self._open.values() for request in requests]

    async def _dead(self, caller: Caller) -> bool:
        try:
            await self._tokens.refresh(caller)
        except Unauthorized:
            return True
        except MilepostError as error:
            # Out of reach for the moment: new requests fail by themselves, and the next look tells.
            _log.warning("couldn't look up the tokens of open streams: %s", error)
        except Exception:  # noqa: BLE001
            # A bug, and no reason to leave the streams of other tokens unwatched.
            _log.exception("couldn't look up the tokens of open streams")
        return False


class Tracked:
    """Keeps account of each request while `app` answers it, and ends it when it has to end."""

    def __init__(self, app: ASGIApp, requests: OpenRequests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises what ended the request before anything was sent, and `Refusal` 429 over `MOST_OPEN`."""
        caller = caller_of(scope)
        if caller is None:
            await self._app(scope, receive, send)
            return
        request = OpenRequest(caller, scope["method"], scope["path"])
        self._requests.add(request)
        try:
            await self._answer(request, scope, receive, send)
        finally:
            self._requests.remove(request)
        if request.why is not None:
            await _finish(request, request.why, send)

    async def _answer(self, request: OpenRequest, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with request.scope:
                await self._app(scope, lambda: request.receive(receive), _noting(request, send))
        except Exception:
            if request.why is None:
                raise
            _log.debug("an ended request failed", exc_info=True)


def _noting(request: OpenRequest, send: Send) -> Send:
    async def noting_send(message: Message) -> None:
        if message["type"] == "http.response.start":
            request.started = True
            request.streaming = _is_event_stream(message)
            await send(message)
        elif not message.get("more_body", False):
            request.finished = True
            await send(message)
        else:
            with anyio.move_on_after(SEND_SECONDS) as waiting:
                await send(message)
            if waiting.cancelled_caught:
                request.end(Unavailable("the client doesn't read"))
                request.scope.cancel()

    return noting_send


async def _finish(request: OpenRequest, why: MilepostError, send: Send) -> None:
    """Close an ended stream as one that is complete: the client can tell it from a broken connection."""
    if not request.started:
        raise why
    if not request.finished:
        with anyio.move_on_after(FAREWELL_SECONDS):
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _is_event_stream(start: Message) -> bool:
    return any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in start["headers"])
