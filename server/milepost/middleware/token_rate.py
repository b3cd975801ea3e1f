"""How many requests a token may make, told on every answer to it."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from milepost.middleware.headers import answer_with
from milepost.middleware.rate_limit import Allowance, RateLimiter
from milepost.middleware.refusals import too_many_requests
from milepost.middleware.sign_in import caller_of


class TokenRate:
    """Counts the requests of each token, and says on every answer to it where it stands."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter, now_seconds: Callable[[], float]) -> None:
        self._app = app
        self._limiter = limiter
        self._now_seconds = now_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Refusal` 429 beyond the limit."""
        caller = caller_of(scope)
        limited_by = caller and caller.limited_by
        if limited_by is None:
            await self._app(scope, receive, send)
            return
        allowance = self._limiter.take(limited_by)
        answer_with(scope, self._headers(allowance))
        if not allowance.granted:
            text = f"this token has made its {allowance.limit:,} requests; wait {allowance.reset_in_seconds} seconds"
            raise too_many_requests(text, allowance.reset_in_seconds)
        await self._app(scope, receive, send)

    def _headers(self, allowance: Allowance) -> list[tuple[bytes, bytes]]:
        """`Reset` is the moment, in whole seconds since the epoch, as GitHub and most others have it."""
        return [
            (b"x-ratelimit-limit", str(allowance.limit).encode()),
            (b"x-ratelimit-remaining", str(allowance.remaining).encode()),
            (b"x-ratelimit-reset", str(int(self._now_seconds()) + allowance.reset_in_seconds).encode()),
        ]
