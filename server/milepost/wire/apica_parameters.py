"""The parameters that Apica's events API takes, by its names, and those of the list of tag ids."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import ConfigDict, Field, WithJsonSchema

from milepost.domain.errors import Invalid, Problem
from milepost.domain.event import Severity
from milepost.domain.instant import LATEST, When, parse_milliseconds
from milepost.domain.query import EventSearch, FilterNames, parse_limit
from milepost.wire.fields import (
    CursorField,
    NumberField,
    SeveritiesField,
    SubstringField,
    TagFiltersField,
    TagOperatorField,
    TimeField,
)
from milepost.wire.reading import Input, loose_integer, parsed_by

LARGEST_PAGE: Final = 1_000
NEXT_CURSOR: Final = "the cursor of the Link header"


def _parse_page_size(value: object, field: str) -> int:
    return parse_limit(loose_integer(value), field, LARGEST_PAGE)


def _parse_milliseconds(value: object, field: str) -> When:
    return parse_milliseconds(loose_integer(value), field)


PageSizeField = Annotated[
    int,
    parsed_by(_parse_page_size),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": LARGEST_PAGE}),
]
MillisecondsField = Annotated[
    When,
    parsed_by(_parse_milliseconds),
    WithJsonSchema({"type": "integer", "format": "int64", "minimum": 0, "maximum": LATEST}),
]


class ApicaTagParameters(Input):
    """Which page of the tag ids."""

    model_config = ConfigDict(alias_generator=None)

    limit: PageSizeField | None = Field(None, description=f"Tags looked at for a page, at most {LARGEST_PAGE:,}")
    cursor: CursorField | None = Field(None, description="As the Link of the page before has it", examples=["a2V5IDE"])

    @property
    def size(self) -> int:
        """How many tags the page has at most."""
        return LARGEST_PAGE if self.limit is None else self.limit


class ApicaEventParameters(Input):
    """Filters, all of which have to hold, and the page. An event is the moment at which it started."""

    model_config = ConfigDict(alias_generator=None)

    message: SubstringField | None = Field(
        None,
        description="Part of the name or description, in any case; under 3 characters it needs a time to begin at",
        examples=["apica"],
    )
    severity: SeveritiesField | None = Field(
        None, description="Any of these letters; an event without a severity counts as I", examples=["IFE"]
    )
    check_id: NumberField | None = Field(None, description="Raised by this check", examples=[12345])
    include_tag: TagFiltersField | None = Field(
        None,
        description="Tags to have: key~value;value, key alone, or ~value; ids as .4568. Repeat it for several",
        examples=[["Environment~Dev;Prod"]],
    )
    exclude_tag: TagFiltersField | None = Field(
        None, description="Tags not to have, as include_tag", examples=[["Environment~Beta"]]
    )
    timestamp_utc_from: TimeField | None = Field(
        None, description="Events from this moment on, in UTC", examples=["2013-08-20T13:32:08"]
    )
    timestamp_utc_to: TimeField | None = Field(
        None, description="Events up to this moment, itself included", examples=["2013-08-20T13:32:08"]
    )
    milliseconds_utc_from: MillisecondsField | None = Field(
        None, description="As timestamp_utc_from, in milliseconds since 1970", examples=[1376980667000]
    )
    milliseconds_utc_to: MillisecondsField | None = Field(
        None, description="As timestamp_utc_to, in milliseconds since 1970", examples=[1376980667000]
    )
    include_tag_op: TagOperatorField | None = Field(
        None, description="Whether any or all of include_tag have to match", json_schema_extra={"default": "or"}
    )
    limit: PageSizeField | None = Field(None, description=f"Events a page, at most {LARGEST_PAGE:,}")
    cursor: CursorField | None = Field(
        None, description="As the Link of the page before has it, with the same filters", examples=["AQAAAZvE…"]
    )

    def to_search(self) -> EventSearch:
        """What the services take; raises `Invalid` naming both forms of an end of the time where both came."""
        start, start_name = self._moment("from")
        end, end_name = self._moment("to")
        asked = self.severity or frozenset()
        unmarked = Severity.INFORMATION in asked
        return EventSearch(
            start=start,
            end=end,
            # Without a severity an event counts as information, so that one is found by what it hasn't.
            severities=frozenset() if unmarked else asked,
            exclude_severities=frozenset(Severity) - asked if unmarked else frozenset(),
            check_id=self.check_id,
            message=self.message,
            include_tags=self.include_tag or (),
            include_all_tags=bool(self.include_tag_op),
            exclude_tags=self.exclude_tag or (),
            starts_only=True,
            limit=LARGEST_PAGE if self.limit is None else self.limit,
            cursor=self.cursor,
            names=FilterNames(start_name, end_name, NEXT_CURSOR),
        )

    def _moment(self, end: str) -> tuple[When | None, str]:
        """The moment that one end of the time has, and the name of the parameter that says it."""
        names = (f"timestamp_utc_{end}", f"milliseconds_utc_{end}")
        given: list[tuple[When | None, str]] = [
            (when, name) for name in names if (when := getattr(self, name)) is not None
        ]
        if len(given) > 1:
            text = f"both {names[0]} and {names[1]} came; write one of them"
            raise Invalid(Problem(name, text) for name in names)
        return given[0] if given else (None, names[0])
