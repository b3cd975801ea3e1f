"""`get_event`: all that is known of one event."""

from __future__ import annotations

from mcp_types import ToolAnnotations

from milepost.domain.caller import Caller
from milepost.interfaces.mcp_server.rendering.compact import shown_event
from milepost.interfaces.mcp_server.rendering.lines import event_lines
from milepost.interfaces.mcp_server.rendering.output_schemas import EVENT
from milepost.interfaces.mcp_server.tools.arguments import DetailArgument, SidArgument
from milepost.interfaces.mcp_server.tools.tool import Answer, EventTool, Json, make_tool
from milepost.services.events import EventService
from milepost.wire.input_schema import input_schema
from milepost.wire.reading import read_input


class GetArguments(DetailArgument, SidArgument):
    """Which event, in what detail."""


def get_event_tool(events: EventService) -> EventTool:
    """The tool over that service."""

    async def handle(caller: Caller, arguments: Json) -> Answer:
        asked = read_input(GetArguments, arguments)
        event = await events.get(caller, asked.sid)
        return Answer(event_lines(event), shown_event(event, full=asked.full))

    return make_tool(
        "get_event",
        description="Read one event with its description and all of its metadata.",
        describe=lambda: input_schema(GetArguments),
        output_schema=EVENT,
        annotations=ToolAnnotations(
            title="Get event", read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
        handle=handle,
    )
