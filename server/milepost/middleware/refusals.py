"""How a request is refused: one JSON body, one status a case, the same for every HTTP way in.

`{"success": false, "error": {"code", "message", "details": [{"field", "message"}]}}`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson
from starlette.types import Send

from milepost.domain.errors import (
    Broken,
    Conflict,
    Forbidden,
    Invalid,
    MilepostError,
    NotFound,
    Problem,
    ReadOnly,
    Stale,
    Unauthorized,
    Unavailable,
)

HeaderList = list[tuple[bytes, bytes]]
NO_HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = ()


class Refusal(Exception):
    """A request is answered with this instead of what it asked for."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Iterable[Problem] = (),
        headers: Iterable[tuple[bytes, bytes]] = NO_HEADERS,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = tuple(details)
        self.headers = list(headers)

    def with_headers(self, headers: Iterable[tuple[bytes, bytes]]) -> Refusal:
        """The same with more headers."""
        return Refusal(self.status, self.code, self.message, self.details, [*self.headers, *headers])

    @property
    def error(self) -> dict[str, Any]:
        """`{code, message, details}`."""
        details = [{"field": problem.field, "message": problem.message} for problem in self.details]
        return {"code": self.code, "message": self.message, "details": details}

    @property
    def body(self) -> bytes:
        """The JSON text that says so."""
        return orjson.dumps({"success": False, "error": self.error})


def refusal_of(error: MilepostError) -> Refusal:
    """The one table from the domain's errors to statuses and codes."""
    for kind, make in _TABLE:
        if isinstance(error, kind):
            return make(error)
    return bug("")


def bug(request_id: str) -> Refusal:
    """Something is wrong with Milepost itself; only the log says what."""
    return Refusal(500, "INTERNAL_ERROR", f"something went wrong here; the server's log has it under {request_id}")


def not_found(path: str) -> Refusal:
    """No such route."""
    return Refusal(404, "RESOURCE_NOT_FOUND", f"there is nothing at {path}")


def method_not_allowed(allowed: str) -> Refusal:
    """The route is there, for other methods (`GET, HEAD`)."""
    headers = [(b"allow", allowed.encode())]
    return Refusal(405, "METHOD_NOT_ALLOWED", f"this is answered to {allowed} only", headers=headers)


def too_many_requests(message: str, retry_after_seconds: int) -> Refusal:
    """A limit on how often is used up."""
    return Refusal(429, "RATE_LIMIT_EXCEEDED", message, headers=[_retry_after(retry_after_seconds)])


async def send_refusal(refusal: Refusal, send: Send) -> None:
    """Answer a request on which nothing was sent yet."""
    body = refusal.body
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *refusal.headers,
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _retry_after(seconds: int) -> tuple[bytes, bytes]:
    return (b"retry-after", str(max(1, seconds)).encode())


def _unavailable(error: MilepostError) -> Refusal:
    seconds = error.retry_after_seconds if isinstance(error, Unavailable) else 1
    return Refusal(503, "UPSTREAM_UNAVAILABLE", str(error), headers=[_retry_after(seconds)])


def _invalid(error: MilepostError) -> Refusal:
    return Refusal(400, "VALIDATION_ERROR", str(error), error.problems if isinstance(error, Invalid) else ())


def _plain(status: int, code: str, *headers: tuple[bytes, bytes]) -> Callable[[MilepostError], Refusal]:
    return lambda error: Refusal(status, code, str(error), headers=headers)


_TABLE: Final[tuple[tuple[type[MilepostError], Callable[[MilepostError], Refusal]], ...]] = (
    (Invalid, _invalid),
    (Unauthorized, _plain(401, "INVALID_TOKEN")),
    (Forbidden, _plain(403, "FORBIDDEN")),
    (NotFound, _plain(404, "RESOURCE_NOT_FOUND")),
    (Conflict, _plain(409, "CONFLICT")),
    (ReadOnly, _plain(405, "METHOD_NOT_ALLOWED", (b"allow", b"GET, HEAD"))),
    (Stale, _plain(412, "PRECONDITION_FAILED")),
    (Broken, _plain(502, "UPSTREAM_ERROR")),
    (Unavailable, _unavailable),
)
