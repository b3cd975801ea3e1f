"""What a user writes to register a bucket or an environment, and to change one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, WithJsonSchema

from milepost.domain.account import LONGEST_NAME, MOST_LABELS, parse_labels, parse_place_name
from milepost.domain.errors import Invalid
from milepost.services.places import PlaceDraft
from milepost.wire.fields import SidField
from milepost.wire.reading import Input, parsed_by

PlaceNameField = Annotated[
    str, parsed_by(parse_place_name), WithJsonSchema({"type": "string", "maxLength": LONGEST_NAME})
]
LabelsField = Annotated[
    Mapping[str, str],
    parsed_by(parse_labels),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": MOST_LABELS}),
]


class PlaceBody(Input):
    """The body of a registration. A field that is null counts as left out."""

    name: PlaceNameField = Field(description="What it is called, unique in the account", examples=["checkout"])
    sid: SidField | None = Field(
        None, description="Its SID, where it has one elsewhere; else one is minted", examples=["bkt_checkout"]
    )
    labels: LabelsField | None = Field(
        None, description="Which metrics are its own", examples=[{"service": "checkout"}]
    )

    def to_draft(self) -> PlaceDraft:
        """What the service takes."""
        return PlaceDraft(name=self.name, labels=self.labels or {}, sid=self.sid)


class PlacePatch(Input):
    """The body of a change: only what is given changes."""

    name: PlaceNameField | None = Field(None, description="New name", examples=["checkout"])
    labels: LabelsField | None = Field(
        None,
        description="New labels in place of all that were there; null clears",
        examples=[{"service": "checkout"}],
    )

    def to_change(self) -> tuple[str | None, Mapping[str, str] | None]:
        """Name and labels, None for what stays; raises `Invalid` for a name that is null."""
        given = self.model_fields_set
        if "name" in given and self.name is None:
            raise Invalid.of("name", "null came, but it can't be cleared; leave it out to keep it")
        return self.name, (self.labels or {}) if "labels" in given else None
