"""The parameters of lists that are only paged."""

from __future__ import annotations

from pydantic import Field

from milepost.domain.query import DEFAULT_LIMIT, LARGEST_LIMIT
from milepost.wire.fields import CursorField, LimitField
from milepost.wire.reading import Input


class PageParameters(Input):
    """Which page."""

    limit: LimitField | None = Field(
        None, description=f"Records a page, at most {LARGEST_LIMIT}", json_schema_extra={"default": DEFAULT_LIMIT}
    )
    cursor: CursorField | None = Field(None, description="nextCursor of the page before", examples=["MTI"])

    @property
    def size(self) -> int:
        """How many records the page has at most."""
        return DEFAULT_LIMIT if self.limit is None else self.limit
