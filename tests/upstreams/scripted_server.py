"""A peer on a real socket that answers as it is told, however badly, and counts what arrived."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.abc import SocketAttribute, SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream

DRIP_SECONDS = 0.005
_LONGEST_HEAD = 128 * 1024
Play = Callable[[SocketStream], Awaitable[bool]]
"""Answers one request; whether the connection may be used for another."""


class Hangup(Exception):
    """The client is gone."""


@dataclass
class ScriptedServer:
    """Each request is answered by the next of `plays`, and by the last from then on."""

    port: int
    plays: tuple[Play, ...]
    requests: list[bytes] = field(default_factory=list[bytes])
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, stream: SocketStream) -> None:
        self.connections += 1
        async with stream:
            buffered = BufferedByteReceiveStream(stream)
            try:
                while True:
                    self.requests.append(await _request(buffered))
                    play = self.plays[min(len(self.requests), len(self.plays)) - 1]
                    if not await play(stream):
                        return
            except (anyio.EndOfStream, anyio.IncompleteRead, anyio.BrokenResourceError, anyio.ClosedResourceError):
                return


async def _request(stream: BufferedByteReceiveStream) -> bytes:
    head = await stream.receive_until(b"\r\n\r\n", _LONGEST_HEAD)
    length = re.search(rb"^content-length: *(\d+)", head, re.IGNORECASE | re.MULTILINE)
    body = await stream.receive_exactly(int(length[1])) if length and int(length[1]) else b""
    return head + b"\r\n\r\n" + body


@asynccontextmanager
async def scripted(*plays: Play) -> AsyncGenerator[ScriptedServer]:
    """The server, until the block ends."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    server = ScriptedServer(listener.extra(SocketAttribute.local_port), plays)  # noqa: S610 - no Django
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, server.serve)
        yield server
        tasks.cancel_scope.cancel()


def answer(status: int, body: bytes, *headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} Because", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def says(text: bytes) -> Play:
    """Sends it, and waits for the next request."""

    async def play(stream: SocketStream) -> bool:
        await stream.send(text)
        return True

    return play


def says_and_closes(text: bytes) -> Play:
    async def play(stream: SocketStream) -> bool:
        await stream.send(text)
        return False

    return play


def resets(text: bytes = b"") -> Play:
    """Sends it, then breaks the connection without an end."""

    async def play(stream: SocketStream) -> bool:
        if text:
            await stream.send(text)
        raw = stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - no Django
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        return False

    return play


async def keeps_silent(stream: SocketStream) -> bool:
    """Nothing comes, until the client goes."""
    await stream.receive()
    return True


def drips(text: bytes) -> Play:
    """Sends it, then one byte after the other without an end: never so long without one that a read gives up."""

    async def play(stream: SocketStream) -> bool:
        await stream.send(text)
        while True:
            await stream.send(b" ")
            await anyio.sleep(DRIP_SECONDS)

    return play


def pours(head: bytes, count: int, piece: bytes) -> Play:
    """Sends `piece` so many times."""

    async def play(stream: SocketStream) -> bool:
        await stream.send(head)
        for _ in range(count):
            await stream.send(piece)
        return True

    return play
