"""What happened to an event, and the way back."""

from __future__ import annotations

from typing import Final

from milepost.domain.token import TokenScope
from milepost.interfaces.rest import examples
from milepost.interfaces.rest.events import EVENT, GROUP, event_answer
from milepost.interfaces.rest.pages import page
from milepost.operations.operation import Answer, Context, Operation, Request, Told
from milepost.operations.paging import damaged_cursor, read_cursor, written_cursor
from milepost.wire.page_parameters import PageParameters
from milepost.wire.revision_record import revision_record

HISTORY: Final = f"{EVENT}/history"
RESTORE: Final = f"{EVENT}/restore"
_MOST_DIGITS: Final = 18


async def list_history(context: Context, request: Request[PageParameters, None]) -> Answer:
    """`GET …/events/{eventSid}/history`."""
    asked = request.parameters
    below = None if asked.cursor is None else _version(asked.cursor)
    found = await context.services.history.revisions(request.caller, request.names["eventSid"], asked.size, below)
    follow = found.next_below_version
    cursor = None if follow is None else written_cursor(str(follow))
    return page(request, [revision_record(revision) for revision in found.revisions], cursor)


async def restore_event(context: Context, request: Request[None, None]) -> Answer:
    """`POST …/events/{eventSid}/restore`."""
    return event_answer(await context.services.history.restore(request.caller, request.names["eventSid"]))


def _version(cursor: str) -> int:
    digits = read_cursor(cursor)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
        raise damaged_cursor()
    return int(digits)


LIST: Final = Operation(
    method="GET",
    path=HISTORY,
    name="listEventHistory",
    group=GROUP,
    summary="List what was done to an event",
    description="Newest first; deleted events have theirs too. `before` is the event's former state. Creation leaves no "
    "entry: the event's own `createdAt` and `createdBy` tell it. States that the token may not see are left out.",
    scope=TokenScope.EVENTS_READ,
    parameters=PageParameters,
    handle=list_history,
    answers=(Told(200, "A page of changes", "HistoryPage", ("Link",), examples.history_page),),
)
RESTORED: Final = Operation(
    method="POST",
    path=RESTORE,
    name="restoreEvent",
    group=GROUP,
    summary="Bring a deleted event back",
    description="As it was when it was deleted. One that isn't deleted is answered as it is, and nothing is written. "
    "Takes no body.",
    scope=TokenScope.EVENTS_WRITE,
    handle=restore_event,
    answers=(Told(200, "The event", "Event", ("ETag",), examples.event),),
    refusals=(405, 409),
)
