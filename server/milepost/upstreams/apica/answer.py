"""What comes back from Apica, as rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import unquote_plus

from milepost.domain.errors import Invalid
from milepost.upstreams.exchange import Received
from milepost.upstreams.failures import not_understood
from milepost.wire.apica_row import ApicaRow, read_apica_row

LONGEST_CURSOR: Final = 4_096
_WARNING: Final = "x-milepost-warning"
_CURSOR: Final = re.compile(r"[?&]cursor=([^&#]+)")
_NEXT: Final = re.compile(r'<([^<>]*)>\s*;\s*rel="?next"?(?![^,;\s])', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows as they came, and where the next page goes on; Apica's own answers have but one page.

    `left_out` counts those that can't be read. `complete` is False where another Milepost says that it isn't.
    """

    rows: tuple[ApicaRow, ...]
    cursor: str | None = None
    complete: bool = True
    left_out: int = 0


def count_rows(received: Received) -> int:
    """How many there are to read."""
    content = received.content
    return len(cast("list[object]", content)) if isinstance(content, list) else 0


def read_answer(received: Received, name: str) -> Answer:
    """Read an answer of the upstream called `name`; raises `Broken`, which says where it is wrong and quotes nothing."""
    try:
        cursor = _next_cursor(received.headers.get("link", ""))
        content = _list(received.content)
        rows = tuple(filter(None, map(_row, content)))
        return Answer(rows, cursor, _WARNING not in received.headers, len(content) - len(rows))
    except Invalid as invalid:
        where = invalid.problems[0].field
    raise not_understood(name, f"{where} isn't as it has to be")


def _list(content: object) -> list[object]:
    if not isinstance(content, list):
        raise Invalid.of("the list of events", "it is none")
    return cast("list[object]", content)


def _row(value: object) -> ApicaRow | None:
    """None where it can't be read."""
    try:
        return read_apica_row(value, "event")
    except Invalid:
        return None


def _next_cursor(links: str) -> str | None:
    """The `cursor` of `<…>; rel="next"` (RFC 8288) alone: an answer doesn't send us to another address."""
    link = _NEXT.search(links)
    if link is None:
        return None
    found = _CURSOR.search(link[1])
    if found is None or len(found[1]) > LONGEST_CURSOR:
        raise Invalid.of("the link to the next page", "it has no cursor")
    return unquote_plus(found[1])
