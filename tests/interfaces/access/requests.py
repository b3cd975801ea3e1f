"""What is sent for each row of the tables, and how its answer is read."""

from __future__ import annotations

from typing import Any

import httpx2

from milepost.domain.token import TokenKind
from tests.interfaces.access.callers import KEY, Callers, Side
from tests.interfaces.http_world import ACCEPT, call, rpc, rpc_headers

DEPLOYMENT = {"type": "deployment", "name": KEY}
CHANGE = {"name": "changed again"}
LISTS = ("list_events", "show_timeline")
TOLD_BY_TOOLS = {"out of this token's reach": "hidden", "stay inside its reach": "reach"}


class Attempt:
    """One request on its way: what it is after, and what became of it."""

    def __init__(self, client: httpx2.AsyncClient, callers: Callers, side: Side) -> None:
        self._client = client
        self._callers = callers
        self._side = side

    async def operation(self, method: str, path: str, headers: dict[str, str]) -> str:
        """Of an operation of the REST API; `path` is its pattern below the account."""
        sid = await self._wanted(path)
        below = path
        for name in ("eventSid", "bucketSid", "environmentSid", "tokenSid"):
            below = below.replace(f"{{{name}}}", sid)
        body = self._body(method, path)
        sent: dict[str, Any] = {} if body is None else {"json": body}
        if path == "charts":
            sent["params"] = {"bucketSid": self._side.bucket, "environmentSid": self._side.environment}
        address = f"/v1/accounts/{self._callers.owner.account_sid}/{below}"
        answer = await self._client.request(method, address, headers=headers, **sent)
        if path == "events:batch" and answer.status_code == 200:
            return str(answer.json()["results"][0]["status"])
        if method == "GET" and path != "charts" and answer.status_code == 200 and sid not in answer.text:
            return "unseen"
        return str(answer.status_code)

    async def apica(self, method: str, path: str, headers: dict[str, str], parameters: dict[str, str]) -> str:
        """Of an operation of Apica's dialect, which are lists."""
        mark = await self._callers.marked(self._side)
        answer = await self._client.request(method, path, headers=headers, params=parameters)
        return "unseen" if answer.status_code == 200 and mark not in answer.text else str(answer.status_code)

    async def tool(self, name: str, headers: dict[str, str]) -> str:
        sid = await self._callers.event(self._side, deleted=False)
        arguments: dict[str, dict[str, Any]] = {
            "list_events": {"limit": 100},
            "show_timeline": {"startTime": "now-30d", "endTime": "2999-01-01T00:00:00Z"},
            "get_event": {"sid": sid},
            "create_event": DEPLOYMENT | self._side.scope,
            "update_event": {"sid": sid, **CHANGE},
            "delete_event": {"sid": sid},
        }
        body, wanted = call(name, **arguments[name])
        answer = await self._client.post("/mcp", json=body, headers=headers | wanted)
        if answer.status_code != 200:
            return str(answer.status_code)
        result = answer.json()["result"]
        if not result["isError"]:
            return "unseen" if name in LISTS and sid not in answer.text else "done"
        text = result["content"][0]["text"]
        return next((word for told, word in TOLD_BY_TOOLS.items() if told in text), text)

    async def route(self, method: str, path: str, headers: dict[str, str]) -> str:
        """Of a route that isn't an operation; streams are left as soon as they are open."""
        sent: dict[str, Any] = {}
        if method == "POST":
            sent["json"] = rpc("tools/list")
            headers = headers | rpc_headers("tools/list")
        async with self._client.stream(method, path, headers=ACCEPT | headers, **sent) as answer:
            return str(answer.status_code)

    async def tools_shown(self, headers: dict[str, str]) -> set[str]:
        answer = await self._client.post("/mcp", json=rpc("tools/list"), headers=headers | rpc_headers("tools/list"))
        return {tool["name"] for tool in answer.json()["result"]["tools"]}

    async def _wanted(self, path: str) -> str:
        """The sid of what the request is after; for a list, of what should be in it."""
        if path.startswith("events"):
            return await self._callers.event(self._side, deleted=path.endswith("/restore"))
        if path.startswith("buckets"):
            return self._side.bucket
        if path.startswith("environments"):
            return self._side.environment
        return await self._callers.token(TokenKind.MCP if path.startswith("mcp") else TokenKind.API, self._side)

    def _body(self, method: str, path: str) -> Any:
        match method, path.partition("/")[0]:
            case "POST", "events":
                return None if path.endswith("/restore") else DEPLOYMENT | self._side.scope
            case "POST", "events:batch":
                return {"events": [DEPLOYMENT | self._side.scope]}
            case "POST", "buckets" | "environments":
                return {"name": "new", "sid": "new"}
            case "POST", "mcpTokens" | "apiTokens":
                return {"name": "new", "scopes": ["events:read"], **self._side.scope}
            case "PUT", _:
                return CHANGE
            case _:
                return None
