"""The same operation through REST and through MCP, each on a server and a store of its own, and what both told of it."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.end_to_end.support.door import PROTOCOL
from tests.end_to_end.support.process import Store, create_token, run_milepost, serving
from tests.postgres_server import database

CLIENT = {"name": "parity", "version": "1"}
META = {
    "io.modelcontextprotocol/protocolVersion": PROTOCOL,
    "io.modelcontextprotocol/clientInfo": CLIENT,
    "io.modelcontextprotocol/clientCapabilities": {},
}
CALL_SECONDS = 20.0
MOMENTS = re.compile(r'"(createdAt|updatedAt|at)": "[^"]*"')
COMPARED = {"tag", "event", "history"}
Json = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """`record` is None where it was refused; then `fields` are those that it was refused for."""

    record: Json | None
    fields: frozenset[str] = frozenset()


@dataclass
class Side:
    """One server. `sids` are those of its events in the order of their creation."""

    database: Store
    client: httpx2.Client
    sids: list[str] = field(default_factory=list[str])

    def neutral(self, value: Any) -> Any:
        """What is told, with numbers for what each store names anew, and without the moments of writing."""
        text = MOMENTS.sub(r'"\1": "MOMENT"', json.dumps(value, ensure_ascii=False))
        for number, sid in enumerate(self.sids):
            text = text.replace(sid, f"event {number}")
        text = re.sub(r"acc_[0-9A-Za-z]{27}", "ACCOUNT", text)
        return json.loads(re.sub(r'"door": "(rest|mcp)"', '"door": "DOOR"', text))

    def content(self) -> list[str]:
        """Everything that is kept about events, deleted ones and the past included."""
        lines = [json.loads(line) for line in run_milepost(self.database, "export", "-").splitlines()]
        return sorted(json.dumps(self.neutral(line)) for line in lines if COMPARED & line.keys())


class RestSide(Side):
    """Speaks REST. Of a create, a `source` is given, as the MCP door would fill it in."""

    def create(self, body: Json) -> Told:
        return self._told(self.client.post("events", json={"source": "mcp"} | body))

    def update(self, sid: str, patch: Json) -> Told:
        return self._told(self.client.put(f"events/{sid}", json=patch))

    def delete(self, sid: str) -> Told:
        return self._told(self.client.delete(f"events/{sid}"))

    def get(self, sid: str) -> Told:
        return self._told(self.client.get(f"events/{sid}"))

    def find(self, filters: Json) -> Told:
        return self._told(self.client.get("events", params=filters))

    def _told(self, answer: httpx2.Response) -> Told:
        body: Json = answer.json()
        if answer.is_success:
            return Told({name: value for name, value in body.items() if name != "nextCursor"})
        assert answer.status_code in {400, 404, 409}, body
        return Told(None, frozenset(problem["field"] for problem in body["error"]["details"]))


class McpSide(Side):
    """Calls tools."""

    def create(self, body: Json) -> Told:
        return self._call("create_event", body | {"detail": "full"})

    def update(self, sid: str, patch: Json) -> Told:
        return self._call("update_event", {"sid": sid, **patch, "detail": "full"})

    def delete(self, sid: str) -> Told:
        return self._call("delete_event", {"sid": sid})

    def get(self, sid: str) -> Told:
        return self._call("get_event", {"sid": sid, "detail": "full"})

    def find(self, filters: Json) -> Told:
        return self._call("list_events", filters | {"detail": "full"})

    def _call(self, tool: str, arguments: Json) -> Told:
        params = {"name": tool, "arguments": arguments, "_meta": META}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        answer = self.client.post("mcp", json=body, headers={"Mcp-Name": tool, "Mcp-Method": "tools/call"})
        result: Json = answer.json()["result"]
        if result["isError"]:
            problems = re.findall(r"^- ([\w.\[\]]+): ", result["content"][0]["text"], re.MULTILINE)
            return Told(None, frozenset(problems))
        structured: Json = result["structuredContent"]
        return Told({name: value for name, value in structured.items() if name != "nextCursor"})


@contextmanager
def two_doors(folder: Path) -> Generator[tuple[RestSide, McpSide]]:
    """A new server for each, whose tokens have the same name: REST's over a file, MCP's over PostgreSQL, so that those are compared too."""
    with database() as shared, _two_doors(folder, folder / "rest.db", shared) as sides:
        yield sides


@contextmanager
def _two_doors(folder: Path, rest: Store, mcp: Store) -> Generator[tuple[RestSide, McpSide]]:
    rest_token, mcp_token = create_token(rest), create_token(mcp)
    account = json.loads(run_milepost(rest, "accounts", "list", "--json"))[0]["sid"]
    mcp_headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": PROTOCOL}
    with (
        serving(rest) as rest_server,
        serving(mcp) as mcp_server,
        _client(f"{rest_server.url}/v1/accounts/{account}/", rest_token, {"User-Agent": "parity/1"}) as rest_client,
        _client(mcp_server.url, mcp_token, mcp_headers) as mcp_client,
    ):
        yield RestSide(rest, rest_client), McpSide(mcp, mcp_client)


def _client(url: str, token: str, headers: dict[str, str]) -> httpx2.Client:
    headers = headers | {"Authorization": f"Bearer {token}"}
    return httpx2.Client(base_url=url, headers=headers, timeout=CALL_SECONDS, trust_env=False)
