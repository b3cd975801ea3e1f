"""The standard streams of this process, as JSON-RPC over stdio needs them: lines in, lines out, never blocking the loop.

The SDK reads stdin in a worker thread that nothing can interrupt, so a signal is only heard once the client hangs up.
Here the loop waits for readiness instead, which can be cancelled at any moment.
"""

from __future__ import annotations

import fcntl
import os
import select
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager, suppress
from termios import FIONREAD
from typing import Final

import anyio

CHUNK_BYTES: Final = 64 * 1024
LONGEST_LINE_BYTES: Final = 1024 * 1024
"""A longer message is skipped and told so; a full event with every character escaped is a fifth of it."""

STDIN, STDOUT, STDERR = 0, 1, 2
_PIPE_SIZE: Final[int | None] = getattr(fcntl, "F_GETPIPE_SZ", None)
"""Linux alone tells the size of a pipe."""
_INT_BYTES: Final = 4


class TooLong(Exception):
    """Stands for a line of more than `LONGEST_LINE_BYTES`, which was dropped."""


@contextmanager
def claimed_streams() -> Generator[tuple[int, int]]:
    """Private descriptors for stdin and stdout; meanwhile 0 is empty and 1 is stderr.

    So a stray `print`, ours or a library's, can't break the JSON-RPC stream.
    """
    sys.stdout.flush()
    reading, writing = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, STDERR + 1) for fd in (STDIN, STDOUT))
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, STDIN)
    os.dup2(STDERR, STDOUT)
    os.close(nowhere)
    try:
        yield reading, writing
    finally:
        with suppress(OSError):
            sys.stdout.flush()
        for private, fd in ((reading, STDIN), (writing, STDOUT)):
            os.dup2(private, fd)
            os.close(private)


async def read_lines(fd: int) -> AsyncIterator[bytes | TooLong]:
    """Each line of `fd` until its end, without the line feed; `TooLong` in place of one that is too long."""
    buffer = bytearray()
    dropping = False
    while chunk := await _read(fd):
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            dropping = dropping or len(buffer) + len(part) > LONGEST_LINE_BYTES
            yield TooLong() if dropping else bytes(buffer + part)
            buffer.clear()
            dropping = False
        buffer += rest
        if dropping or len(buffer) > LONGEST_LINE_BYTES:
            buffer.clear()
            dropping = True
    if buffer:
        yield bytes(buffer)


async def write_all(fd: int, data: bytes) -> None:
    """Write the whole of `data`, waiting where the other side doesn't read.

    Pieces are no longer than what is taken without blocking, so the descriptor may stay in blocking mode: its file
    description can be shared with the parent's.
    """
    left = memoryview(data)
    while left:
        if not _ready(fd, select.POLLOUT):
            await anyio.wait_writable(fd)
        with suppress(BlockingIOError):
            left = left[os.write(fd, left[: _room(fd)]) :]


def _room(fd: int) -> int:
    """How many bytes `fd`, which polls writable, takes without blocking: all that a pipe can hold when it holds none.

    Otherwise `PIPE_BUF` (POSIX). A page of events goes out in one piece that way, and its reader wakes once.
    """
    if _PIPE_SIZE is not None:
        with suppress(OSError):
            if not any(fcntl.ioctl(fd, FIONREAD, bytes(_INT_BYTES))):
                return fcntl.fcntl(fd, _PIPE_SIZE)
    return select.PIPE_BUF


async def _read(fd: int) -> bytes:
    while True:
        # Polled first since a regular file is always ready, and can't be waited for.
        if not _ready(fd, select.POLLIN):
            await anyio.wait_readable(fd)
        with suppress(BlockingIOError):
            return os.read(fd, CHUNK_BYTES)


def _ready(fd: int, event: int) -> bool:
    poll = select.poll()
    poll.register(fd, event)
    return bool(poll.poll(0))
