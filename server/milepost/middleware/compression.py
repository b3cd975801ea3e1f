"""Compresses answers for clients that take gzip (RFC 9110, 8.4.1)."""

from __future__ import annotations

import gzip
import re
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from milepost.middleware.headers import header_values

SMALLEST_COMPRESSED_BYTES: Final = 1024
LEVEL: Final = 4
"""Records come out at an eighth of their size; higher levels cost twice the time for a twentieth less."""
VARY: Final = (b"vary", b"accept-encoding")
_REFUSED: Final = re.compile(r"0(\.0{0,3})?")


class Compressed:
    """Compresses what `app` answers in one piece, unless it is small or has a strong `ETag`.

    That names the bytes that are sent, so a compressed answer would need another, which `If-Match` couldn't know.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as `app` does."""
        if not takes_gzip(scope):
            await self._app(scope, receive, send)
            return
        start: Message = {}

        async def compressing(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if _worthwhile(start, message):
                message = {**message, "body": gzip.compress(message["body"], LEVEL, mtime=0)}
                start = {**start, "headers": _compressed_headers(start, len(message["body"]))}
            if start:
                await send(start)
                start = {}
            await send(message)

        await self._app(scope, receive, compressing)


def takes_gzip(scope: Scope) -> bool:
    """Whether the client says that it takes gzip."""
    weights: dict[str, str] = {}
    for coding in ",".join(header_values(scope, b"accept-encoding")).lower().split(","):
        name, _, weight = coding.partition(";")
        weights[name.strip()] = weight.partition("=")[2].strip()
    weight = weights.get("gzip", weights.get("*"))
    return weight is not None and not _REFUSED.fullmatch(weight)


def _worthwhile(start: Message, body: Message) -> bool:
    if not start or body.get("more_body", False) or len(body.get("body", b"")) < SMALLEST_COMPRESSED_BYTES:
        return False
    return not any(name in {b"etag", b"content-encoding"} for name, _ in start["headers"])


def _compressed_headers(start: Message, size: int) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    return [*kept, (b"content-length", b"%d" % size), (b"content-encoding", b"gzip")]
