"""What comes back from Apica, as rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import unquote_plus

from milepost.domain.errors import Broken, Invalid
from milepost.upstreams.exchange import Received
from milepost.wire.apica_row import ApicaRow, read_apica_row

LONGEST_CURSOR: Final = 4_096
_WARNING: Final = "x-milepost-warning"
_CURSOR: Final = re.compile(r"[?&]cursor=([^&#]+)")
_NEXT: Final = re.compile(r'<([^<>]*)>\s*;\s*rel="?next"?(?![^,;\s])', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows as they came, and where the next page goes on; Apica's own answers have but one page.

    `complete` is False where another Milepost says that it couldn't reach all of its own sources.
    """

    rows: tuple[ApicaRow, ...]
    cursor: str | None = None
    complete: bool = True


def count_rows(received: Received) -> int:
    """How many there are to read."""
    content = received.content
    return len(cast("list[object]", content)) if isinstance(content, list) else 0


def read_answer(received: Received, name: str) -> Answer:
    """Read an answer of the upstream called `name`; raises `Broken`, which says where it is wrong and quotes nothing."""
    try:
        cursor = _next_cursor(received.headers.get("link", ""))
        return Answer(_rows(received.content), cursor, _WARNING not in received.headers)
    except Invalid as invalid:
        where = invalid.problems[0].field
    raise Broken(f"{name} answered what can't be understood ({where} isn't as it has to be)")


def _rows(content: object) -> tuple[ApicaRow, ...]:
    if not isinstance(content, list):
        raise Invalid.of("the list of events", "it is none")
    return tuple(read_apica_row(row, f"event[{index}]") for index, row in enumerate(cast("list[object]", content)))


def _next_cursor(links: str) -> str | None:
    """The `cursor` of `<…>; rel="next"` (RFC 8288) alone: an answer doesn't send us to another address."""
    link = _NEXT.search(links)
    if link is None:
        return None
    found = _CURSOR.search(link[1])
    if found is None or len(found[1]) > LONGEST_CURSOR:
        raise Invalid.of("the link to the next page", "it has no cursor")
    return unquote_plus(found[1])
