"""`show_timeline`, for hosts that draw it and for those that don't."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID

from milepost.domain.charts import Chart, ChartName, Grid, Measured, Series
from milepost.domain.event import EventType
from milepost.domain.instant import DAY, HOUR, When
from milepost.domain.selection import Selection
from milepost.interfaces.mcp_server.tools.show_timeline import MOST_DRAWN, MOST_TOLD
from tests.interfaces.mcp_server.workshop import START, Era, Workshop, answer, open_workshop, read, refusal

URI = "ui://milepost/timeline.html"
DRAWING: dict[str, Any] = {"extensions": [advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})]}


class OneASecond:
    """Measures one request a second, always and everywhere."""

    name = "steady"

    async def measure(self, grid: Grid, selection: Selection) -> Measured:
        return Measured((Chart(ChartName.THROUGHPUT, (Series("2xx", (1.0,) * grid.points),)),))


def ago(milliseconds: int) -> When:
    return When(relative=False, offset=START - milliseconds)


async def test_the_last_day_is_told_in_lines(client: Client, workshop: Workshop):
    new = await workshop.record("v2.3.1", EventType.DEPLOYMENT, source="ci", started_at=ago(HOUR))
    await workshop.record("v2.3.0", EventType.DEPLOYMENT, started_at=ago(2 * DAY))

    text, structured = await answer(client, "show_timeline")

    heading, line = text.split("\n")
    assert heading.startswith("1 events from 2026-01-14T14:30:")
    assert line == f'2026-01-15T13:30:00Z deployment "v2.3.1" (ci) {new}'
    assert {name: structured[name] for name in ("hasMore", "records")} == {
        "hasMore": False,
        "records": [
            {
                "sid": new,
                "type": "deployment",
                "name": "v2.3.1",
                "startedAt": "2026-01-15T13:30:00.000Z",
                "source": "ci",
            }
        ],
    }
    assert "charts" not in structured


@pytest.mark.parametrize(
    ("arguments", "start", "end"),
    [
        ({"startTime": "2026-01-15T10:00:00Z"}, "2026-01-15T10:00:00.000Z", None),
        ({"endTime": "2026-01-12T00:00:00Z"}, "2026-01-11T00:00:00.000Z", "2026-01-12T00:00:00.000Z"),
        (
            {"startTime": "2026-01-01T00:00:00+01:00", "endTime": "2026-01-02T00:00:00Z"},
            "2025-12-31T23:00:00.000Z",
            None,
        ),
        ({"endTime": "0001-01-01T01:00:00Z"}, "0001-01-01T00:00:00.000Z", "0001-01-01T01:00:00.000Z"),
    ],
)
async def test_the_window_is_a_day_up_to_its_end_unless_told(
    arguments: dict[str, str], start: str, end: str | None, client: Client
):
    _, structured = await answer(client, "show_timeline", **arguments)

    assert structured["startTime"] == start
    assert end is None or structured["endTime"] == end


async def test_it_has_the_filters_of_list_events(client: Client, workshop: Workshop):
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    listing = set(tools["list_events"].input_schema["properties"])
    assert set(tools["show_timeline"].input_schema["properties"]) == listing - {"limit", "cursor", "detail"}

    await workshop.record("v2", EventType.DEPLOYMENT, started_at=ago(HOUR), buckets=("checkout",))
    await workshop.record("Down", EventType.INCIDENT, started_at=ago(HOUR), buckets=("search",))

    _, structured = await answer(client, "show_timeline", type="deployment", bucketSid="checkout")
    assert [record["name"] for record in structured["records"]] == ["v2"]
    assert "to 2026" in (await answer(client, "show_timeline"))[0]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"startTime": "soon"}, "startTime"),
        ({"startTime": "now", "endTime": "now-1h"}, "startTime"),
        ({"type": "party"}, "type"),
        ({"limit": 5}, "limit"),
    ],
)
async def test_a_wrong_argument_is_named(arguments: dict[str, Any], field: str, client: Client):
    assert field in await refusal(client, "show_timeline", **arguments)


async def test_nothing_found_says_what_was_searched(client: Client):
    text, structured = await answer(client, "show_timeline", source="nobody")

    assert text.startswith("No events found. Searched: startTime 2026-01-14")
    assert structured["records"] == []


async def test_a_long_list_is_cut_for_who_only_reads(client: Client, workshop: Workshop):
    for number in range(MOST_TOLD + 1):
        await workshop.record(f"v{number}", EventType.DEPLOYMENT, started_at=ago(HOUR - number))

    text, structured = await answer(client, "show_timeline")

    assert structured["hasMore"] is True
    assert len(structured["records"]) == MOST_TOLD
    lines = text.split("\n")
    assert lines[0].startswith(f"{MOST_TOLD} or more events from ")
    assert f'"v{MOST_TOLD}"' in lines[1]
    assert lines[-1] == f"Only the newest {MOST_TOLD} are listed here; list_events reads on."


async def test_a_host_that_draws_gets_charts_and_more_events_but_no_longer_text(tmp_path: Path, era: Era):
    async with open_workshop(tmp_path / "drawn.db", OneASecond()) as workshop:
        for number in range(MOST_DRAWN + 1):
            await workshop.record(f"v{number}", EventType.DEPLOYMENT, metadata={"n": number}, started_at=ago(HOUR))
        async with workshop.client(era=era, **DRAWING) as client:
            text, structured = await answer(client, "show_timeline", startTime="2026-01-15T12:00:00Z")
        async with workshop.client(era=era) as client:
            plain, without = await answer(client, "show_timeline", startTime="2026-01-15T12:00:00Z")

    assert len(structured["records"]) == MOST_DRAWN
    assert structured["hasMore"] is True
    assert "metadata" not in structured["records"][0]
    charts = structured["charts"]
    assert (charts["connected"], charts["startTime"]) == (True, "2026-01-15T12:00:00.000Z")
    assert charts["charts"][0]["series"][0]["name"] == "2xx"
    assert len(text.split("\n")) == len(plain.split("\n")) == MOST_TOLD + 2
    assert ", which the user sees drawn:" in text.split("\n")[0]
    assert ", which the user sees drawn:" not in plain
    assert "charts" not in without


async def test_without_metrics_a_host_that_draws_is_told_so(workshop: Workshop, era: Era):
    async with workshop.client(era=era, **DRAWING) as client:
        _, structured = await answer(client, "show_timeline")

    assert (structured["charts"]["connected"], structured["charts"]["charts"]) == (False, [])


async def test_the_tool_names_its_page_and_the_page_may_fetch_nothing(client: Client):
    (tool,) = [tool for tool in (await client.list_tools()).tools if tool.name == "show_timeline"]
    assert tool.meta == {"ui": {"resourceUri": URI}}

    (listed,) = [one for one in (await client.list_resources()).resources if str(one.uri) == URI]
    assert listed.meta == {"ui": {"csp": {"connectDomains": [], "resourceDomains": []}}}
    assert await read(client, URI) == (APP_MIME_TYPE, "<!doctype html><title>Timeline</title>\n")


async def test_the_server_says_that_it_has_pages(client: Client):
    """In the modern era: the SDK's handshake has no room for it, and hosts there go by what the tool names."""
    assert client.server_capabilities.extensions == {EXTENSION_ID: {}}


async def test_where_the_page_was_not_built_the_tool_is_offered_without_it(workshop: Workshop, tmp_path: Path):
    async with replace(workshop, page=tmp_path / "missing.html").client(**DRAWING) as client:
        (tool,) = [tool for tool in (await client.list_tools()).tools if tool.name == "show_timeline"]
        resources = [str(one.uri) for one in (await client.list_resources()).resources]
        await workshop.record("v2", EventType.DEPLOYMENT, started_at=ago(HOUR))
        text, structured = await answer(client, "show_timeline")

    assert tool.meta is None
    assert "drawn" not in text
    assert "charts" not in structured
    assert URI not in resources


async def test_events_are_shown_where_charts_cannot_be(workshop: Workshop):
    """A window too long for charts, say: what is found doesn't depend on what the client can draw."""
    await workshop.record("v2", EventType.DEPLOYMENT, started_at=ago(HOUR))
    async with workshop.client(**DRAWING) as client:
        text, structured = await answer(client, "show_timeline", startTime="2000-01-01T00:00:00Z")
    async with workshop.client() as client:
        _, plain = await answer(client, "show_timeline", startTime="2000-01-01T00:00:00Z")

    assert structured["records"] == plain["records"] != []
    assert "charts" not in structured
    [warning] = structured["warnings"]
    assert warning["source"] == "charts"
    assert "days" in warning["message"]
    assert warning["message"] in text
