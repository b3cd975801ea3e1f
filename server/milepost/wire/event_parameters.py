"""The parameters by which events are found, the same in a query string and in a tool call."""

from __future__ import annotations

from pydantic import Field

from milepost.domain.query import DEFAULT_LIMIT, LARGEST_LIMIT, EventSearch
from milepost.wire.fields import (
    CursorField,
    DedupKeyField,
    FlagField,
    LimitField,
    NumberField,
    PlaceField,
    SeveritiesField,
    SourceField,
    SubstringField,
    TagFiltersField,
    TagOperatorField,
    TimeField,
    TypesField,
)
from milepost.wire.reading import Input


class EventFilters(Input):
    """All of them have to hold. A parameter that is null counts as left out."""

    type: TypesField | None = Field(None, description="Only these types; default all")
    start_time: TimeField | None = Field(
        None,
        description="Events that touch the time from here on: RFC 3339, or relative to now (units s m h d w)",
        examples=["now-2h", "2026-01-15T14:00:00Z"],
    )
    end_time: TimeField | None = Field(None, description="... and up to here, as startTime", examples=["now-1h"])
    bucket_sid: PlaceField | None = Field(
        None, description="Events that apply to this bucket (service), by SID or name", examples=["checkout"]
    )
    environment_sid: PlaceField | None = Field(
        None, description="Events that apply to this environment, by SID or name", examples=["prod01"]
    )
    ongoing: FlagField | None = Field(None, description="true: only incidents without an end; false: all the rest")
    source: SourceField | None = Field(None, description="Exactly this source", examples=["github_actions"])
    severity: SeveritiesField | None = Field(None, description="Any of these letters", examples=["EF"])
    check_id: NumberField | None = Field(None, description="Raised by this monitor", examples=[42])
    dedup_key: DedupKeyField | None = Field(None, description="Exactly this key", examples=["github:run:8123"])
    message: SubstringField | None = Field(
        None,
        description="Part of the name or description, in any case; under 3 characters it needs a startTime",
        examples=["rollback"],
    )
    include_tag: TagFiltersField | None = Field(
        None,
        description="Tags to have: key~value;value, key alone, or ~value",
        examples=[["Environment~Dev;Prod"]],
    )
    exclude_tag: TagFiltersField | None = Field(
        None, description="Tags not to have, as includeTag", examples=[["team~payments"]]
    )
    include_tag_op: TagOperatorField | None = Field(
        None, description="Whether any or all of includeTag have to match", json_schema_extra={"default": "or"}
    )

    def filtered(self, *, limit: int, cursor: str | None = None) -> EventSearch:
        """What the services take, for one page."""
        return EventSearch(
            types=self.type or frozenset(),
            start=self.start_time,
            end=self.end_time,
            bucket=self.bucket_sid,
            environment=self.environment_sid,
            ongoing=self.ongoing,
            source=self.source,
            severities=self.severity or frozenset(),
            check_id=self.check_id,
            dedup_key=self.dedup_key,
            message=self.message,
            include_tags=self.include_tag or (),
            include_all_tags=bool(self.include_tag_op),
            exclude_tags=self.exclude_tag or (),
            limit=limit,
            cursor=cursor,
        )


class EventParameters(EventFilters):
    """The filters, and the page."""

    limit: LimitField | None = Field(
        None, description=f"Events a page, at most {LARGEST_LIMIT}", json_schema_extra={"default": DEFAULT_LIMIT}
    )
    cursor: CursorField | None = Field(
        None,
        description="nextCursor of the page before, with the same filters",
        examples=["AQAAAZvE…"],
    )

    def to_search(self) -> EventSearch:
        """What the services take."""
        return self.filtered(limit=DEFAULT_LIMIT if self.limit is None else self.limit, cursor=self.cursor)
