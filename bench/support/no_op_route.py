"""`milepost serve` with one more route behind the very same layers, which answers two bytes: what a JSON route costs at least.

Run with: python -m bench.support.no_op_route, and the settings in the environment as always.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from milepost.cli.start import collecting_little_garbage

with collecting_little_garbage():
    from milepost.app import serving
    from milepost.app.http_application import HttpApplication
    from milepost.app.serving import Serving, run_http
    from milepost.interfaces.rest.door import DOOR
    from milepost.middleware.compression import Compressed
    from milepost.settings import read_settings

PATH: Final = "/v1/no-op"
_BODY: Final = b"{}"
_HEADERS: Final = [(b"content-type", b"application/json"), (b"content-length", b"2")]


class WithNoOp(HttpApplication):
    """The application and that route."""

    @asynccontextmanager
    async def running(self, routes: Iterable[BaseRoute]) -> AsyncGenerator[None]:
        """Serve it beside the others."""
        no_op = Route(PATH, self.guard(Compressed(answer), DOOR))
        async with super().running([no_op, *routes]):
            yield


async def answer(_scope: Scope, receive: Receive, send: Send) -> None:
    """Read whatever came and answer `{}`."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


def announce(_: Serving) -> None:
    """Nobody reads along."""


if __name__ == "__main__":
    serving.HttpApplication = WithNoOp  # pyright: ignore[reportPrivateImportUsage]
    run_http(read_settings(os.environ), announce)
