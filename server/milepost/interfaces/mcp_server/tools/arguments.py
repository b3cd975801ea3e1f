"""Arguments that only tools have: which event is meant, and how much of it to answer with."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, WithJsonSchema

from milepost.domain.errors import Invalid
from milepost.domain.text import shown
from milepost.wire.fields import SidField
from milepost.wire.reading import Input, parsed_by


class Detail(StrEnum):
    """How much of each event an answer holds."""

    SHORT = "short"
    FULL = "full"


def _parse_detail(value: object, field: str) -> Detail:
    if not isinstance(value, str) or value not in list(Detail):
        raise Invalid.of(field, f"{shown(value)} is neither short nor full; leave it out for short")
    return Detail(value)


DetailField = Annotated[
    Detail,
    parsed_by(_parse_detail),
    WithJsonSchema({"type": "string", "enum": [item.value for item in Detail]}),
]


class DetailArgument(Input):
    """How much of each event to answer with."""

    detail: DetailField | None = Field(
        None,
        description="How much of an event structured content holds; full is all fields",
        json_schema_extra={"default": Detail.SHORT.value},
    )

    @property
    def full(self) -> bool:
        """Whether the whole record was asked for."""
        return self.detail is Detail.FULL


class SidArgument(Input):
    """Which event is meant."""

    sid: SidField = Field(description="The event, as list_events names it", examples=["evt_2Zt8…"])
