"""All tools, the resources, the prompts and completion over stdio, Streamable HTTP and SSE, in both protocol eras, by real processes: the same answers everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Literal

import httpx2
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client import advertise
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp.shared.exceptions import MCPError
from mcp_types import Implementation, PromptReference, ResourceTemplateReference
from pydantic import BaseModel

from tests.end_to_end.support.process import MILEPOST, Store, create_token, environment, serving
from tests.postgres_server import database

_ANSWERED = {"contents", "description", "messages", "completion"}
"""What an answer is about; eras differ in what else stands beside it."""
EVENT_TEMPLATE = "milepost://events/{sid}"

Era = Literal["legacy", "2026-07-28"]
ERAS: dict[Era, str] = {"legacy": "2025-11-25", "2026-07-28": "2026-07-28"}
CLIENT = Implementation(name="parity", version="1.0")
DRAWING = [advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})]
"""A host that shows pages, so that what only such a one is told is compared too."""
Door = Callable[[Store, str, Era], AbstractAsyncContextManager[Client]]


@asynccontextmanager
async def over_stdio(store: Store, token: str, era: Era) -> AsyncGenerator[Client]:
    parameters = StdioServerParameters(command=MILEPOST, args=["mcp"], env=environment(store, MILEPOST_MCP_TOKEN=token))
    async with Client(stdio_client(parameters), mode=era, client_info=CLIENT, extensions=DRAWING) as client:
        yield client


@asynccontextmanager
async def over_http(store: Store, token: str, era: Era) -> AsyncGenerator[Client]:
    headers = {"Authorization": f"Bearer {token}"}
    with serving(store) as server:
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False, timeout=httpx2.Timeout(10, read=None)) as http,
            Client(
                streamable_http_client(f"{server.url}/mcp", http_client=http),
                mode=era,
                client_info=CLIENT,
                extensions=DRAWING,
            ) as client,
        ):
            yield client


@asynccontextmanager
async def over_sse(store: Store, token: str, era: Era) -> AsyncGenerator[Client]:
    headers = {"Authorization": f"Bearer {token}"}
    with serving(store) as server:
        stream = sse_client(f"{server.url}/sse", headers=headers)
        async with Client(stream, mode=era, client_info=CLIENT, extensions=DRAWING) as client:
            yield client


DOORS: dict[str, Door] = {"stdio": over_stdio, "http": over_http, "sse": over_sse}


async def test_everything_answers_the_same_through_every_door_in_both_eras_over_either_database(tmp_path: Path):
    told: dict[str, list[Any]] = {}
    for (name, door), era in product(DOORS.items(), ERAS):
        told[f"{name}, {era}"] = await tell_through(door, tmp_path / f"{name}-{era}.db", era)
    for (name, _), era in zip(DOORS.items(), ERAS, strict=False):
        with database() as shared:
            told[f"{name} over PostgreSQL, {era}"] = await tell_through(DOORS[name], shared, era)

    for (one, first), (other, second) in pairwise(told.items()):
        assert len(first) == len(second)
        for answer, again in zip(first, second, strict=True):
            assert answer == again, f"{one} and {other} differ"


async def tell_through(door: Door, store: Store, era: Era) -> list[Any]:
    async with door(store, create_token(store), era) as client:
        assert client.protocol_version == ERAS[era]
        return await tell(client)


async def tell(client: Client) -> list[Any]:
    """Everything that one door answers to the same story, with what differs by nature replaced."""
    story = Story(client)
    await story.record_and_find()
    await story.read_resources()
    await story.get_prompts()
    await story.complete()
    await story.change_and_delete()
    await story.go_wrong()
    return [*story.told, *await offers_of(client)]


class Story:
    """Calls tools one after another and keeps the answers."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.told: list[Any] = []
        self._names: dict[str, str] = {}

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        try:
            result = await self._client.call_tool(tool, arguments)
        except MCPError as error:
            self.told.append([tool, error.error.code, error.error.message])
            return {}
        texts = [content.text for content in result.content if content.type == "text"]
        structured: dict[str, Any] = result.structured_content or {}
        self.told.append(json.loads(self._neutral(json.dumps([tool, result.is_error, texts, structured]))))
        return structured

    async def record_and_find(self) -> None:
        deployment = {
            "type": "deployment",
            "name": "v2 \u202e\n",
            "startedAt": "2026-01-15T14:00:00Z",
            "dedupKey": "run:1",
        }
        await self.call("create_event", **deployment, metadata={"commit": "a1", "b": [1, None]}, detail="full")
        await self.call("create_event", **deployment)
        await self.call(
            "create_event",
            type="incident",
            name="Down",
            description="two\nlines",
            startedAt="2026-01-15T14:05:00Z",
            bucketSids="checkout",
            environmentSids=["prod01"],
            severity="E",
            tags={"team": ["payments"]},
            check={"id": 42, "symbol": "login"},
        )
        first = await self.call("list_events", limit=1)
        await self.call("list_events", limit="1", cursor=first["nextCursor"])
        await self.call("list_events", bucketSid="checkout", ongoing=True, includeTag="team~payments", detail="full")
        await self.call("list_events", source="nobody", startTime="2026-01-15T14:00:00Z")
        await self.call("show_timeline", startTime="2026-01-15T13:00:00Z", endTime="2026-01-15T15:00:00Z")

    async def ask(self, what: str, answer: Awaitable[BaseModel]) -> None:
        """Anything but a tool call."""
        try:
            told = (await answer).model_dump(mode="json", by_alias=True, include=_ANSWERED)
        except MCPError as error:
            told = [error.error.code, error.error.message]
        self.told.append(json.loads(self._neutral(json.dumps([what, told]))))

    async def read_resources(self) -> None:
        found = await self.call("list_events", ongoing=True)
        for uri in (
            "milepost://timeline",
            f"milepost://events/{found['records'][0]['sid']}",
            "milepost://events/evt_unknown",
            "milepost://elsewhere",
        ):
            await self.ask(uri, self._client.read_resource(uri))

    async def get_prompts(self) -> None:
        found = await self.call("list_events", ongoing=True)
        sid = found["records"][0]["sid"]
        for name, arguments in (
            ("record_deployment", {"name": "v1\u202e", "bucket": "checkout"}),
            ("record_deployment", {}),
            ("investigate_incident", {"sid": sid}),
            ("investigate_incident", {"startTime": "now-1h"}),
            ("close_incident", {"sid": sid, "resolution": "rolled back"}),
            ("close_incident", {}),
            ("close_incident", {"sid": "evt_unknown"}),
            ("close_incident", {"colour": "red"}),
            ("sing", {}),
        ):
            await self.ask(name, self._client.get_prompt(name, arguments))

    async def complete(self) -> None:
        prompt, template = PromptReference(name="record_deployment"), ResourceTemplateReference(uri=EVENT_TEMPLATE)
        for reference, name, value in (
            (prompt, "source", "m"),
            (prompt, "bucket", "ch"),
            (prompt, "nothing", ""),
            (template, "sid", "evt_"),
        ):
            await self.ask(f"complete {name}", self._client.complete(reference, {"name": name, "value": value}))

    async def change_and_delete(self) -> None:
        found = await self.call("list_events", ongoing=True)
        sid = found["records"][0]["sid"]
        await self.call("update_event", sid=sid, endedAt="2026-01-15T14:30:00Z", severity=None)
        await self.call("get_event", sid=sid, detail="full")
        await self.call("delete_event", sid=sid)
        await self.call("delete_event", sid=sid)
        await self.call("get_event", sid=sid)

    async def go_wrong(self) -> None:
        await self.call("create_event", type="party", name="")
        await self.call("list_events", limit=1_000, colour="red")
        await self.call("drop_events")

    def _neutral(self, text: str) -> str:
        """Names for what a new store names anew: sids, cursors, and the moments of writing."""
        for made in re.findall(r"\b(?:evt|acc)_[0-9A-Za-z]{27}\b", text):
            text = text.replace(made, self._names.setdefault(made, f"{made[:3]}_{len(self._names)}"))
        text = re.sub(r"\bAQAA[\w-]{60,}", "CURSOR", text)
        text = re.sub(r'((?:created|updated)At\\*": ?\\*")[^"\\]*', r"\1MOMENT", text)
        return re.sub(r"The first event, of [^Z]*Z", "The first event, of MOMENT", text)


async def offers_of(client: Client) -> list[Any]:
    """Tools, resources, their templates and prompts, as they are listed."""
    offers = [
        *(await client.list_tools()).tools,
        *(await client.list_resources()).resources,
        *(await client.list_resource_templates()).resource_templates,
        *(await client.list_prompts()).prompts,
    ]
    return [offer.model_dump(mode="json", by_alias=True) for offer in offers]
