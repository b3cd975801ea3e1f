"""`update_event`: change what is given, which is also how an incident is closed."""

from __future__ import annotations

from mcp_types import ToolAnnotations

from milepost.domain.caller import Caller
from milepost.domain.errors import Invalid
from milepost.interfaces.mcp_server.rendering.compact import shown_event
from milepost.interfaces.mcp_server.rendering.lines import event_lines
from milepost.interfaces.mcp_server.rendering.output_schemas import EVENT
from milepost.interfaces.mcp_server.tools.arguments import DetailArgument, SidArgument
from milepost.interfaces.mcp_server.tools.tool import Answer, EventTool, Json, make_tool
from milepost.services.events import EventService
from milepost.wire.event_input import CLEARABLE, EventPatch
from milepost.wire.input_schema import input_schema
from milepost.wire.reading import read_input


class UpdateArguments(DetailArgument, EventPatch, SidArgument):
    """Which event, what changes, and in what detail to show it."""


def update_event_tool(events: EventService) -> EventTool:
    """The tool over that service."""

    async def handle(caller: Caller, arguments: Json) -> Answer:
        asked = read_input(UpdateArguments, arguments)
        change = asked.to_change()
        if not change.given():
            raise Invalid.of("", "nothing to change was given; name at least one field beside sid, such as endedAt")
        event = await events.change(caller, asked.sid, change)
        return Answer(f"The event is now:\n{event_lines(event)}", shown_event(event, full=asked.full))

    return make_tool(
        "update_event",
        description=(
            "Change an event: only what is given changes. Close an incident with endedAt, and say in description how "
            "it was resolved. The former state stays in the event's history."
        ),
        describe=lambda: input_schema(UpdateArguments, nullable=CLEARABLE),
        output_schema=EVENT,
        annotations=ToolAnnotations(
            title="Update event",
            read_only_hint=False,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
        handle=handle,
    )
