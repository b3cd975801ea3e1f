"""The one ASGI application behind every HTTP door: open routes, guarded routes, and the layers before them."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from milepost.domain.caller import Caller
from milepost.interfaces.dashboard.door import DOOR as DASHBOARD
from milepost.middleware.body_limit import LARGEST_BODY_BYTES, BodyLimit
from milepost.middleware.challenge import METADATA_PATH, Challenge
from milepost.middleware.credentials import BEARER, CredentialPlace, Proof
from milepost.middleware.failed_attempts import FailedAttempts
from milepost.middleware.hosts import HostCheck
from milepost.middleware.open_requests import OpenRequests, Tracked
from milepost.middleware.rate_limit import RateLimiter
from milepost.middleware.refusals import not_found
from milepost.middleware.request_log import Answered, RequestLog
from milepost.middleware.resource_metadata import resource_metadata
from milepost.middleware.session_cookie import SessionCookie
from milepost.middleware.sign_in import Authenticate, Everybody, SignIn
from milepost.middleware.token_rate import TokenRate
from milepost.services.services import Services
from milepost.settings import LOOPBACK_NAMES, Settings
from milepost.telemetry.health import OpenOnLoopback, exposition, liveness, readiness
from milepost.telemetry.metrics import Metrics

MCP_PATH, SSE_PATH = "/mcp", "/sse"
METADATA_PATHS: Final = tuple(f"{METADATA_PATH}{resource}" for resource in ("", MCP_PATH, SSE_PATH))
OPEN_PATHS: Final = ("/healthz", "/readyz", "/metrics", *METADATA_PATHS)


class HttpApplication:
    """Everything that is served on the port. `everybody` takes the place of signing in where that is switched off.

    A `demo` says so in `/healthz`.
    """

    def __init__(
        self,
        settings: Settings,
        services: Services,
        metrics: Metrics,
        check_ready: Callable[[], Awaitable[None]],
        everybody: Caller | None = None,
        *,
        demo: bool = False,
    ) -> None:
        self._settings = settings
        self._demo = demo
        self._check_ready = check_ready
        self._metrics = metrics
        self._everybody = everybody
        self.challenge = Challenge(settings.public_url, (MCP_PATH, SSE_PATH))
        self.failures = FailedAttempts(settings.trusted_proxies)
        self.cookie = SessionCookie(settings.public_url)
        self._proofs: dict[Proof, Authenticate] = {Proof.TOKEN: services.tokens, Proof.SESSION: services.sessions}
        self._rate = (
            RateLimiter(settings.rate_limit.requests, settings.rate_limit.seconds) if settings.rate_limit else None
        )
        self._requests = OpenRequests(services.sessions)
        self._routes: list[BaseRoute] = self._open_routes()
        self._app: ASGIApp = _nothing_there
        self.paths: frozenset[str] = frozenset()
        """The pattern of every route that is served."""
        metrics.show_open_streams(self._requests.count_streams)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)

    def guard(
        self,
        app: ASGIApp,
        door: str,
        largest_body_bytes: int = LARGEST_BODY_BYTES,
        credentials: Sequence[CredentialPlace] = (BEARER,),
    ) -> ASGIApp:
        """`app` behind sign-in and limits; callers that come through it are said to come by `door`.

        `credentials` are the places where it takes a token.
        """
        guarded: ASGIApp = Tracked(BodyLimit(app, largest_body_bytes), self._requests)
        if self._everybody is not None:
            return Everybody(guarded, replace(self._everybody, door=door), credentials)
        if self._rate is not None:
            guarded = TokenRate(guarded, self._rate, time.time)
        return SignIn(guarded, self._proofs, door, self.challenge, self.failures, credentials)

    def guard_for_sessions_too(
        self,
        app: ASGIApp,
        door: str,
        largest_body_bytes: int = LARGEST_BODY_BYTES,
        credentials: Sequence[CredentialPlace] = (BEARER,),
    ) -> ASGIApp:
        """The same for what the dashboard's page asks too: whoever comes with a session comes by its door."""
        return self.guard(app, door, largest_body_bytes, (*credentials, self.cookie.place(DASHBOARD)))

    def base_url(self, scope: Scope) -> str:
        """Scheme and host that a request was sent to, as clients know them."""
        return self.challenge.base_url(scope)

    @asynccontextmanager
    async def running(self, routes: Iterable[BaseRoute]) -> AsyncGenerator[None]:
        """Serve these routes beside the open ones meanwhile, and keep an eye on what stays open."""
        served = [*routes, *self._routes]
        self.paths = frozenset(getattr(route, "path", "") for route in served)
        router = Router(served, redirect_slashes=False, default=_nothing_there)
        proxies = self._settings.trusted_proxies
        self._app = RequestLog(HostCheck(router, _own_names(self._settings)), proxies, self._count)
        async with anyio.create_task_group() as watching:
            watching.start_soon(self._requests.watch)
            yield
            watching.cancel_scope.cancel()

    async def stop(self) -> None:
        """End what is open: the server is to stop."""
        await self._requests.stop()

    def _count(self, answered: Answered) -> None:
        self._metrics.count_request(answered.method, answered.route, answered.status, answered.seconds)

    def _open_routes(self) -> list[BaseRoute]:
        metrics = exposition(self._metrics)
        metadata = resource_metadata(self.challenge, self._settings.authorization_servers)
        endpoints: list[tuple[str, Any]] = [
            ("/healthz", liveness(demo=self._demo)),
            ("/readyz", readiness(self._check_ready)),
            ("/metrics", OpenOnLoopback(metrics, self.guard(metrics, "metrics"), self._settings.trusted_proxies)),
            *((path, metadata) for path in METADATA_PATHS),
        ]
        return [Route(path, endpoint) for path, endpoint in endpoints]


async def _nothing_there(scope: Scope, _receive: Receive, _send: Send) -> None:
    raise not_found(scope.get("path", ""))


def _own_names(settings: Settings) -> set[str]:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    names = {*LOOPBACK_NAMES, host, *settings.allowed_hosts}
    if settings.public_url:
        names.add(urlsplit(settings.public_url).netloc)
    # Wherever all addresses are listened on, none of them is a name that a client writes.
    return names - {"0.0.0.0", "[::]"}  # noqa: S104 - taken out, not bound
