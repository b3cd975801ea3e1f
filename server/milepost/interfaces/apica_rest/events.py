"""`GET /v3/events`: what happened, as rows."""

from __future__ import annotations

from typing import Final

from milepost.domain.token import TokenScope
from milepost.interfaces.apica_rest import examples
from milepost.interfaces.apica_rest.door import PREFIX
from milepost.interfaces.apica_rest.warnings import warning_headers
from milepost.operations.operation import Answer, Context, Operation, Request, Told
from milepost.operations.paging import next_link
from milepost.wire.apica_parameters import ApicaEventParameters
from milepost.wire.apica_row import apica_row

GROUP: Final = "Apica's dialect"


async def list_events(context: Context, request: Request[ApicaEventParameters, None]) -> Answer:
    """A bare array, newest first; where more follow, a `Link` says where they are."""
    found = await context.services.events.find(request.caller, request.parameters.to_search())
    answer = Answer([apica_row(event, request.now) for event in found.events], headers=warning_headers(found.missing))
    if found.next_cursor is not None:
        answer.headers.append(next_link(request, found.next_cursor))
    return answer


LIST: Final = Operation(
    method="GET",
    path=f"{PREFIX}/events",
    name="listApicaEvents",
    group=GROUP,
    summary="List events as Apica does",
    description="The same events as everywhere, as the rows of Apica's events API: those of the token's account, newest first. "
    "All filters have to hold. An event is a point here, the moment at which it started, and the times filter by that: in "
    "seconds or in milliseconds, not both for one end. Follow `Link` until there is none.",
    scope=TokenScope.EVENTS_READ,
    parameters=ApicaEventParameters,
    handle=list_events,
    answers=(Told(200, "Rows", "ApicaEvents", ("Link", "X-Milepost-Warning"), examples.rows),),
)
