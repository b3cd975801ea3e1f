"""Takes a request's body in, up to a size and within a time, before anybody acts on it."""

from __future__ import annotations

from typing import Final

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from milepost.domain.errors import Problem
from milepost.middleware.headers import header
from milepost.middleware.refusals import Refusal

LARGEST_BODY_BYTES: Final = 64 * 1024
BODY_SECONDS: Final = 20.0
"""How long a client may take to send its body."""
MOST_DRAINED_BYTES: Final = 1024 * 1024
DRAIN_SECONDS: Final = 2.0
"""A client that is still sending doesn't read; this much more is taken from it, so that it hears why it is refused."""

_CLOSE = [(b"connection", b"close")]


class BodyLimit:
    """Hands the body on in one piece. What was declared counts as well as what really came."""

    def __init__(self, app: ASGIApp, largest_bytes: int = LARGEST_BODY_BYTES, *, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._largest_bytes = largest_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Refusal`: 413 for a body over `largest_bytes`, 408 for one that takes too long."""
        if _declared(scope) > self._largest_bytes:
            await _drain(scope, receive)
            raise _too_large(self._largest_bytes)
        body = await self._body(scope, receive)
        if body is None:
            return
        pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        await self._app(scope, replay, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body; None where the client left before its end, for half a message is none."""
        body = b""
        with anyio.move_on_after(self._seconds):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                body += message.get("body", b"")
                if len(body) > self._largest_bytes:
                    await _drain(scope, receive)
                    raise _too_large(self._largest_bytes)
                if not message.get("more_body", False):
                    return body
        text = f"the body wasn't here within {self._seconds:g} seconds; send it in one go"
        raise Refusal(408, "REQUEST_TIMEOUT", text, headers=_CLOSE)


def _declared(scope: Scope) -> int:
    length = header(scope, b"content-length")
    return int(length) if length and length.isascii() and length.isdigit() else 0


async def _drain(scope: Scope, receive: Receive) -> None:
    if (header(scope, b"expect") or "").lower() == "100-continue":
        return
    left = MOST_DRAINED_BYTES
    with anyio.move_on_after(DRAIN_SECONDS):
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body", False):
                return


def _too_large(largest_bytes: int) -> Refusal:
    text = f"the body is over {largest_bytes:,} bytes; send less at once"
    return Refusal(413, "PAYLOAD_TOO_LARGE", text, [Problem("", text)], _CLOSE)
