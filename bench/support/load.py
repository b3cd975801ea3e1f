"""A client that keeps many connections busy, in a process of its own: raw sockets, since a client library would cost more than the server.

Run with: python -m bench.support.load, a `Job` as JSON on stdin; prints a `Done` as JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import count
from typing import Final

import uvloop

from bench.support.figures import percentile

CONNECTIONS: Final = 32
NUMBER: Final = "{number}"
"""Stands for a number that no other request of the run has."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """The same request again and again, for so many seconds or so many times."""

    port: int
    token: str
    method: str
    path: str
    status: int
    body: str = ""
    seconds: float = 0.0
    requests: int = 0
    first_number: int = 0
    connections: int = CONNECTIONS


@dataclass(frozen=True)
class Done:
    requests: int
    seconds: float
    p50_milliseconds: float
    p99_milliseconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def run(job: Job) -> Done:
    """Do it in a second process; raises where an answer wasn't the expected one."""
    command = [sys.executable, "-m", "bench.support.load"]
    done = subprocess.run(command, input=json.dumps(asdict(job)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Done(**json.loads(done.stdout))


async def load(job: Job) -> Done:
    """All connections at once, each with one request under way."""
    numbers = count(job.first_number)
    last = job.first_number + job.requests if job.requests else None
    took: list[float] = []
    began = time.perf_counter()
    deadline = began + job.seconds if job.seconds else float("inf")

    def texts() -> Iterator[bytes]:
        for number in numbers:
            if (last is not None and number >= last) or time.perf_counter() >= deadline:
                return
            yield _request(job, number)

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", job.port)
        for text in texts():
            sent = time.perf_counter()
            writer.write(text)
            await _answer(reader, job.status)
            took.append(time.perf_counter() - sent)
        writer.close()

    await asyncio.gather(*(one() for _ in range(job.connections)))
    seconds = time.perf_counter() - began
    return Done(len(took), seconds, percentile(took, 0.5) * 1e3, percentile(took, 0.99) * 1e3)


def _request(job: Job, number: int) -> bytes:
    body = job.body.replace(NUMBER, str(number)).encode()
    lines = [f"{job.method} {job.path} HTTP/1.1", f"Host: 127.0.0.1:{job.port}", f"Authorization: Bearer {job.token}"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _answer(reader: asyncio.StreamReader, status: int) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    if int(head[9:12]) != status:
        raise RuntimeError(f"{head.decode()}{body.decode()}")


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(load(Job(**json.load(sys.stdin)))))))
