"""What the server writes in one turn of its loop leaves in one piece, and nothing is kept too long or lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from milepost.app.joined_writes import LARGEST_JOINED_BYTES, JoinedWrites

pytestmark = pytest.mark.anyio


@dataclass
class Noting(asyncio.Transport):
    """A transport that notes each write before it does it."""

    real: asyncio.Transport
    writes: list[int] = field(default_factory=list[int])

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(len(data))
        self.real.write(data)

    def close(self) -> None:
        self.real.close()

    def abort(self) -> None:
        self.real.abort()

    def write_eof(self) -> None:
        self.real.write_eof()

    def is_closing(self) -> bool:
        return self.real.is_closing()

    def get_write_buffer_size(self) -> int:
        return self.real.get_write_buffer_size()


@asynccontextmanager
async def connected() -> AsyncGenerator[tuple[JoinedWrites, Noting, asyncio.StreamReader]]:
    """Two ends of a real connection: what writes, what it writes to, and what reads."""
    loop = asyncio.get_running_loop()
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def keep(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accepted.put(writer)

    async with await asyncio.start_server(keep, "127.0.0.1") as server:
        reader, client = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer = await accepted.get()
        noting = Noting(writer.transport)  # pyright: ignore[reportArgumentType]
        yield JoinedWrites(noting, loop), noting, reader
        writer.close()
        client.close()


async def test_head_and_body_are_one_write() -> None:
    async with connected() as (joined, noting, reader):
        joined.write(b"head\r\n\r\n")
        joined.write(b"body")
        assert joined.get_write_buffer_size() == 12
        assert await reader.readexactly(12) == b"head\r\n\r\nbody"
        assert noting.writes == [12]
        assert joined.get_write_buffer_size() == 0


async def test_what_is_written_in_another_turn_does_not_wait_for_more() -> None:
    async with connected() as (joined, noting, reader):
        for number in range(3):
            joined.write(b"event")
            assert await reader.readexactly(5) == b"event", number
        assert noting.writes == [5, 5, 5]


async def test_much_is_written_at_once() -> None:
    async with connected() as (joined, noting, _):
        joined.writelines([b"x" * LARGEST_JOINED_BYTES, b"y"])
        assert noting.writes == [LARGEST_JOINED_BYTES + 1]


async def test_close_writes_the_rest_first() -> None:
    async with connected() as (joined, _, reader):
        joined.write(b"goodbye")
        joined.close()
        assert await reader.read() == b"goodbye"
        assert joined.is_closing()


async def test_the_end_comes_after_the_rest() -> None:
    async with connected() as (joined, _, reader):
        joined.write(b"goodbye")
        joined.write_eof()
        assert await reader.read() == b"goodbye"


async def test_abort_forgets_the_rest() -> None:
    async with connected() as (joined, noting, _):
        joined.write(b"never")
        joined.abort()
        await asyncio.sleep(0)
        assert noting.writes == []


async def test_a_connection_that_is_lost_meanwhile_is_not_written_to() -> None:
    async with connected() as (joined, noting, _):
        joined.write(b"late")
        noting.real.abort()
        await asyncio.sleep(0)
        assert noting.writes == []
