"""Writing answers that are made in one piece."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from starlette.types import Send

from milepost.interfaces.dashboard.headers import NOT_KEPT, SAFE
from milepost.middleware.refusals import NO_HEADERS


async def send_answer(
    send: Send, status: int, body: bytes = b"", headers: Iterable[tuple[bytes, bytes]] = NO_HEADERS
) -> None:
    """A whole answer."""
    length = [] if status in {204, 304} else [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": [*length, *headers]})
    await send({"type": "http.response.body", "body": body})


async def send_json(send: Send, content: Any, headers: Iterable[tuple[bytes, bytes]] = NO_HEADERS) -> None:
    """JSON that nobody keeps."""
    told = [(b"content-type", b"application/json"), NOT_KEPT, *SAFE, *headers]
    await send_answer(send, 200, orjson.dumps(content), told)
