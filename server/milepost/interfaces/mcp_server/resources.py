"""What can be read and subscribed to: one event as its record, and the timeline as lines."""

from __future__ import annotations

from typing import Final

import orjson
from mcp.server.mcpserver.exceptions import ResourceNotFoundError

from milepost.domain.errors import Invalid, MilepostError, NotFound
from milepost.domain.query import EventSearch
from milepost.interfaces.mcp_server.callers import current_caller
from milepost.interfaces.mcp_server.errors import explain, to_protocol_error
from milepost.interfaces.mcp_server.rendering.lines import event_line
from milepost.interfaces.mcp_server.rendering.searched import found_nothing, missing_here
from milepost.interfaces.mcp_server.sdk import Server
from milepost.interfaces.mcp_server.uris import EVENT_TEMPLATE, TIMELINE
from milepost.services.events import EventService
from milepost.wire.event_record import event_record

TIMELINE_EVENTS: Final = 50


def add_resources(server: Server, events: EventService) -> None:
    """Offer the resources over that service."""

    @server.resource(
        EVENT_TEMPLATE,
        name="event",
        title="One event",
        description="An event with all its fields, as JSON.",
        mime_type="application/json",
    )
    async def event(sid: str) -> str:
        try:
            return orjson.dumps(event_record(await events.get(current_caller(), sid))).decode()
        except (NotFound, Invalid) as error:
            raise ResourceNotFoundError(explain(error)) from None
        except MilepostError as error:
            raise to_protocol_error(error) from None

    @server.resource(
        TIMELINE,
        name="timeline",
        title="Timeline",
        description=f"The newest {TIMELINE_EVENTS} events, one a line.",
        mime_type="text/plain",
    )
    async def timeline() -> str:
        try:
            found = await events.find(current_caller(), EventSearch(limit=TIMELINE_EVENTS))
        except MilepostError as error:
            raise to_protocol_error(error) from None
        lines = [event_line(event) for event in found.events] or [found_nothing(found.query)]
        return "\n".join([*lines, *missing_here(found.missing)])
