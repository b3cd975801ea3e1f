"""Whom a request is addressed to and where it comes from, against DNS rebinding.

A page of any origin can make a browser send requests to a name that it has pointed at this machine; Host and Origin give
it away. (MCP 2026-07-28, Streamable HTTP, "Security Warning".)
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from milepost.domain.errors import Problem
from milepost.domain.text import shown
from milepost.middleware.headers import header_values
from milepost.middleware.refusals import Refusal


class HostCheck:
    """Lets through what is addressed to one of `names`, and comes from one of them where it says where it comes from.

    A name stands for every port, a name with a port for that one alone.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower().removesuffix(".") for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Refusal`: 400 without a Host or with several (RFC 9112, 3.2), 421 for a foreign one, 403 for a foreign Origin."""
        hosts = header_values(scope, b"host")
        if len(hosts) != 1:
            text = f"{len(hosts)} Host headers came; send one"
            raise Refusal(400, "VALIDATION_ERROR", text, [Problem("Host", text)])
        if not self._known(hosts[0]):
            message = f"the Host {shown(hosts[0])} is none of this server's; name it in MILEPOST_ALLOWED_HOSTS if it should be"
            raise Refusal(421, "MISDIRECTED_REQUEST", message)
        origins = header_values(scope, b"origin")
        if origins and not all(map(self._known_origin, origins)):
            came = shown(", ".join(origins))
            message = f"the Origin {came} is foreign here; name its host in MILEPOST_ALLOWED_HOSTS if it should not be"
            raise Refusal(403, "FORBIDDEN", message)
        await self._app(scope, receive, send)

    def _known(self, host: str) -> bool:
        name, port = _split(host.lower())
        return name in self._names or (bool(port) and f"{name}:{port}" in self._names)

    def _known_origin(self, origin: str) -> bool:
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return (
            parts.scheme in {"http", "https"}
            and origin == f"{parts.scheme}://{parts.netloc}"
            and self._known(parts.netloc)
        )


def _split(host: str) -> tuple[str, str]:
    """Name and port. The port may be empty behind its colon (RFC 3986, 3.2.3), and a name end in the root's dot."""
    name, colon, port = host.rpartition(":")
    if not colon or (port and not (port.isascii() and port.isdigit())):
        name, port = host, ""
    return name.removesuffix("."), port
