"""Lists: `{hasMore, records, nextCursor}`, and the `Link` to the next page (RFC 8288)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode

from milepost.domain.errors import Invalid
from milepost.domain.query import Missing
from milepost.interfaces.rest.operation import Answer, Json, Request
from milepost.wire.missing_record import warnings_record

_CURSOR = "cursor"


def page(
    request: Request[Any, Any], records: list[Json], next_cursor: str | None, missing: Iterable[Missing] = ()
) -> Answer:
    """One page. The link carries the parameters of this one; `warnings` are there only where something is missing."""
    answer = Answer(
        {"hasMore": next_cursor is not None, "records": records, "nextCursor": next_cursor, **warnings_record(missing)}
    )
    if next_cursor is not None:
        kept = [(name, value) for name, value in request.query if name != _CURSOR]
        address = request.url(f"{quote(request.path)}?{urlencode([*kept, (_CURSOR, next_cursor)])}")
        answer.headers.append((b"link", f'<{address}>; rel="next"'.encode("latin-1")))
    return answer


def written_cursor(place: str) -> str:
    """The cursor that stands for going on after `place`, in lists whose order needs no more than that."""
    return urlsafe_b64encode(place.encode()).rstrip(b"=").decode()


def read_cursor(cursor: str) -> str:
    """Where to go on; raises `Invalid` for what `written_cursor` didn't write."""
    try:
        place = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
    except (Base64Error, ValueError):
        place = ""
    if not place or written_cursor(place) != cursor:
        raise damaged_cursor()
    return place


def damaged_cursor() -> Invalid:
    """A cursor that no page had."""
    return Invalid.of(_CURSOR, "it is damaged; pass nextCursor exactly as it came, or leave it out to start again")
