"""Where in a request a token may stand. Each way in names its places, and sign-in looks there and nowhere else."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from milepost.domain.errors import Problem
from milepost.middleware.headers import header_values
from milepost.middleware.refusals import Refusal

AUTHORIZATION: Final = "Authorization"
TICKET_PARAMETER: Final = "auth_ticket"


class Proof(Enum):
    """What stands in a place, and so who proves it."""

    TOKEN = 1
    SESSION = 2


@dataclass(frozen=True, slots=True)
class CredentialPlace:
    """One place. `take` finds the tokens there; none is no token, one that is no token is left to whoever looks it up.

    `field` names the place in errors, `how` says what to write. `challenge` is a challenge of its own, beside that for
    bearer tokens, which every 401 has. `door` is what callers are said to come by who come with it, where that isn't the way in that they
    came to.
    """

    name: str
    field: str
    how: str
    take: Callable[[Scope], Sequence[str]]
    challenge: bytes | None = None
    proof: Proof = Proof.TOKEN
    door: str | None = None


def _bearer(scope: Scope) -> Sequence[str]:
    return _given(_authorization(scope, "bearer"))


def _basic(scope: Scope) -> Sequence[str]:
    """The password, or the user name where the password is empty (RFC 7617)."""
    try:
        user, _, password = b64decode(_authorization(scope, "basic"), validate=True).decode("latin-1").partition(":")
    except ValueError:
        return ()
    return _given(password or user)


def _ticket(scope: Scope) -> Sequence[str]:
    """The values of the parameter, which is taken out of the query: nobody further in can tell it on."""
    parts: list[bytes] = scope["query_string"].split(b"&")
    tickets = [part for part in parts if _decoded(part.partition(b"=")[0]) == TICKET_PARAMETER]
    if not tickets:
        return ()
    scope["query_string"] = b"&".join(part for part in parts if part not in tickets)
    return [secret for part in tickets for secret in _given(_decoded(part.partition(b"=")[2]))]


def _authorization(scope: Scope, scheme: str) -> str:
    """What follows the scheme; empty where the header isn't there or has another one. Raises `Refusal` for two headers."""
    values = header_values(scope, b"authorization")
    if len(values) > 1:
        text = "the Authorization header came twice; send one token"
        raise Refusal(400, "VALIDATION_ERROR", text, [Problem(AUTHORIZATION, text)])
    came, _, rest = (values[0] if values else "").partition(" ")
    return rest.strip() if came.lower() == scheme else ""


def _decoded(part: bytes) -> str:
    return unquote_to_bytes(part.replace(b"+", b" ")).decode("latin-1")


def _given(secret: str) -> Sequence[str]:
    return (secret.strip(),) if secret.strip() else ()


BEARER: Final = CredentialPlace("token", AUTHORIZATION, "Authorization: Bearer mcp_…", _bearer)
BASIC: Final = CredentialPlace(
    "basic", AUTHORIZATION, "the password of HTTP Basic", _basic, b'Basic realm="Milepost", charset="UTF-8"'
)
TICKET: Final = CredentialPlace("ticket", TICKET_PARAMETER, f"the parameter {TICKET_PARAMETER}", _ticket)
