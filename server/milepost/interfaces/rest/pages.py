"""Lists: `{hasMore, records, nextCursor}`, and the `Link` to the next page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from milepost.domain.query import Missing
from milepost.operations.operation import Answer, Json, Request
from milepost.operations.paging import next_link
from milepost.wire.missing_record import warnings_record


def page(
    request: Request[Any, Any], records: list[Json], next_cursor: str | None, missing: Iterable[Missing] = ()
) -> Answer:
    """One page; `warnings` are there only where something is missing."""
    content = {
        "hasMore": next_cursor is not None,
        "records": records,
        "nextCursor": next_cursor,
        **warnings_record(missing),
    }
    return Answer(content, headers=[] if next_cursor is None else [next_link(request, next_cursor)])
