"""`GET /v3/tags`: the ids with which a filter may name tag keys and values, `.4568~Prod`."""

from __future__ import annotations

import re
from typing import Final

from milepost.domain.archive import TagPart
from milepost.domain.query import FilterNames
from milepost.domain.token import TokenScope
from milepost.interfaces.apica_rest import examples
from milepost.interfaces.apica_rest.door import PREFIX
from milepost.interfaces.apica_rest.events import GROUP
from milepost.operations.operation import Answer, Context, Operation, Request, Told
from milepost.operations.paging import damaged_cursor, next_link, read_cursor, written_cursor
from milepost.services.tags import TagPlace
from milepost.wire.apica_parameters import NEXT_CURSOR, ApicaTagParameters
from milepost.wire.apica_tag import apica_tag

_NAMES: Final = FilterNames(next_cursor=NEXT_CURSOR)
_PLACE: Final = re.compile(rf"({'|'.join(TagPart)}) (\d{{1,18}})", re.ASCII)


async def list_tags(context: Context, request: Request[ApicaTagParameters, None]) -> Answer:
    """A bare array, keys before values, by id."""
    asked = request.parameters
    after = None if asked.cursor is None else _place(asked.cursor)
    found = await context.services.tags.list(request.caller, asked.size, after)
    answer = Answer([apica_tag(tag) for tag in found.tags])
    if found.following is not None:
        part, number = found.following
        answer.headers.append(next_link(request, written_cursor(f"{part} {number}")))
    return answer


def _place(cursor: str) -> TagPlace:
    place = _PLACE.fullmatch(read_cursor(cursor, _NAMES))
    if place is None:
        raise damaged_cursor(_NAMES)
    return TagPart(place[1]), int(place[2])


LIST: Final = Operation(
    method="GET",
    path=f"{PREFIX}/tags",
    name="listApicaTags",
    group=GROUP,
    summary="List the ids of tag keys and values",
    description="In a filter, `.4568` stands for the key or value with that id: `.4568~Prod`, `Environment~.6985`. Milepost gives each "
    "its id when an event first bears it, and never gives that to another. Listed are those that events bear which the token may "
    "see; so a page may hold fewer than `limit`, and none though more follow. Follow `Link` until there is none.",
    scope=TokenScope.EVENTS_READ,
    parameters=ApicaTagParameters,
    handle=list_tags,
    answers=(Told(200, "Tag keys, then tag values, by id", "ApicaTags", ("Link",), examples.tags),),
)
