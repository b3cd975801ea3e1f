"""A bare client of a server over Streamable HTTP, 2026-07-28: one kept connection, one POST a call."""

import http.client
import json
import socket
import time
from typing import Any

from tests.end_to_end.support.door import META, PROTOCOL


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
