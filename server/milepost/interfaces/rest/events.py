"""Events: the five routes, as ApiTraffic documents them."""

from __future__ import annotations

from typing import Final

from milepost.domain.event import Event
from milepost.domain.token import TokenScope
from milepost.interfaces.rest import examples
from milepost.interfaces.rest.door import PREFIX
from milepost.interfaces.rest.pages import page
from milepost.operations.bodies import body_of
from milepost.operations.conditions import IF_MATCH, IF_NONE_MATCH, etag
from milepost.operations.operation import Answer, Context, Operation, Request, Told
from milepost.wire.event_input import CLEARABLE, EventBody, EventPatch
from milepost.wire.event_parameters import EventParameters
from milepost.wire.event_record import event_record

EVENTS: Final = f"{PREFIX}/events"
EVENT: Final = f"{EVENTS}/{{eventSid}}"
GROUP: Final = "Events"
REVALIDATED: Final = (b"cache-control", b"private, no-cache")
"""It may be kept, as long as each use of it asks whether it still holds."""


def event_answer(event: Event, status: int = 200) -> Answer:
    """One event with its entity tag."""
    return Answer(event_record(event), status, [etag(event.version)])


async def list_events(context: Context, request: Request[EventParameters, None]) -> Answer:
    """`GET …/events`."""
    found = await context.services.events.find(request.caller, request.parameters.to_search())
    return page(request, [event_record(event) for event in found.events], found.next_cursor, found.missing)


async def create_event(context: Context, request: Request[None, EventBody]) -> Answer:
    """`POST …/events`."""
    created = await context.services.events.create(request.caller, request.body.to_draft())
    answer = event_answer(created.event, 200 if created.replayed else 201)
    answer.headers.append(request.location(created.event.sid))
    if created.replayed:
        answer.headers.append((b"dedup-replayed", b"true"))
    return answer


async def get_event(context: Context, request: Request[None, None]) -> Answer:
    """`GET …/events/{eventSid}`."""
    event = await context.services.events.get(request.caller, request.names["eventSid"])
    headers = [etag(event.version), REVALIDATED]
    if request.if_none_match(event.version):
        return Answer(None, 304, headers)
    return Answer(event_record(event), 200, headers)


async def update_event(context: Context, request: Request[None, EventPatch]) -> Answer:
    """`PUT …/events/{eventSid}`."""
    change = request.body.to_change()
    sid = request.names["eventSid"]
    return event_answer(await context.services.events.change(request.caller, sid, change, request.if_match))


async def delete_event(context: Context, request: Request[None, None]) -> Answer:
    """`DELETE …/events/{eventSid}`."""
    event = await context.services.events.delete(request.caller, request.names["eventSid"], request.if_match)
    return Answer({"sid": event.sid, "deleted": True})


LIST: Final = Operation(
    method="GET",
    path=EVENTS,
    name="listEvents",
    group=GROUP,
    summary="List events",
    description="Newest first: by `startedAt`, then `sid`, both descending. All filters have to hold. The cursor fixes "
    "relative times at the first page and belongs to its filters.",
    scope=TokenScope.EVENTS_READ,
    parameters=EventParameters,
    handle=list_events,
    answers=(Told(200, "A page of events", "EventPage", ("Link",), examples.event_page),),
)
CREATE: Final = Operation(
    method="POST",
    path=EVENTS,
    name="createEvent",
    group=GROUP,
    summary="Create an event",
    description="With a `dedupKey` a retry makes no second event: the first one is answered, with 200 in place of 201 and "
    "`Dedup-Replayed: true`, and nothing is written.",
    scope=TokenScope.EVENTS_WRITE,
    body=body_of("EventInput", EventBody, examples.event_bodies),
    handle=create_event,
    answers=(
        Told(201, "The new event", "Event", ("Location", "ETag"), examples.event),
        Told(
            200,
            "The event that has this `dedupKey` already; nothing was written",
            "Event",
            ("Location", "ETag", "Dedup-Replayed"),
            examples.event,
        ),
    ),
    refusals=(405, 409),
)
GET: Final = Operation(
    method="GET",
    path=EVENT,
    name="getEvent",
    group=GROUP,
    summary="Get an event",
    description="`ETag` is the event's version. With `If-None-Match` an event that hasn't changed since isn't sent again.",
    scope=TokenScope.EVENTS_READ,
    handle=get_event,
    answers=(
        Told(200, "The event", "Event", ("ETag",), examples.event),
        Told(304, "It is still as `If-None-Match` says", None, ("ETag",)),
    ),
    conditions=(IF_NONE_MATCH,),
)
UPDATE: Final = Operation(
    method="PUT",
    path=EVENT,
    name="updateEvent",
    group=GROUP,
    summary="Update an event",
    description="Only what is given changes. Null clears: `endedAt: null` opens an incident again. With `If-Match` only "
    "the version that is named is changed. The former state stays in the event's history.",
    scope=TokenScope.EVENTS_WRITE,
    body=body_of("EventChange", EventPatch, examples.event_patches, clearable=CLEARABLE),
    handle=update_event,
    answers=(Told(200, "The event as it is now", "Event", ("ETag",), examples.changed_event),),
    refusals=(405, 409),
    conditions=(IF_MATCH,),
)
DELETE: Final = Operation(
    method="DELETE",
    path=EVENT,
    name="deleteEvent",
    group=GROUP,
    summary="Delete an event",
    description="Hides it and frees its `dedupKey`. Its history stays, and `restore` brings it back. Deleting it again is 404.",
    scope=TokenScope.EVENTS_WRITE,
    handle=delete_event,
    answers=(Told(200, "It is hidden", "Deleted", (), examples.deleted_event),),
    refusals=(405,),
    conditions=(IF_MATCH,),
)
