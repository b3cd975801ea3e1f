"""`list_events`: what happened, newest first."""

from __future__ import annotations

from mcp_types import ToolAnnotations

from milepost.domain.caller import Caller
from milepost.interfaces.mcp_server.rendering.compact import shown_event
from milepost.interfaces.mcp_server.rendering.lines import event_line
from milepost.interfaces.mcp_server.rendering.output_schemas import EVENTS
from milepost.interfaces.mcp_server.rendering.searched import found_nothing, missing_here
from milepost.interfaces.mcp_server.tools.arguments import DetailArgument
from milepost.interfaces.mcp_server.tools.tool import Answer, EventTool, Json, make_tool
from milepost.services.events import EventService, Found
from milepost.wire.event_parameters import EventParameters
from milepost.wire.input_schema import input_schema
from milepost.wire.missing_record import warnings_record
from milepost.wire.reading import read_input


class ListArguments(DetailArgument, EventParameters):
    """The filters, the page and the detail."""


def list_events_tool(events: EventService) -> EventTool:
    """The tool over that service."""

    async def handle(caller: Caller, arguments: Json) -> Answer:
        asked = read_input(ListArguments, arguments)
        return _answer(await events.find(caller, asked.to_search()), full=asked.full)

    return make_tool(
        "list_events",
        description=(
            "Find what happened to the system: deployments, incidents, configuration changes, scalings and custom "
            "markers, newest first. Use it to explain a chart or to look around an incident. All filters have to hold."
        ),
        describe=lambda: input_schema(ListArguments),
        output_schema=EVENTS,
        annotations=ToolAnnotations(
            title="List events",
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
        handle=handle,
    )


def _answer(found: Found, *, full: bool) -> Answer:
    records = [shown_event(event, full=full, description=False) for event in found.events]
    structured: Json = {"hasMore": found.has_more, "records": records, **warnings_record(found.missing)}
    if found.next_cursor is not None:
        structured["nextCursor"] = found.next_cursor
    return Answer(_text(found), structured)


def _text(found: Found) -> str:
    lines = [event_line(event) for event in found.events]
    if not lines:
        lines.append(
            found_nothing(found.query) if found.next_cursor is None else "None of the events looked at so far."
        )
    lines += missing_here(found.missing)
    if found.next_cursor is not None:
        lines.append(f"{_what_follows(found)}: repeat the call with cursor {found.next_cursor}")
    return "\n".join(lines)


def _what_follows(found: Found) -> str:
    """Whether everything from the window is there by now: then what follows matters less, and there may be none of it."""
    if found.all_started_in_window:
        return "All that began in this time is shown. For what began before and lasts into it"
    return "There are older events"
