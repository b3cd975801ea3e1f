"""`show_timeline`: one window of the timeline, drawn where the host can, told in lines where it can't."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from mcp_types import ToolAnnotations

from milepost.domain.caller import Caller
from milepost.domain.charts import ChartSearch
from milepost.domain.errors import MilepostError
from milepost.domain.instant import DAY, EARLIEST, Instant, When, format_instant
from milepost.domain.query import EventSearch, Missing
from milepost.interfaces.mcp_server.rendering.compact import marker
from milepost.interfaces.mcp_server.rendering.lines import event_line, short_time
from milepost.interfaces.mcp_server.rendering.output_schemas import TIMELINE
from milepost.interfaces.mcp_server.rendering.searched import found_nothing, missing_here
from milepost.interfaces.mcp_server.timeline_page import page_is_shown
from milepost.interfaces.mcp_server.tools.tool import Answer, EventTool, Json, make_tool
from milepost.services.charts import ChartService
from milepost.services.events import EventService, Found
from milepost.wire.chart_record import charts_record
from milepost.wire.event_parameters import EventFilters
from milepost.wire.input_schema import input_schema
from milepost.wire.missing_record import warnings_record
from milepost.wire.reading import read_input

DEFAULT_WINDOW: Final = DAY
MOST_TOLD: Final = 50
"""Events in the text, and all of the answer where only the text is seen."""
MOST_DRAWN: Final = 500
MOST_PAGES: Final = 5
"""Read for one answer: a store that looks through many events for a rare one answers in short pages."""


def show_timeline_tool(events: EventService, charts: ChartService, meta: Json | None) -> EventTool:
    """The tool over those services; `meta` names the page that shows its answers, if there is one."""

    async def handle(caller: Caller, arguments: Json) -> Answer:
        asked = read_input(EventFilters, arguments)
        drawn = meta is not None and page_is_shown()
        search = _windowed(asked.filtered(limit=MOST_DRAWN if drawn else MOST_TOLD))
        found = await _read(events, caller, search)
        if not drawn:
            return Answer(_text(found, drawn=False), _structured(found))
        try:
            more = {"charts": await _draw(charts, caller, found, search)}
        except MilepostError as error:  # the events are worth showing without them
            found, more = replace(found, missing=(*found.missing, Missing("charts", str(error)))), {}
        return Answer(_text(found, drawn=True), _structured(found) | more)

    return make_tool(
        "show_timeline",
        description=(
            "Show a time window to the user: events over throughput, errors and response times where the host can draw, "
            f"else the newest {MOST_TOLD} in lines. To read or page yourself use list_events."
        ),
        describe=_describe,
        output_schema=TIMELINE,
        annotations=ToolAnnotations(
            title="Show timeline",
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
        handle=handle,
        meta=meta,
    )


def _describe() -> Json:
    """The schema of the filters in few words: `list_events`, which has the same, explains them at length."""
    schema = input_schema(EventFilters)
    words = {"startTime": "Default now-24h", "endTime": "Default now"}
    properties = {
        name: {**field, "description": words.get(name, "As list_events")}
        for name, field in schema["properties"].items()
    }
    return {**schema, "properties": properties}


def _windowed(search: EventSearch) -> EventSearch:
    """With both ends: by default the last day, or the day before the end that was given."""
    end = search.end or When(relative=True, offset=0)
    start = end.offset - DEFAULT_WINDOW
    return replace(
        search, start=search.start or When(end.relative, start if end.relative else max(start, EARLIEST)), end=end
    )


async def _read(events: EventService, caller: Caller, search: EventSearch) -> Found:
    """As many of the newest events as `search` has room for."""
    found = await events.find(caller, search)
    for _ in range(MOST_PAGES - 1):
        room = search.limit - len(found.events)
        if found.next_cursor is None or room <= 0:
            break
        older = await events.find(caller, replace(search, cursor=found.next_cursor, limit=room))
        found = _joined(found, older)
    return found


def _joined(found: Found, older: Found) -> Found:
    """Two pages as one; a source that is missing from both is named once."""
    missing = tuple(dict.fromkeys(found.missing + older.missing))
    return replace(older, events=found.events + older.events, query=found.query, missing=missing)


async def _draw(charts: ChartService, caller: Caller, found: Found, search: EventSearch) -> Json:
    start, end = _window(found)
    window = ChartSearch(
        start=When(relative=False, offset=start),
        end=When(relative=False, offset=end),
        bucket=search.bucket,
        environment=search.environment,
    )
    drawn = await charts.draw(caller, window)
    return charts_record(drawn.grid, drawn.charts, connected=drawn.connected, missing=drawn.missing)


def _window(found: Found) -> tuple[Instant, Instant]:
    start, end = found.query.start, found.query.end
    if start is None or end is None:
        raise LookupError("a window without an end was asked for")
    return start, end


def _structured(found: Found) -> Json:
    start, end = _window(found)
    return {
        "startTime": format_instant(start),
        "endTime": format_instant(end),
        "hasMore": found.has_more,
        "records": [marker(event) for event in found.events],
        **warnings_record(found.missing),
    }


def _text(found: Found, *, drawn: bool) -> str:
    told = found.events[:MOST_TOLD]
    lines = [_heading(found, drawn=drawn), *map(event_line, told), *missing_here(found.missing)]
    if found.has_more or len(told) < len(found.events):
        lines.append(f"Only the newest {len(told)} are listed here; list_events reads on.")
    return "\n".join(lines)


def _heading(found: Found, *, drawn: bool) -> str:
    if not found.events:
        return found_nothing(found.query)
    start, end = _window(found)
    count = f"{len(found.events)}{' or more' if found.has_more else ''}"
    seen = ", which the user sees drawn" if drawn else ""
    return f"{count} events from {short_time(start)} to {short_time(end)}{seen}:"
