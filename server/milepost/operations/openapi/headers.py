"""The headers of answers and requests, as the document tells of them."""

from __future__ import annotations

from typing import Any, Final

from milepost.operations.conditions import IF_MATCH, IF_NONE_MATCH

Schema = dict[str, Any]

_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_TEXT: Final[Schema] = {"type": "string"}
REQUEST_ID: Final = "X-Request-Id"
RATE: Final = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def _header(description: str, schema: Schema, example: object, *, always: bool = True) -> Schema:
    return {"description": description, "required": always, "schema": schema, "example": example}


HEADERS: Final[dict[str, Schema]] = {
    REQUEST_ID: _header(
        "Names the request in the server's log; the caller's own where it sent a sane one", _TEXT, "0f87fc14ac84a900"
    ),
    # Off where the operator switched the limit off.
    "X-RateLimit-Limit": _header("Requests that the token may make in a window", _COUNT, 1200, always=False),
    "X-RateLimit-Remaining": _header("How many of them are left", _COUNT, 1199, always=False),
    "X-RateLimit-Reset": _header(
        "When the next window begins: seconds since 1970-01-01T00:00:00Z", _COUNT, 1768487460, always=False
    ),
    "Retry-After": _header("Seconds to wait", {"type": "integer", "minimum": 1}, 12),
    "WWW-Authenticate": _header(
        "How to sign in (RFC 6750, RFC 9728)", _TEXT, 'Bearer realm="Milepost", scope="events:read events:write"'
    ),
    "Allow": _header("The methods that are answered", _TEXT, "GET, HEAD"),
    "ETag": _header("The event's version", {"type": "string", "pattern": r'^"[1-9]\d*"$'}, '"3"'),
    "Location": _header(
        "Where it is", {"type": "string", "format": "uri"}, "https://milepost.example.com/v1/accounts/…"
    ),
    "Link": _header(
        "The next page (RFC 8288), where there is one",
        _TEXT,
        '<https://milepost.example.com/v1/accounts/…/events?cursor=…>; rel="next"',
        always=False,
    ),
    "X-Milepost-Warning": _header(
        "A source that gave nothing to this page, and why: one header each",
        _TEXT,
        "billing: it took too long",
        always=False,
    ),
    "Dedup-Replayed": _header("Nothing was written: the `dedupKey` was there already", {"const": "true"}, "true"),
}

_TAGS: Final[Schema] = {
    "type": "string",
    "pattern": r'^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$',
}
CONDITIONS: Final[dict[str, Schema]] = {
    IF_MATCH: {
        "name": IF_MATCH,
        "in": "header",
        "description": "Do it only if the event is at one of these versions, as `ETag` named them; `*` is any",
        "schema": _TAGS,
        "examples": {"version": {"value": '"3"'}},
    },
    IF_NONE_MATCH: {
        "name": IF_NONE_MATCH,
        "in": "header",
        "description": "Send the event only if it is at none of these versions",
        "schema": _TAGS,
        "examples": {"version": {"value": '"3"'}},
    },
}
