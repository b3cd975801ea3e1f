"""The answers that refuse, alike for every operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from milepost.operations.conditions import IF_MATCH
from milepost.operations.operation import AnyOperation


@dataclass(frozen=True, slots=True)
class Refused:
    """A status with its code, when it is answered, an example of its message, and the headers that come with it."""

    status: int
    code: str
    when: str
    message: str
    headers: tuple[str, ...] = ()
    rated: bool = True
    """Whether the token was known by then, so that the answer says where its rate stands."""

    @property
    def name(self) -> str:
        """Its name in the document."""
        return f"Refused{self.status}"


REFUSALS: Final = (
    Refused(
        400,
        "VALIDATION_ERROR",
        "Something in the request can't be taken: the body, a parameter, a cursor, a condition. `details` name it",
        'name: it is missing; write one such as "v2.3.1 production release"',
    ),
    Refused(
        401,
        "INVALID_TOKEN",
        "No token, or one that is unknown, expired or revoked",
        "the token is unknown, expired or revoked",
        ("WWW-Authenticate",),
        rated=False,
    ),
    Refused(
        403,
        "FORBIDDEN",
        "The token lacks the scope, which is named, or is restricted to other buckets and environments; or the `Origin` is "
        "foreign",
        "this token lacks the scope events:write",
    ),
    Refused(
        404,
        "RESOURCE_NOT_FOUND",
        "Nothing is there, or nothing that this token's account may know of",
        "no event evt_38JkQYd3nnvNnZsBTKfnPb0aVGs",
    ),
    Refused(
        405,
        "METHOD_NOT_ALLOWED",
        "This Milepost takes no writes",
        "this Milepost takes no writes",
        ("Allow",),
    ),
    Refused(
        408,
        "REQUEST_TIMEOUT",
        "The body didn't come in time",
        "the body wasn't here within 20 seconds; send it in one go",
    ),
    Refused(
        409, "CONFLICT", "A name or `dedupKey` is taken", "dedupKey: it is taken by another event; write another key"
    ),
    Refused(
        412,
        "PRECONDITION_FAILED",
        "It isn't at a version that `If-Match` names",
        "event evt_38JkQYd3nnvNnZsBTKfnPb0aVGs has changed since: it is at version 2 now; read it again and retry",
    ),
    Refused(
        413,
        "PAYLOAD_TOO_LARGE",
        "The body is over 64 KiB, or over 1 MiB for a batch",
        "the body is over 65,536 bytes; send less at once",
    ),
    Refused(
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        "The body isn't said to be JSON",
        "no content type came; send JSON as application/json",
    ),
    Refused(
        421,
        "MISDIRECTED_REQUEST",
        "The `Host` isn't this server's",
        'the Host "other.example" is none of this server\'s; name it in MILEPOST_ALLOWED_HOSTS if it should be',
        rated=False,
    ),
    Refused(
        429,
        "RATE_LIMIT_EXCEEDED",
        "Too many requests of this token, or too many bad tokens from this address",
        "this token has made its 1,200 requests; wait 12 seconds",
        ("Retry-After",),
    ),
    Refused(
        431,
        "VALIDATION_ERROR",
        "The headers, the address included, are over 32 KiB",
        "the headers are over 32,768 bytes",
        rated=False,
    ),
    Refused(
        500,
        "INTERNAL_ERROR",
        "A bug; the server's log has it under the request id",
        "something went wrong here; the server's log has it under 0f87fc14ac84a900",
    ),
    Refused(
        502,
        "UPSTREAM_ERROR",
        "The API that Milepost stands in front of answered what can't be understood; a write's message says what became of it",
        "api.example.com answered what can't be understood (no JSON)",
    ),
    Refused(
        503,
        "UPSTREAM_UNAVAILABLE",
        "The store, an upstream or a connection can't be had now; nothing was written, unless the message says that the "
        "outcome is unknown",
        "the database is locked",
        ("Retry-After",),
    ),
)
_EVERYWHERE: Final = frozenset({400, 401, 403, 404, 408, 413, 421, 429, 431, 500, 502, 503})


def refusals_of(operation: AnyOperation) -> tuple[Refused, ...]:
    """Those that an operation may answer with."""
    statuses = {*_EVERYWHERE, *operation.refusals}
    if "{" not in operation.path:
        statuses.discard(404)
    if operation.body is not None:
        statuses.add(415)
    if IF_MATCH in operation.conditions:
        statuses.add(412)
    return tuple(refused for refused in REFUSALS if refused.status in statuses)
