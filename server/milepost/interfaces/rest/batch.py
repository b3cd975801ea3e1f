"""Many events at once, for back-filling."""

from __future__ import annotations

from typing import Any, Final, cast

from milepost.domain.errors import Invalid, MilepostError, Problem
from milepost.domain.event import EventDraft
from milepost.domain.ports import Created
from milepost.domain.text import on_one_line, shown
from milepost.domain.token import TokenScope
from milepost.interfaces.rest import examples
from milepost.interfaces.rest.events import EVENTS, GROUP
from milepost.middleware.refusals import refusal_of
from milepost.operations.bodies import read_strictly
from milepost.operations.operation import Answer, Body, Context, Json, Operation, Request, Told
from milepost.wire.event_input import EventBody
from milepost.wire.event_record import event_record

BATCH: Final = f"{EVENTS}:batch"
MOST_EVENTS: Final = 500
LARGEST_BATCH_BYTES: Final = 1024 * 1024

Drafts = list[EventDraft | MilepostError]


async def create_events(context: Context, request: Request[None, Drafts]) -> Answer:
    """`POST …/events:batch`."""
    outcomes = await context.services.events.create_all(request.caller, request.body)
    return Answer({"results": [_result(index, outcome) for index, outcome in enumerate(outcomes)]})


def read_batch(value: object) -> Drafts:
    """Each item as a draft, or as what is wrong with it; raises `Invalid` where the body itself is no batch."""
    if not isinstance(value, dict):
        raise Invalid.of("", f"{shown(value)} is not a JSON object")
    body = cast("dict[str, Any]", value)
    if unknown := [name for name in body if name != "events"]:
        raise Invalid(Problem(on_one_line(name), "a batch has events and nothing else") for name in unknown)
    items: object = body.get("events")
    if not isinstance(items, list):
        raise Invalid.of("events", f"{shown(items)} is not a list; write one of events, each as for creating one")
    count = len(cast("list[object]", items))
    if not 1 <= count <= MOST_EVENTS:
        raise Invalid.of("events", f"{count} events came; 1-{MOST_EVENTS} are taken at once")
    return [_draft(item) for item in cast("list[object]", items)]


def batch_schema() -> Json:
    """`{events: […]}`. What is wrong with an item is told in its result, so any object may be one."""
    return {
        "type": "object",
        "properties": {
            "events": {
                "type": "array",
                "description": "Each as the body of `createEvent`",
                "items": {
                    "anyOf": [
                        {"$ref": "#/components/schemas/EventInput"},
                        {"description": "Whatever else comes has what is wrong with it as its result"},
                    ]
                },
                "minItems": 1,
                "maxItems": MOST_EVENTS,
            }
        },
        "required": ["events"],
        "additionalProperties": False,
    }


def _draft(item: object) -> EventDraft | MilepostError:
    try:
        return read_strictly(EventBody, item).to_draft()
    except Invalid as invalid:
        return invalid


def _result(index: int, outcome: Created | MilepostError) -> Json:
    if isinstance(outcome, Created):
        status = 200 if outcome.replayed else 201
        record = event_record(outcome.event)
        return {"index": index, "status": status, "replayed": outcome.replayed, "record": record}
    refusal = refusal_of(outcome)
    return {"index": index, "status": refusal.status, "error": refusal.error}


CREATE: Final = Operation(
    method="POST",
    path=BATCH,
    name="createEvents",
    group=GROUP,
    summary="Create many events",
    description=f"For back-filling: up to {MOST_EVENTS} events in 1 MiB. All valid ones are kept, whatever becomes of the "
    "others; each has its result, in the order of the items, with the status that it would have had alone. "
    "Give each a `dedupKey`, so that the batch can be sent again.",
    scope=TokenScope.EVENTS_WRITE,
    body=Body("EventBatch", read_batch, batch_schema, examples.batches, LARGEST_BATCH_BYTES),
    handle=create_events,
    answers=(Told(200, "What became of each", "BatchResults", (), examples.batch_results),),
    refusals=(405,),
)
