"""A bare client of a server over stdio: lines out, lines in, so that what is timed is the server."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from bench.support.peers import Program

INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "bench", "version": "1"},
}
KIB = 1024


class Spawned:
    """A server process that has answered `initialize`; `start_seconds` is how long that took from the spawn on."""

    def __init__(self, program: Program) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MILEPOST_")}
        began = time.perf_counter()
        self.process = subprocess.Popen(
            program.command,
            env=inherited | program.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
        )
        self._stdin, self._stdout = cast("IO[bytes]", self.process.stdin), cast("IO[bytes]", self.process.stdout)
        self._number = 0
        self.request("initialize", INITIALIZE)
        self.start_seconds = time.perf_counter() - began
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def _send(self, message: dict[str, Any]) -> None:
        self._stdin.write(json.dumps(message).encode() + b"\n")
        self._stdin.flush()

    def raw(self, method: str, params: dict[str, Any]) -> bytes:
        """Send one request and return the line that answers it; notices in between are passed over."""
        self._number += 1
        self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        while True:
            line = self._stdout.readline()
            if not line:
                self._said.seek(0)
                code, said = self.process.wait(), self._said.read().decode()
                raise RuntimeError(f"the server ended with {code} instead of answering {method}: {said}")
            if b'"id"' in line:
                return line

    def request(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        answer = json.loads(self.raw(method, params))
        if "error" in answer or answer["result"].get("isError"):
            raise RuntimeError(f"{method} failed: {answer}")
        return answer["result"]

    def call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return self.request("tools/call", {"name": tool, "arguments": arguments})

    def call_seconds(self, tool: str, arguments: dict[str, Any]) -> float:
        """The time from the request to the whole answer, unparsed."""
        began = time.perf_counter()
        line = self.raw("tools/call", {"name": tool, "arguments": arguments})
        seconds = time.perf_counter() - began
        if b'"isError":true' in line or b'"error":{' in line:
            raise RuntimeError(f"{tool} failed: {line[:500]!r}")
        return seconds

    def resident_mib(self) -> float:
        """Resident memory now, children left out; from Linux's /proc."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / KIB

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._stdout.close()
        self._said.close()
