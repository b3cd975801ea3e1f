"""The outermost layer: names each request, turns failures into answers, and tells the log and whoever counts.

A log line has the method, the path without its query, the status, the milliseconds, the client's address, the SID of the token or
session and the request id. A token itself is in none of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from milepost.domain.errors import MilepostError
from milepost.domain.text import shown
from milepost.middleware.client_address import Network, client_address
from milepost.middleware.headers import answer_headers
from milepost.middleware.refusals import Refusal, bug, refusal_of, send_refusal
from milepost.middleware.request_id import REQUEST_ID, request_id_from
from milepost.middleware.sign_in import caller_of

_access = logging.getLogger("milepost.access")
_log = logging.getLogger(__name__)
QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked for every few seconds by machines; logged at debug."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a request. `status` is 499 where the client went away before its answer began.

    `route` is the pattern that the path met (`/v1/accounts/{accountSid}/events`), None where it met none.
    """

    method: str
    route: str | None
    status: int
    seconds: float


CLIENT_GONE = 499


class RequestLog:
    """Wraps the whole application."""

    def __init__(
        self, app: ASGIApp, trusted_proxies: Sequence[Network] = (), on_answer: Callable[[Answered], None] | None = None
    ) -> None:
        self._app = app
        self._trusted_proxies = trusted_proxies
        self._on_answer = on_answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers every HTTP request, whatever happens inside; passes the rest on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        token = REQUEST_ID.set(answer.request_id)
        began = time.perf_counter()
        try:
            await self._answer(scope, receive, answer)
        finally:
            self._tell(scope, answer.status, time.perf_counter() - began)
            REQUEST_ID.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            await self._app(scope, receive, answer.send)
        except Refusal as refusal:
            await answer.refuse(refusal)
        except MilepostError as error:
            await answer.refuse(refusal_of(error))
        except Exception:  # noqa: BLE001 - a bug, answered as one
            _log.exception("a request failed", extra={"path": scope["path"]})
            await answer.refuse(bug(answer.request_id))

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        method, path = scope["method"], scope["path"]
        if self._on_answer is not None:
            self._on_answer(Answered(method, _route(scope), status, seconds))
        level = logging.DEBUG if path in QUIET_PATHS and status < 400 else logging.INFO
        if _access.isEnabledFor(level):
            caller = caller_of(scope)
            fields = {
                "method": method,
                "path": path if path.isprintable() else shown(path),
                "status": status,
                "milliseconds": round(seconds * 1000, 1),
                "client": client_address(scope, self._trusted_proxies),
                "token": caller.proved_by if caller else None,
            }
            _access.log(level, "request", extra=fields)


def _route(scope: Scope) -> str | None:
    return getattr(scope.get("route"), "path", None)


class _Answer:
    def __init__(self, scope: Scope, send: Send) -> None:
        self.request_id = request_id_from(scope["headers"])
        # The layers inside may be handed copies of the scope, but of one that holds the state already.
        scope.setdefault("state", {})
        self._scope = scope
        self.status = CLIENT_GONE
        self._send = send
        self._begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            self.status = message["status"]
            own = [(b"x-request-id", self.request_id.encode()), *answer_headers(self._scope)]
            message["headers"] = [*message.get("headers", ()), *own]
        await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Too late once the answer has begun: then the connection is cut, which a client can't take for an answer."""
        if self._begun:
            raise RuntimeError("the answer had begun") from refusal
        await send_refusal(refusal, self.send)
