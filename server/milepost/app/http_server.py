"""The process around the HTTP application: sockets, signals, and an end within two seconds."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Final

from starlette.types import ASGIApp
from uvicorn import Config, Server

from milepost.app.connection import limited_connection
from milepost.domain.errors import Invalid, Unavailable
from milepost.middleware.client_address import Network
from milepost.settings import Settings
from milepost.settings.backends import is_loopback

KEEP_ALIVE_SECONDS: Final = 15
STOP_SECONDS: Final = 1
"""What is still running so long after a signal is cancelled; the application has ended everything by itself before."""
BACKLOG: Final = 512


def bind(settings: Settings) -> socket.socket:
    """The listening socket. Raises `Unavailable` saying why the address can't be had, `Invalid` for what isn't one."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise Invalid.of("MILEPOST_HOST", f"{settings.host} is no address of this machine ({error.strerror})") from None
    # A name such as localhost has several; clients of either kind find their way to the older one.
    family, kind, protocol, _, address = min(found, key=lambda item: item[0] != socket.AF_INET)
    # The name was checked with the settings; this is about what it really means here.
    if settings.insecure_no_auth and not is_loopback(str(address[0])):
        raise Invalid.of("MILEPOST_INSECURE_NO_AUTH", f"{settings.host} is {address[0]}, which others reach too")
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        where = f"{settings.host}, port {settings.port}"
        raise Unavailable(f"can't serve on {where}: {error.strerror}; write another MILEPOST_PORT or --port") from None
    listening.setblocking(False)  # noqa: FBT003 - socket's own signature
    return listening


def address_of(listening: socket.socket) -> tuple[str, int]:
    """Host and port that were bound, port 0 resolved."""
    host, port = listening.getsockname()[:2]
    return host, port


class HttpServer(Server):
    """uvicorn, stopped by a signal without dying of it, after `on_stopping` has ended what would go on for ever."""

    def __init__(
        self, app: ASGIApp, on_stopping: Callable[[], Awaitable[None]], trusted_proxies: Sequence[Network] = ()
    ) -> None:
        super().__init__(
            Config(
                app,
                loop="none",
                http=limited_connection(trusted_proxies),
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        self._on_stopping = on_stopping

    def stop(self, *, now: bool = False) -> None:
        """Begin to stop; `now` doesn't wait for what is open."""
        self.should_exit = True
        self.force_exit = self.force_exit or now

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, end what is open, wait for it."""
        async with asyncio.TaskGroup() as stopping:
            stopping.create_task(self._stop())
            await super().shutdown(sockets)

    async def _stop(self) -> None:
        await self._on_stopping()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave them to `StopSignals`: uvicorn takes them late, gives them back early, and dies of them at the end.

        sse-starlette looks for a server behind the handlers, to cut off its streams by itself; there it finds none.
        """
        yield
