"""Takes and keeps the snapshots. Run as a module it writes them anew."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import anyio
from mcp import Client

from milepost.domain.event import EventType
from tests.interfaces.mcp_server.workshop import Era, open_workshop

FOLDER = Path(__file__).parents[2] / "snapshots"
CALLS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "create_event": [
        (
            "create_event",
            {
                "type": "incident",
                "name": "Checkout is slow",
                "description": "p99 over 3 s\nsince the release",
                "source": "pager",
                "metadata": {"runbook": "RB-7", "affected": ["web", "ios"]},
                "bucketSids": ["checkout"],
                "environmentSids": ["prod01"],
                "startedAt": "2026-01-15T14:00:00Z",
                "severity": "E",
                "tags": {"team": ["payments"]},
                "check": {"id": 42, "symbol": "login"},
                "dedupKey": "alert:42",
            },
        )
    ],
    "list_events": [("list_events", {"startTime": "2026-01-15T13:00:00Z", "limit": 2})],
    "show_timeline": [("show_timeline", {"startTime": "2026-01-15T13:00:00Z", "endTime": "2026-01-15T15:00:00Z"})],
    "get_event": [("get_event", {"detail": "full"})],
    "update_event": [("update_event", {"endedAt": "2026-01-15T14:45:00Z", "description": "Pool was exhausted"})],
    "delete_event": [("delete_event", {})],
}
SNAPSHOTS = ("tools", "prompts", "resources", *CALLS)


async def take_snapshots(database: Path, era: Era) -> dict[str, str]:
    """All of them, by name, as pretty JSON. They are the same in both eras."""
    async with open_workshop(database) as workshop:
        for number in range(2):
            await workshop.record(
                f"v2.{number} release", EventType.DEPLOYMENT, metadata={"commitSha": f"a1b2c3{number}"}
            )
        async with workshop.client(era=era) as client:
            taken = await _lists(client) | await _answers(client)
    return {name: json.dumps(value, indent=2, ensure_ascii=False) + "\n" for name, value in taken.items()}


def read_snapshot(name: str) -> str:
    return (FOLDER / f"{name}.json").read_text()


async def _lists(client: Client) -> dict[str, Any]:
    resources = _plain(await client.list_resources(), "resources")
    templates = _plain(await client.list_resource_templates(), "resourceTemplates")
    return {
        "tools": _plain(await client.list_tools(), "tools"),
        "prompts": _plain(await client.list_prompts(), "prompts"),
        "resources": resources | templates,
    }


async def _answers(client: Client) -> dict[str, Any]:
    """One answer a tool, all about one incident."""
    answers: dict[str, Any] = {}
    sid: dict[str, str] = {}
    for name, ((tool, arguments),) in CALLS.items():
        meant = sid if tool.startswith(("get", "update", "delete")) else {}
        answers[name] = _plain(await client.call_tool(tool, meant | arguments), "content", "structuredContent")
        if tool == "create_event":
            sid = {"sid": answers[name]["structuredContent"]["sid"]}
    return answers


def _plain(result: Any, *fields: str) -> dict[str, Any]:
    whole = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {field: whole[field] for field in fields}


async def _write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (await take_snapshots(Path(folder) / "snapshots.db", "auto")).items():
            (FOLDER / f"{name}.json").write_text(text)


if __name__ == "__main__":
    anyio.run(_write)
