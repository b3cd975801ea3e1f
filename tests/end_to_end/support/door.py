"""A client of one server over plain HTTP in the 2026-07-28 era: a call is a single POST, so an answer is one read of a socket."""

import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

PROTOCOL = "2026-07-28"
CALL_SECONDS = 20.0
META = {
    "io.modelcontextprotocol/protocolVersion": PROTOCOL,
    "io.modelcontextprotocol/clientInfo": {"name": "end-to-end", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Refused(Exception):
    """The server answered, and the answer is an error."""


class Door:
    """Calls tools; not acknowledged means that an exception came instead of an answer."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self._numbers = itertools.count(1)

    async def call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The tool's structured answer; Refused when it is an error, httpx2.HTTPError when there is none."""
        body = {
            "jsonrpc": "2.0",
            "id": next(self._numbers),
            "method": "tools/call",
            "params": {"name": tool, "arguments": arguments, "_meta": META},
        }
        response = await self._client.post("/mcp", json=body, headers={"Mcp-Name": tool, "Mcp-Method": "tools/call"})
        answer: dict[str, Any] = response.json()
        result = answer.get("result")
        if result is None or result.get("isError"):
            raise Refused(f"{response.status_code}: {answer}")
        return result["structuredContent"]

    async def all_events(self) -> list[dict[str, Any]]:
        """Every event of the account, newest first, page by page."""
        events: list[dict[str, Any]] = []
        arguments: dict[str, Any] = {"limit": 100}
        while True:
            page = await self.call("list_events", arguments)
            events += page["records"]
            if not page["hasMore"]:
                return events
            arguments["cursor"] = page["nextCursor"]


@asynccontextmanager
async def door(url: str, token: str) -> AsyncGenerator[Door]:
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": PROTOCOL,
    }
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=CALL_SECONDS, trust_env=False) as client:
        yield Door(client)


class RestDoor:
    """Creates events over REST."""

    def __init__(self, client: httpx2.AsyncClient, account: str) -> None:
        self._client = client
        self._account = account

    async def call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The record; Refused where the answer is an error, httpx2.HTTPError when there is none."""
        assert tool == "create_event"
        response = await self._client.post(f"/v1/accounts/{self._account}/events", json=arguments)
        if not response.is_success:
            raise Refused(f"{response.status_code}: {response.text}")
        return response.json()


@asynccontextmanager
async def rest_door(url: str, token: str, account: str) -> AsyncGenerator[RestDoor]:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=CALL_SECONDS, trust_env=False) as client:
        yield RestDoor(client, account)
