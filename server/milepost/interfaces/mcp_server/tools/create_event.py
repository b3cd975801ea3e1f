"""`create_event`: put a marker on the timeline."""

from __future__ import annotations

from mcp_types import ToolAnnotations

from milepost.domain.caller import Caller
from milepost.domain.ports import Created
from milepost.interfaces.mcp_server.callers import DOOR
from milepost.interfaces.mcp_server.rendering.compact import shown_event
from milepost.interfaces.mcp_server.rendering.lines import event_lines, short_time
from milepost.interfaces.mcp_server.rendering.output_schemas import EVENT
from milepost.interfaces.mcp_server.tools.arguments import DetailArgument
from milepost.interfaces.mcp_server.tools.tool import Answer, EventTool, Json, make_tool
from milepost.services.events import EventService
from milepost.wire.event_input import EventBody
from milepost.wire.input_schema import input_schema
from milepost.wire.reading import read_input


class CreateArguments(DetailArgument, EventBody):
    """The event, and in what detail to show it."""


def create_event_tool(events: EventService) -> EventTool:
    """The tool over that service."""

    async def handle(caller: Caller, arguments: Json) -> Answer:
        asked = read_input(CreateArguments, {**arguments, "source": _source(arguments)})
        created = await events.create(caller, asked.to_draft())
        return Answer(_text(created), shown_event(created.event, full=asked.full))

    return make_tool(
        "create_event",
        description=(
            "Record that something happened to the system, so that it shows on charts: a deployment, the start of an "
            "incident, a configuration change. An incident without endedAt is ongoing; close it with update_event. "
            "Give a dedupKey whenever the happening has a stable name (a run, a commit, a ticket), and the same one "
            "when you try again: then it is recorded once. Without one, calling again records it again."
        ),
        describe=lambda: input_schema(CreateArguments),
        output_schema=EVENT,
        annotations=ToolAnnotations(
            title="Create event",
            read_only_hint=False,
            destructive_hint=False,
            idempotent_hint=False,
            open_world_hint=False,
        ),
        handle=handle,
    )


def _source(arguments: Json) -> object:
    source = arguments.get("source")
    return DOOR if source is None else source


def _text(created: Created) -> str:
    event = created.event
    if created.replayed:
        first = f"This dedupKey was used before, so nothing was written. The first event, of {short_time(event.created_at)}:"
        return f"{first}\n{event_lines(event)}"
    return f"Recorded:\n{event_lines(event)}"
