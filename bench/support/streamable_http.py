"""A bare client of a server over Streamable HTTP, 2026-07-28: one kept connection, one POST a call."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from typing import Any

READY_SECONDS = 30.0
PROTOCOL = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": PROTOCOL,
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/readyz")  # any answer will do: the bare server knows no such path
            connection.getresponse()
            return
        time.sleep(0.02)
    raise RuntimeError(f"the server on port {port} did not start")


@contextlib.contextmanager
def listening(command: Sequence[str], port: int, env: Mapping[str, str]) -> Generator[None]:
    """Run a server on `port` until the block ends."""
    process = subprocess.Popen(
        command,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(process, port)
        yield
    finally:
        process.terminate()
        process.wait(10)


class Connection:
    """Calls tools of the server on `port`."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": PROTOCOL,
            "Mcp-Method": "tools/call",
        }
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def call_seconds(self, tool: str, arguments: dict[str, Any]) -> float:
        """The time from the request to the whole answer, unparsed."""
        params = {"name": tool, "arguments": arguments, "_meta": META}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        began = time.perf_counter()
        self._connection.request("POST", "/mcp", body, {**self._headers, "Mcp-Name": tool})
        response = self._connection.getresponse()
        answer = response.read()
        seconds = time.perf_counter() - began
        if response.status != http.client.OK or b'"isError":true' in answer:
            raise RuntimeError(f"{tool} failed with {response.status}: {answer[:500]!r}")
        return seconds
