"""What does an assistant's context pay? Bytes of the tool list and of a list of 100 events, against mcp-grafana's of the same 100."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.support.database import fill
from bench.support.events import deploys
from bench.support.figures import show
from bench.support.grafana_api import grafana_api
from bench.support.peers import grafana, milepost
from bench.support.stdio import Spawned

EVENTS = 100
TEXT_TARGET = 0.45
STRUCTURED_TARGET = 0.75
EVENT_TOOLS_BYTES = 9_000
TOOLS_BYTES = 10_500


def size(value: Any) -> int:
    """Bytes as JSON on the wire, without spaces."""
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def text_size(result: dict[str, Any]) -> int:
    return sum(len(part["text"].encode()) for part in result["content"])


def read_by_models(tools: list[dict[str, Any]]) -> int:
    """Names, descriptions and input schemas: what clients put before a model."""
    return size([{key: tool[key] for key in ("name", "description", "inputSchema")} for tool in tools])


def main() -> int:
    same = list(deploys(EVENTS))
    with tempfile.TemporaryDirectory() as folder, grafana_api(same) as url:
        database = Path(folder) / "same.db"
        fill(database, same)
        with Spawned(milepost(database)) as ours, Spawned(grafana(url)) as peer:
            tools, peer_tools = (server.request("tools/list", {})["tools"] for server in (ours, peer))
            events = ours.call("list_events", {"limit": EVENTS})
            annotations = peer.call("get_annotations", {"limit": EVENTS})
    assert (
        len(events["structuredContent"]["records"])
        == len(json.loads(annotations["content"][0]["text"])["Payload"])
        == EVENTS
    )
    theirs = text_size(annotations)
    kept = show(f"text of {EVENTS} events against get_annotations", text_size(events), theirs, "B", target=TEXT_TARGET)
    kept &= show(
        "structured content of the same", size(events["structuredContent"]), theirs, "B", target=STRUCTURED_TARGET
    )
    told = "names, descriptions, input schemas of"
    five = [tool for tool in tools if tool["name"] != "show_timeline"]
    kept &= show(
        f"{told} the tools for events against 9,000 bytes", read_by_models(five), EVENT_TOOLS_BYTES, "B", target=1.0
    )
    kept &= show(f"{told} all tools against 10,500 bytes", read_by_models(tools), TOOLS_BYTES, "B", target=1.0)
    show("those for events against mcp-grafana's five tools", read_by_models(five), read_by_models(peer_tools), "B")
    show("tools/list as a whole, output schemas included", size(tools), size(peer_tools), "B")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
