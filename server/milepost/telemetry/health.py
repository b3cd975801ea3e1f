"""Whether this process lives, whether it can do its work, and its metrics. Nothing of any account is in them."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

from milepost.domain.errors import Unavailable
from milepost.middleware.answers import Document, json_document
from milepost.middleware.client_address import Network, client_address, is_trusted, peer_address
from milepost.middleware.headers import header
from milepost.telemetry.metrics import Metrics

READY_SECONDS: Final = 2.0


def liveness(*, demo: bool = False) -> Document:
    """`/healthz`: the process answers, and where everything is made up it says that."""

    async def alive(_: Scope) -> dict[str, Any]:
        return {"status": "ok", "demo": True} if demo else {"status": "ok"}

    return json_document(alive)


def readiness(reach_store: Callable[[], Awaitable[object]]) -> Document:
    """`/readyz`: the store answers within `READY_SECONDS`; 503 otherwise."""

    async def ready(_: Scope) -> dict[str, Any]:
        with anyio.move_on_after(READY_SECONDS) as waiting:
            await reach_store()
        if waiting.cancelled_caught:
            raise Unavailable(f"the store didn't answer within {READY_SECONDS:g} seconds")
        return {"status": "ok"}

    return json_document(ready)


def exposition(metrics: Metrics) -> Document:
    """`/metrics`."""

    async def text(_: Scope) -> tuple[bytes, str]:
        return metrics.text()

    return Document(text)


class OpenOnLoopback:
    """Lets this machine's own requests through to `app`, and those of others to `guarded`."""

    def __init__(self, app: ASGIApp, guarded: ASGIApp, trusted_proxies: Sequence[Network]) -> None:
        self._app = app
        self._guarded = guarded
        self._trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as one of the two does."""
        app = self._app if self._local(scope) else self._guarded
        await app(scope, receive, send)

    def _local(self, scope: Scope) -> bool:
        address = client_address(scope, self._trusted_proxies)
        forwarded = header(scope, b"x-forwarded-for") or header(scope, b"forwarded")
        # A proxy on this machine that nobody named speaks for anybody.
        if forwarded and not is_trusted(peer_address(scope), self._trusted_proxies):
            return False
        try:
            return ipaddress.ip_address(address).is_loopback
        except ValueError:
            return False
