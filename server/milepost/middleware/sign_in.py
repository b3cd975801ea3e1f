"""Who is asking: a bearer token in, a `Caller` out (RFC 6750).

A token comes in the Authorization header and nowhere else: addresses end up in logs.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from milepost.domain.caller import Caller
from milepost.domain.errors import Forbidden, Problem, Unauthorized
from milepost.middleware.challenge import Challenge
from milepost.middleware.client_address import Network, client_address, neighbourhood
from milepost.middleware.headers import header_values
from milepost.middleware.rate_limit import Allowance, RateLimiter
from milepost.middleware.refusals import Refusal, too_many_requests

MOST_FAILURES: Final = 60
FAILURE_SECONDS: Final = 60.0
"""So many bad tokens an address may try in that time. Good ones are never held up by bad ones from the same address."""
MOST_PROVEN: Final = 10_000


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
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._door = door
        self._challenge = challenge
        self._failures = failures
        self._trusted_proxies = trusted_proxies
        self._proven: OrderedDict[bytes, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Refusal`: 401 with a challenge, 400 for two tokens at once, 429 after too many bad ones."""
        secret = self._secret(scope)
        caller = await self._caller(scope, secret)
        _state(scope)["caller"] = caller
        try:
            await self._app(scope, receive, send)
        except (Unauthorized, Forbidden) as error:
            raise self._challenge.refusal_of(error, scope) from None

    def _secret(self, scope: Scope) -> str:
        values = header_values(scope, b"authorization")
        if len(values) > 1:
            text = "the Authorization header came twice; send one token"
            raise Refusal(400, "VALIDATION_ERROR", text, [Problem("Authorization", text)])
        scheme, _, secret = (values[0] if values else "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            text = "a token is needed; send it as Authorization: Bearer mcp_…"
            raise Refusal(401, "INVALID_TOKEN", text, headers=[self._challenge.header(scope)])
        return secret.strip()

    async def _caller(self, scope: Scope, secret: str) -> Caller:
        digest = sha256(secret.encode("latin-1", "replace")).digest()
        address = neighbourhood(client_address(scope, self._trusted_proxies))
        allowance = self._failures.look(address)
        # Over the limit only tokens that were good before are worth a look-up.
        if not allowance.granted and digest not in self._proven:
            raise _too_many_failures(allowance)
        try:
            caller = await self._tokens.authenticate(secret, self._door)
        except Unauthorized as error:
            self._proven.pop(digest, None)
            self._failures.take(address)
            raise self._challenge.refusal_of(error, scope) from None
        self._remember(digest)
        return caller

    def _remember(self, digest: bytes) -> None:
        self._proven[digest] = None
        self._proven.move_to_end(digest)
        if len(self._proven) > MOST_PROVEN:
            self._proven.popitem(last=False)


class Everybody:
    """Takes everybody for the same caller. For tests on loopback: `MILEPOST_INSECURE_NO_AUTH`."""

    def __init__(self, app: ASGIApp, caller: Caller) -> None:
        self._app = app
        self._caller = caller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets every request through."""
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
