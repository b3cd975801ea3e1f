"""Starts the installed `milepost` as its own process, and ends it."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MILEPOST = str(Path(sys.executable).with_name("milepost"))
START_SECONDS = 30.0
COMMAND_SECONDS = 300.0
POLL_SECONDS = 0.02
END_SECONDS = 10.0


Store = Path | str
"""A database file, or the URL of a store."""


def environment(database: Store, **settings: str) -> dict[str, str]:
    """The environment of this process without any Milepost setting of its own, with `database` as the store."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MILEPOST_")}
    url = database if isinstance(database, str) else f"sqlite:///{database}"
    return kept | {"MILEPOST_BACKEND": url} | settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_milepost(database: Store, *arguments: str, given: str = "", timeout_seconds: float = COMMAND_SECONDS) -> str:
    """Run one command, `given` on its stdin, to its end and return what it printed; a failure is raised with its stderr."""
    command = [MILEPOST, *arguments]
    done = subprocess.run(
        command,
        env=environment(database),
        input=given,
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"milepost {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def create_token(database: Store, *options: str) -> str:
    """A token of `database` that may read and write events, or what `options` say instead."""
    chosen = options or ("--scope", "events:read", "--scope", "events:write")
    printed = run_milepost(database, "tokens", "create", "--kind", "mcp", "--name", "end-to-end", *chosen, "--json")
    record: dict[str, Any] = json.loads(printed)
    return record["token"]


@dataclass
class Server:
    """A running server; `log` is the file that collects its stdout and stderr."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}: {self.log.read_text()}")
            if self._answers():
                return
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"the server was not ready within {START_SECONDS} s: {self.log.read_text()}")

    def _answers(self) -> bool:
        """Whether it serves: a connection alone says little, since the port is taken before anything else is done."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def ended(self) -> None:
        """It is gone, and its log is whole; the tests' watch over tokens reads it here."""

    def kill(self) -> None:
        """End it as a power cut would, for the process at least: no handler of its own runs."""
        self.process.kill()
        self.process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Ask it to end; returns the seconds that it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(END_SECONDS)
        return time.monotonic() - started


@contextlib.contextmanager
def started(command: list[str], env: Mapping[str, str], port: int, log: Path) -> Generator[Server]:
    """Run `command`, a server on `port`, until the block ends."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    server = Server(process, port, log)
    try:
        server.wait_until_ready()
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        server.ended()


@contextlib.contextmanager
def serving(
    database: Store, *, log: Path | None = None, prefix: tuple[str, ...] = (), **settings: str
) -> Generator[Server]:
    """`milepost serve` on a free port of loopback; `prefix` is a command to run it under, such as strace.

    The `log` is beside a database file, or gone at the end, unless told otherwise.
    """
    if log is None and isinstance(database, str):
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(database, log=Path(folder, "log"), prefix=prefix, **settings) as server,
        ):
            yield server
        return
    log = log or Path(database).with_suffix(".log")
    port = free_port()
    env = environment(database, MILEPOST_PORT=str(port), MILEPOST_RATE_LIMIT="off", **settings)
    with started([*prefix, MILEPOST, "serve"], env, port, log) as server:
        yield server
