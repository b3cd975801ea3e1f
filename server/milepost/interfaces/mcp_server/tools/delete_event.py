"""`delete_event`: take a marker off the timeline."""

from __future__ import annotations

from mcp_types import ToolAnnotations

from milepost.domain.caller import Caller
from milepost.interfaces.mcp_server.rendering.lines import event_line
from milepost.interfaces.mcp_server.rendering.output_schemas import DELETED
from milepost.interfaces.mcp_server.tools.arguments import SidArgument
from milepost.interfaces.mcp_server.tools.tool import Answer, EventTool, Json, make_tool
from milepost.services.events import EventService
from milepost.wire.input_schema import input_schema
from milepost.wire.reading import read_input


class DeleteArguments(SidArgument):
    """Which event."""


def delete_event_tool(events: EventService) -> EventTool:
    """The tool over that service."""

    async def handle(caller: Caller, arguments: Json) -> Answer:
        asked = read_input(DeleteArguments, arguments)
        event = await events.delete(caller, asked.sid)
        return Answer(f"Deleted:\n{event_line(event)}", {"sid": event.sid, "deleted": True})

    return make_tool(
        "delete_event",
        description=(
            "Take an event off the timeline that should never have been there. To end an incident use update_event. "
            "Its history stays, and somebody with the command line can restore it."
        ),
        describe=lambda: input_schema(DeleteArguments),
        output_schema=DELETED,
        annotations=ToolAnnotations(
            title="Delete event",
            read_only_hint=False,
            destructive_hint=True,
            idempotent_hint=True,
            open_world_hint=False,
        ),
        handle=handle,
    )
