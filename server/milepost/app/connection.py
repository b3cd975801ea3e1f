"""HTTP/1.1 connections with the limits that uvicorn leaves open: slow or endless headers, and too many at once."""

from __future__ import annotations

import asyncio
from typing import Final

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from milepost.middleware.request_id import request_id_from

MOST_CONNECTIONS: Final = 1_000
HEADER_SECONDS: Final = 10.0
"""How long a client may take from connecting, or from the first byte of a request, to the end of its headers."""
LARGEST_HEADERS_BYTES: Final = 32 * 1024


class LimitedConnection(HttpToolsProtocol):
    """One client's connection. What it says of HTTP itself has the same body as every other error."""

    header_seconds = HEADER_SECONDS
    _header_timer: asyncio.TimerHandle | None = None
    _header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Refuse a connection beyond `MOST_CONNECTIONS`."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._say(503, "UPSTREAM_UNAVAILABLE", "too many connections are open; try again", b"retry-after: 1\r\n")
            return
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._headers_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless there is no end to the headers."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._header_timer is not None:
            self._header_bytes += len(data)
            if self._header_bytes > LARGEST_HEADERS_BYTES:
                self._refuse_headers()

    def on_message_begin(self) -> None:
        """The first byte of a request on a connection that was idle."""
        if self._header_timer is None:
            self._expect_headers()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """White space after a value is no part of it (RFC 9110 section 5.5), but httptools leaves it there."""
        super().on_header(name, value.rstrip(b" \t"))

    def on_headers_complete(self) -> None:
        """The headers are here; a body has its own limits."""
        self._headers_came()
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

    def _too_slow(self) -> None:
        self._header_timer = None
        self.transport.close()

    def _refuse_headers(self) -> None:
        self._say(431, "VALIDATION_ERROR", f"the headers are over {LARGEST_HEADERS_BYTES:,} bytes")

    def _say(self, status: int, code: str, message: str, *headers: bytes) -> None:
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
