"""Who is asking: a token in, a `Caller` out.

Mostly a token comes in the Authorization header and nowhere else (RFC 6750): addresses end up in logs. A way in that has to
take one elsewhere names those places (`credentials.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from milepost.domain.caller import Caller
from milepost.domain.errors import Forbidden, Problem, Unauthorized
from milepost.middleware.challenge import Challenge
from milepost.middleware.client_address import Network, client_address, neighbourhood
from milepost.middleware.credentials import BEARER, CredentialPlace
from milepost.middleware.rate_limit import Allowance, RateLimiter
from milepost.middleware.refusals import Refusal, too_many_requests

MOST_FAILURES: Final = 60
FAILURE_SECONDS: Final = 60.0
"""So many bad tokens an address may try before it is told to wait.

A good token is never held up by bad ones from the same address: whatever has the form and checksum of a token is looked
up, at a fraction of what a good token's request costs, and 256 random bits can't be guessed at any rate. Garbage isn't.
"""


class Authenticate(Protocol):
    """What proves tokens: `TokenService`."""

    async def authenticate(self, secret: str, door: str, client: str | None = None) -> Caller:
        """The caller that a secret proves; raises `Unauthorized`."""
        ...


class SignIn:
    """Lets through whoever has a live token."""

    def __init__(
        self,
        app: ASGIApp,
        tokens: Authenticate,
        door: str,
        challenge: Challenge,
        failures: RateLimiter,
        trusted_proxies: Sequence[Network] = (),
        credentials: Sequence[CredentialPlace] = (BEARER,),
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._door = door
        self._challenge = challenge
        self._failures = failures
        self._trusted_proxies = trusted_proxies
        self._credentials = credentials
        self._challenges = [(b"www-authenticate", place.challenge) for place in credentials if place.challenge]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Refusal`: 401 with a challenge, 400 for two tokens at once, 429 after too many bad ones."""
        secret = self._secret(scope)
        caller = await self._caller(scope, secret)
        _state(scope)["caller"] = caller
        try:
            await self._app(scope, receive, send)
        except (Unauthorized, Forbidden) as error:
            raise self._refusal(error, scope) from None

    def _secret(self, scope: Scope) -> str:
        found = {secret: place for place in self._credentials for secret in place.take(scope)}
        if len(found) > 1:
            text = "different tokens came at once; send one"
            fields = dict.fromkeys(place.field for place in found.values())
            raise Refusal(400, "VALIDATION_ERROR", text, [Problem(field, text) for field in fields])
        if not found:
            text = f"a token is needed; send it as {' or as '.join(place.how for place in self._credentials)}"
            headers = [self._challenge.header(scope), *self._challenges]
            raise Refusal(401, "INVALID_TOKEN", text, headers=headers)
        return next(iter(found))

    async def _caller(self, scope: Scope, secret: str) -> Caller:
        try:
            return await self._tokens.authenticate(secret, self._door)
        except Unauthorized as error:
            allowance = self._failures.take(neighbourhood(client_address(scope, self._trusted_proxies)))
            if not allowance.granted:
                raise _too_many_failures(allowance) from None
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


def _too_many_failures(allowance: Allowance) -> Refusal:
    text = f"too many bad tokens came from this address; wait {allowance.reset_in_seconds} seconds"
    return too_many_requests(text, allowance.reset_in_seconds)
