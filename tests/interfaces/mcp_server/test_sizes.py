"""What the server costs a model's context. The bench measures the same against a peer; here it can't grow unseen."""

import json

from mcp import Client

from milepost.domain.event import EventType
from milepost.domain.instant import When
from tests.interfaces.mcp_server.workshop import START, Workshop, answer

EVENT_TOOLS_BYTES = 9_000
TOOLS_BYTES = 10_100
"""With `show_timeline`, which has the filters of `list_events` again, explained by reference."""
PEER_BYTES = 29_386
"""What mcp-grafana 2.1.1 answers for 100 annotations of this size."""
TEXT_SHARE = 0.45
STRUCTURED_SHARE = 0.75
EVENTS = 100


def size(value: object) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


async def test_names_descriptions_and_input_schemas_of_all_tools_stay_small(client: Client):
    spent = {
        tool.name: len(tool.name.encode()) + len((tool.description or "").encode()) + size(tool.input_schema)
        for tool in (await client.list_tools()).tools
    }

    assert len(spent) == 6
    assert sum(spent.values()) <= TOOLS_BYTES
    assert sum(spent.values()) - spent["show_timeline"] <= EVENT_TOOLS_BYTES


async def test_a_hundred_events_stay_small(client: Client, workshop: Workshop):
    for number in range(EVENTS):
        await workshop.record(
            f"v2.{number}.1 production release",
            EventType.DEPLOYMENT,
            source="github_actions",
            metadata={"commitSha": f"a1b2c{number:03}"},
            started_at=When(relative=False, offset=START + number * 61_234),
        )

    text, structured = await answer(client, "list_events", limit=EVENTS)

    assert len(structured["records"]) == EVENTS
    assert len(text.encode()) <= TEXT_SHARE * PEER_BYTES
    assert size(structured) <= STRUCTURED_SHARE * PEER_BYTES
