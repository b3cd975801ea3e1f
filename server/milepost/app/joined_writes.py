"""What is written to a connection in one turn of the event loop, in one piece.

uvicorn writes the head of an answer and its body one after the other, and uvloop hands each to the system at once: two
calls, two packets, and a client that is woken twice. In one piece a page of 25 events takes a tenth less.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

LARGEST_JOINED_BYTES: Final = 64 * 1024
"""What is collected at most before it is written, so that the connection's own limit on what waits is felt in time."""


class JoinedWrites(asyncio.Transport):
    """A transport like the one that it stands before."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._pieces: list[bytes | bytearray | memoryview] = []
        self._bytes = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it until this turn of the loop ends, or there is much."""
        if not self._pieces:
            self._loop.call_soon(self._flush)
        self._pieces.append(data)
        self._bytes += len(data)
        if self._bytes > LARGEST_JOINED_BYTES:
            self._flush()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """One after the other."""
        for data in list_of_data:
            self.write(data)

    def close(self) -> None:
        """Write what was kept, then close."""
        self._flush()
        self._transport.close()

    def write_eof(self) -> None:
        """Write what was kept, then say that nothing follows."""
        self._flush()
        self._transport.write_eof()

    def abort(self) -> None:
        """Forget what was kept."""
        self._take()
        self._transport.abort()

    def get_write_buffer_size(self) -> int:
        """Bytes that wait, here and further on."""
        return self._bytes + self._transport.get_write_buffer_size()

    def _flush(self) -> None:
        # The client may have gone since, and nobody reads what is written then.
        if (kept := self._take()) and not self._transport.is_closing():
            self._transport.write(kept)

    def _take(self) -> bytes:
        pieces, self._pieces, self._bytes = self._pieces, [], 0
        return b"".join(pieces)

    def can_write_eof(self) -> bool:
        return self._transport.can_write_eof()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def is_reading(self) -> bool:
        return self._transport.is_reading()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._transport.set_write_buffer_limits(high, low)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._transport.get_write_buffer_limits()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._transport.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._transport.get_protocol()
