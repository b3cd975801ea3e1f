"""Who is asking: a token in, a `Caller` out.

Mostly a token comes in the Authorization header and nowhere else (RFC 6750): addresses end up in logs. A way in that has to
take one elsewhere names those places (`credentials.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from milepost.domain.caller import Caller
from milepost.domain.errors import Forbidden, Problem, Unauthorized
from milepost.middleware.challenge import Challenge
from milepost.middleware.credentials import BEARER, CredentialPlace, Proof
from milepost.middleware.failed_attempts import FailedAttempts
from milepost.middleware.refusals import Refusal


class Authenticate(Protocol):
    """What proves tokens, or sessions: `TokenService`, `SessionService`."""

    async def authenticate(self, secret: str, door: str) -> Caller:
        """The caller that a secret proves; raises `Unauthorized`."""
        ...


class SignIn:
    """Lets through whoever has a live token or session. `proofs` says who proves what stands in a place."""

    def __init__(
        self,
        app: ASGIApp,
        proofs: Mapping[Proof, Authenticate],
        door: str,
        challenge: Challenge,
        failures: FailedAttempts,
        credentials: Sequence[CredentialPlace] = (BEARER,),
    ) -> None:
        self._app = app
        self._proofs = proofs
        self._door = door
        self._challenge = challenge
        self._failures = failures
        self._credentials = credentials
        self._challenges = [(b"www-authenticate", place.challenge) for place in credentials if place.challenge]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Refusal`: 401 with a challenge, 400 for two tokens at once, 429 after too many bad ones."""
        secret, place = self._found(scope)
        _state(scope)["caller"] = await self._caller(scope, secret, place)
        try:
            await self._app(scope, receive, send)
        except (Unauthorized, Forbidden) as error:
            raise self._refusal(error, scope) from None

    def _found(self, scope: Scope) -> tuple[str, CredentialPlace]:
        found = {secret: place for place in self._credentials for secret in place.take(scope)}
        if len(found) > 1:
            text = "different tokens came at once; send one"
            fields = dict.fromkeys(place.field for place in found.values())
            raise Refusal(400, "VALIDATION_ERROR", text, [Problem(field, text) for field in fields])
        if not found:
            text = f"a token is needed; send it as {' or as '.join(place.how for place in self._credentials)}"
            headers = [self._challenge.header(scope), *self._challenges]
            raise Refusal(401, "INVALID_TOKEN", text, headers=headers)
        return next(iter(found.items()))

    async def _caller(self, scope: Scope, secret: str, place: CredentialPlace) -> Caller:
        try:
            return await self._proofs[place.proof].authenticate(secret, place.door or self._door)
        except Unauthorized as error:
            self._failures.note(scope)
            raise self._refusal(error, scope) from None

    def _refusal(self, error: Unauthorized | Forbidden, scope: Scope) -> Refusal:
        refusal = self._challenge.refusal_of(error, scope)
        return refusal.with_headers(self._challenges) if isinstance(error, Unauthorized) else refusal


class Everybody:
    """Takes everybody for the same caller, whatever token comes. For tests on loopback: `MILEPOST_INSECURE_NO_AUTH`."""

    def __init__(self, app: ASGIApp, caller: Caller, credentials: Sequence[CredentialPlace] = (BEARER,)) -> None:
        self._app = app
        self._caller = caller
        self._credentials = credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets every request through; `Refusal` 400 for two Authorization headers."""
        for place in self._credentials:
            place.take(scope)
        _state(scope)["caller"] = self._caller
        await self._app(scope, receive, send)


def caller_of(scope: Scope) -> Caller | None:
    """Who signed in to this request; None before sign-in and on open routes."""
    return scope.get("state", {}).get("caller")


def _state(scope: Scope) -> dict[str, Any]:
    return scope.setdefault("state", {})
