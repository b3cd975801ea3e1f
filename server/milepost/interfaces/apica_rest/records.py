"""The schemas of what is answered. Every field is always there; what isn't set is null."""

from __future__ import annotations

from typing import Final

from milepost.domain.archive import TagPart
from milepost.domain.event import Severity
from milepost.operations.openapi.schemas import TEXT, Schema, array, maybe, record, told
from milepost.wire.apica_row import ApicaEventType

RECORDS: Final[dict[str, Schema]] = {
    "ApicaEvents": array("ApicaEvent", "Events as Apica answers them, newest first"),
    "ApicaEvent": record(
        "An event as Apica writes it",
        {
            "check_symbol": maybe(TEXT, "Symbolic name of the check that raised it"),
            "event_type": {
                "type": "string",
                "enum": [item.value for item in ApicaEventType],
                "description": "Whether a check raised it",
            },
            "check_id": maybe({"type": "integer", "format": "int64"}, "Number of the check; null without one"),
            "check_descriptor": maybe(TEXT, "Descriptive name of the check"),
            "severity": {
                "type": "string",
                "enum": [item.value for item in Severity],
                "description": "Information, Warning, Error, Fatal; I where the event has none",
            },
            "event_message": told(TEXT, "The event's name"),
            "time_stamp_utc": {
                "type": "string",
                "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$",
                "description": "When it started, in UTC, the fraction of the second cut off",
            },
            "event_age_seconds": {
                "type": "integer",
                "description": "Whole seconds since then; negative for an event that lies ahead",
            },
        },
    ),
    "ApicaTags": array("ApicaTag", "Tag keys, then tag values, by id"),
    "ApicaTag": record(
        "The id of a tag key or of a tag value",
        {
            "id": {"type": "integer", "minimum": 1, "description": "What stands behind the period in a filter"},
            "part": {
                "type": "string",
                "enum": [item.value for item in TagPart],
                "description": "Which of them; keys and values are numbered apart",
            },
            "name": told(TEXT, "What it stands for"),
        },
    ),
}
