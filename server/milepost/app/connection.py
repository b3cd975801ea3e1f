"""HTTP/1.1 connections with the limits that uvicorn leaves open: slow or endless headers, and too many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from milepost.app.joined_writes import JoinedWrites
from milepost.middleware.client_address import Network, is_trusted, neighbourhood, unmapped
from milepost.middleware.request_id import request_id_from

MOST_CONNECTIONS: Final = 1_000
MOST_CONNECTIONS_OF_ONE: Final = 300
"""What one client address may have open, so that it can't lock out everybody else. Trusted proxies have many clients."""
HEADER_SECONDS: Final = 10.0
"""How long a client may take from connecting, or from the first byte of a request, to the end of its headers."""
LARGEST_HEADERS_BYTES: Final = 32 * 1024


class LimitedConnection(HttpToolsProtocol):
    """One client's connection. What it says of HTTP itself has the same body as every other error."""

    header_seconds = HEADER_SECONDS
    trusted_proxies: Sequence[Network] = ()
    _header_timer: asyncio.TimerHandle | None = None
    _header_bytes = 0
    _advanced = False
    _counted_under: str = ""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Refuse a connection beyond `MOST_CONNECTIONS`, and one beyond `MOST_CONNECTIONS_OF_ONE` of its address."""
        super().connection_made(JoinedWrites(transport, self.loop))
        # Switched off with the server already, but uvicorn goes by whether that logger has a handler, which anybody may
        # give it; and it logs whole addresses, in which there may be a ticket.
        self.access_log = False
        self._counted_under = self._address()
        if len(self.connections) > MOST_CONNECTIONS:
            self._say(503, "UPSTREAM_UNAVAILABLE", "too many connections are open; try again", b"retry-after: 1\r\n")
        elif self._too_many_of_one():
            text = (
                f"{MOST_CONNECTIONS_OF_ONE} connections of this address are open; close some first, "
                "or name it in MILEPOST_TRUSTED_PROXIES if it is a proxy"
            )
            self._say(429, "RATE_LIMIT_EXCEEDED", text, b"retry-after: 1\r\n")
        else:
            self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._headers_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless there is no end to what it only collects: headers, trailers, chunk extensions."""
        if self.transport.is_closing():
            return
        # Any byte makes uvicorn forget that the connection is idle, even one that begins no request.
        idle_timer, self.timeout_keep_alive_task = self.timeout_keep_alive_task, None
        self._advanced = False
        super().data_received(data)
        self._go_on_waiting(idle_timer)
        self._header_bytes = 0 if self._advanced else self._header_bytes + len(data)
        if self._header_bytes > LARGEST_HEADERS_BYTES and not self.transport.is_closing():
            self._refuse_headers()

    def on_message_begin(self) -> None:
        """The first byte of a request on a connection that was idle."""
        if self._header_timer is None:
            self._expect_headers()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """White space after a value is no part of it (RFC 9110 section 5.5), but httptools leaves it there.

        What comes after the headers is a trailer, of which nothing is kept (RFC 9110 section 6.5.1).
        """
        if self._header_timer is not None:
            super().on_header(name, value.rstrip(b" \t"))

    def on_body(self, body: bytes) -> None:
        """A piece of the body is handed on, so nothing is collected here."""
        self._advanced = True
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """The headers are here; a body has its own limits."""
        self._headers_came()
        self._advanced = True
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > LARGEST_HEADERS_BYTES:
            self._refuse_headers()
            return
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP."""
        self._say(400, "VALIDATION_ERROR", msg)

    def _expect_headers(self) -> None:
        self._header_bytes = 0
        self._header_timer = self.loop.call_later(self.header_seconds, self._too_slow)

    def _headers_came(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _go_on_waiting(self, idle_timer: asyncio.TimerHandle | None) -> None:
        """Close an idle connection when it would have been, whatever came on it but the beginning of a request.

        So ends, too, the rest of a body that nobody wanted: answered before its end, and coming for ever.
        """
        idle = self._header_timer is None and (not self.cycle or self.cycle.response_complete)
        if not idle:
            if idle_timer is not None:
                idle_timer.cancel()
        elif idle_timer is not None:
            self.timeout_keep_alive_task = idle_timer
        elif self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _address(self) -> str:
        return neighbourhood(unmapped(self.client[0])) if self.client else ""

    def _too_many_of_one(self) -> bool:
        if self.client is None or is_trusted(self.client[0], self.trusted_proxies):
            return False
        return sum(map(self._is_neighbour, self.connections)) > MOST_CONNECTIONS_OF_ONE

    def _is_neighbour(self, other: object) -> bool:
        return isinstance(other, LimitedConnection) and other._counted_under == self._counted_under

    def _too_slow(self) -> None:
        self._header_timer = None
        self.transport.close()

    def _refuse_headers(self) -> None:
        if self._header_timer is None and self.cycle and self.cycle.response_started:
            # Trailers without end: their request has its answer, and a second one would be taken for another's.
            self.transport.close()
            return
        self._say(431, "VALIDATION_ERROR", f"the headers are over {LARGEST_HEADERS_BYTES:,} bytes")

    def _say(self, status: int, code: str, message: str, *headers: bytes) -> None:
        if self.transport.is_closing():
            return
        body = orjson.dumps({"success": False, "error": {"code": code, "message": message, "details": []}})
        length = b"content-length: %d\r\n" % len(body)
        name = b"x-request-id: %s\r\n" % request_id_from([]).encode()
        head = [
            STATUS_LINE[status],
            b"content-type: application/json\r\n",
            length,
            b"connection: close\r\n",
            name,
            *headers,
        ]
        self.transport.write(b"".join([*head, b"\r\n", body]))
        self.transport.close()


def limited_connection(trusted_proxies: Sequence[Network]) -> type[LimitedConnection]:
    """The protocol of a server behind these proxies."""
    return type("ServedConnection", (LimitedConnection,), {"trusted_proxies": trusted_proxies})
