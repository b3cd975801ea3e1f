"""Going on: the `Link` to the next page (RFC 8288), and the cursors of lists whose order needs no more than a name."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Any, Final
from urllib.parse import quote, urlencode

from milepost.domain.errors import Invalid
from milepost.domain.query import DEFAULT_NAMES, FilterNames
from milepost.operations.operation import Request

CURSOR: Final = "cursor"


def next_link(request: Request[Any, Any], cursor: str) -> tuple[bytes, bytes]:
    """The header that leads to the next page: this one's address and parameters, but for the cursor."""
    kept = [(name, value) for name, value in request.query if name != CURSOR]
    address = request.url(f"{quote(request.path)}?{urlencode([*kept, (CURSOR, cursor)])}")
    return (b"link", f'<{address}>; rel="next"'.encode("latin-1"))


def written_cursor(place: str) -> str:
    """The cursor that stands for going on after `place`."""
    return urlsafe_b64encode(place.encode()).rstrip(b"=").decode()


def read_cursor(cursor: str, names: FilterNames = DEFAULT_NAMES) -> str:
    """Where to go on; raises `Invalid` for what `written_cursor` didn't write."""
    try:
        place = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
    except (Base64Error, ValueError):
        place = ""
    if not place or written_cursor(place) != cursor:
        raise damaged_cursor(names)
    return place


def damaged_cursor(names: FilterNames = DEFAULT_NAMES) -> Invalid:
    """A cursor that no page had."""
    return Invalid.of(
        CURSOR, f"it is damaged; pass {names.next_cursor} exactly as it came, or leave it out to start again"
    )
