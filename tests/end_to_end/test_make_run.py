"""`make run` serves, and the client block that it prints works as pasted."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.end_to_end.support.process import END_SECONDS, Server, environment, free_port

ROOT = Path(__file__).parents[2]
TOKEN = re.compile(r"mcp_[0-9A-Za-z]+")


def blocks(text: str) -> list[dict[str, Any]]:
    """Every JSON object that stands in `text` and is at least a block: it begins on a line of its own."""
    found: list[dict[str, Any]] = []
    for start in re.finditer(r"^\s*(?=\{)", text, re.MULTILINE):
        try:
            value, _ = json.JSONDecoder().raw_decode(text, start.end())
        except json.JSONDecodeError:
            continue
        if "mcpServers" in value:
            found.append(value)
    return found


@contextmanager
def made(database: Path) -> Generator[Server]:
    """The server that `make run` starts, ended together with make."""
    port = free_port()
    env = environment(database, MILEPOST_PORT=str(port))
    log = database.with_suffix(f".{port}.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "run"], cwd=ROOT, env=env, stdout=output, stderr=output, start_new_session=True
        )
    server = Server(process, port, log)
    try:
        server.wait_until_ready()
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(END_SECONDS)


async def create_and_find(client: Client, name: str) -> None:
    created = await client.call_tool("create_event", {"type": "deployment", "name": name})
    assert not created.is_error, created.content
    listed = await client.call_tool("list_events", {})
    assert listed.structured_content is not None
    assert name in {event["name"] for event in listed.structured_content["records"]}


async def use_remote(entry: dict[str, Any]) -> None:
    async with (
        httpx2.AsyncClient(headers=entry["headers"], trust_env=False) as http,
        Client(streamable_http_client(entry["url"], http_client=http)) as client,
    ):
        await create_and_find(client, "pasted over HTTP")


async def use_local(entry: dict[str, Any]) -> None:
    parameters = StdioServerParameters(command=entry["command"], args=entry.get("args", []), env=entry.get("env"))
    async with Client(stdio_client(parameters)) as client:
        await create_and_find(client, "pasted over stdio")


async def test_make_run_serves_and_its_client_block_works_as_pasted(tmp_path: Path):
    with made(tmp_path / "first.db") as server:
        printed = blocks(server.log.read_text())
        entries = [entry for block in printed for entry in block["mcpServers"].values()]
        assert any("url" in entry for entry in entries), server.log.read_text()
        for entry in entries:
            await (use_remote(entry) if "url" in entry else use_local(entry))


def test_the_token_is_printed_on_the_first_start_and_never_again(tmp_path: Path):
    with made(tmp_path / "first.db") as server:
        first = set(TOKEN.findall(server.log.read_text()))
    with made(tmp_path / "first.db") as server:
        second = set(TOKEN.findall(server.log.read_text()))

    assert len(first) == 1
    assert second == set()
