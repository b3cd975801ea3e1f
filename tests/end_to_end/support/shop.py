"""A Milepost with a dashboard, and what pipelines and assistants do to it while somebody looks."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from tests.end_to_end.support.door import META, PROTOCOL
from tests.end_to_end.support.process import Server, run_milepost, serving

CALL_SECONDS = 20.0
ACCOUNT = re.compile(r"acc_[0-9A-Za-z]{27}")
LINK = re.compile(r"http://\S+/sign-in\?code=\S+")
Json = dict[str, Any]


def ago(**span: float) -> str:
    """A moment so long ago, as the API writes it."""
    return written(datetime.now(UTC) - timedelta(**span))


def written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Shop:
    """One server with one account. `sign_in_url` works once."""

    server: Server
    database: Path
    account: str
    sign_in_url: str
    client: httpx2.Client

    @property
    def url(self) -> str:
        return self.server.url

    def create(self, name: str, **fields: Any) -> Json:
        """An event by the REST API; a deployment an hour ago unless told otherwise."""
        body = {"type": "deployment", "name": name, "startedAt": ago(hours=1)} | fields
        return self._answer(self.client.post("/events", json=body))

    def create_many(self, events: list[Json]) -> None:
        for at in range(0, len(events), 500):
            self._answer(self.client.post("/events:batch", json={"events": events[at : at + 500]}))

    def change(self, sid: str, **fields: Any) -> Json:
        return self._answer(self.client.put(f"/events/{sid}", json=fields))

    def event(self, sid: str) -> Json:
        return self._answer(self.client.get(f"/events/{sid}"))

    def place(self, kind: str, name: str, **labels: str) -> str:
        """The SID of a newly registered bucket or environment."""
        return self._answer(self.client.post(f"/{kind}", json={"name": name, "labels": labels}))["sid"]

    def token(self, *scopes: str, kind: str = "api") -> Json:
        """A token, for a program unless told otherwise."""
        return self._answer(self.client.post(f"/{kind}Tokens", json={"name": "end-to-end", "scopes": scopes}))

    def create_over_mcp(self, name: str) -> None:
        """An event as an assistant creates it."""
        self.call_over_mcp("create_event", {"type": "deployment", "name": name})

    def call_over_mcp(self, tool: str, arguments: Json) -> str:
        """What a model reads of the tool's answer."""
        token = self.token("events:read", "events:write", kind="mcp")["token"]
        params = {"name": tool, "arguments": arguments, "_meta": META}
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": PROTOCOL,
            "Mcp-Name": tool,
            "Mcp-Method": "tools/call",
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        answer = httpx2.post(f"{self.url}/mcp", json=body, headers=headers, timeout=CALL_SECONDS, trust_env=False)
        assert not answer.json()["result"].get("isError"), answer.text
        return answer.json()["result"]["content"][0]["text"]

    @staticmethod
    def _answer(response: httpx2.Response) -> Json:
        assert response.is_success, response.text
        return response.json()


@contextmanager
def open_shop(folder: Path, **settings: Any) -> Generator[Shop]:
    """One with an empty database in `folder`; its owner's token is what `client` carries."""
    database = folder / "shop.db"
    token = _owners_token(database)
    with serving(database, **settings) as server:
        said = server.log.read_text()
        base, headers = f"{server.url}/v1/accounts/{token['accountSid']}", {"Authorization": f"Bearer {token['token']}"}
        link = LINK.search(said)
        assert link, said
        with httpx2.Client(base_url=base, headers=headers, timeout=CALL_SECONDS, trust_env=False) as client:
            yield Shop(server, database, token["accountSid"], link[0], client)


def _owners_token(database: Path) -> Json:
    scopes = ("--scope", "events:read", "--scope", "events:write", "--scope", "tokens:admin")
    printed = run_milepost(database, "tokens", "create", "--kind", "api", "--name", "owner", *scopes, "--json")
    return httpx2.Response(200, text=printed).json()
