"""Small JSON answers to GET, for routes that need nothing of a framework."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import orjson
from starlette.types import Receive, Scope, Send

from milepost.middleware.refusals import NO_HEADERS, method_not_allowed

READING: Final = frozenset({"GET", "HEAD"})


class Document:
    """Answers GET and HEAD with what `content` says at the moment: bytes and their content type."""

    def __init__(
        self,
        content: Callable[[Scope], Awaitable[tuple[bytes, str]]],
        headers: Iterable[tuple[bytes, bytes]] = NO_HEADERS,
    ) -> None:
        self._content = content
        self._headers = list(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Raises `Refusal` 405 for other methods."""
        if scope["method"] not in READING:
            raise method_not_allowed("GET, HEAD")
        body, content_type = await self._content(scope)
        headers = [
            (b"content-type", content_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *self._headers,
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def json_document(content: Callable[[Scope], Awaitable[Any]]) -> Document:
    """A `Document` of JSON."""

    async def encoded(scope: Scope) -> tuple[bytes, str]:
        return orjson.dumps(await content(scope)), "application/json"

    return Document(encoded)
