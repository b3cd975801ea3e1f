"""What tools answer with, as JSON schemas. One schema covers the compact event and the REST record of `detail: "full"`."""

from __future__ import annotations

from typing import Any, Final

from milepost.domain.event import EventType, Severity

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_NULL: Final[Schema] = {"type": "null"}
_MAYBE_TEXT: Final[Schema] = {"anyOf": [_TEXT, _NULL]}
_TEXTS: Final[Schema] = {"type": "array", "items": _TEXT}


def _object(properties: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _maybe(schema: Schema) -> Schema:
    """Written as alternatives: not every client understands several types in one place."""
    return {"anyOf": [schema, _NULL]}


EVENT: Final = _object(
    {
        "sid": _TEXT,
        "accountSid": _TEXT,
        "type": {"type": "string", "enum": [item.value for item in EventType]},
        "name": _TEXT,
        "description": _MAYBE_TEXT,
        "source": _MAYBE_TEXT,
        "metadata": _maybe({"type": "object"}),
        "bucketSids": _TEXTS,
        "environmentSids": _TEXTS,
        "startedAt": _TEXT,
        "endedAt": _MAYBE_TEXT,
        "createdAt": _TEXT,
        "severity": _maybe({"type": "string", "enum": [item.value for item in Severity]}),
        "tags": _maybe({"type": "object", "additionalProperties": _TEXTS}),
        "check": _maybe(_object({"id": {"type": "integer"}, "symbol": _MAYBE_TEXT, "descriptor": _MAYBE_TEXT}, ["id"])),
        "dedupKey": _MAYBE_TEXT,
        "updatedAt": _MAYBE_TEXT,
        "createdBy": _maybe(
            _object({"door": _TEXT, "token": _MAYBE_TEXT, "client": _MAYBE_TEXT}, ["door", "token", "client"])
        ),
    },
    ["sid", "type", "name", "startedAt"],
)
_WARNINGS: Final[Schema] = {
    "type": "array",
    "items": _object({"source": _TEXT, "message": _TEXT}, ["source", "message"]),
}
_RECORDS: Final[Schema] = {"type": "array", "items": EVENT}
_FLAG: Final[Schema] = {"type": "boolean"}
EVENTS: Final = _object(
    {"hasMore": _FLAG, "records": _RECORDS, "nextCursor": _TEXT, "warnings": _WARNINGS},
    ["hasMore", "records"],
)
_SERIES: Final = _object(
    {"name": _TEXT, "values": {"type": "array", "items": _maybe({"type": "number"})}}, ["name", "values"]
)
_CHART: Final = _object(
    {"name": _TEXT, "title": _TEXT, "unit": _TEXT, "series": {"type": "array", "items": _SERIES}},
    ["name", "title", "unit", "series"],
)
_CHARTS: Final = _object(
    {
        "startTime": _TEXT,
        "endTime": _TEXT,
        "stepSeconds": {"type": "number"},
        "connected": _FLAG,
        "charts": {"type": "array", "items": _CHART},
        "warnings": _WARNINGS,
    },
    ["startTime", "endTime", "stepSeconds", "connected", "charts"],
)
TIMELINE: Final = _object(
    {
        "startTime": _TEXT,
        "endTime": _TEXT,
        "hasMore": _FLAG,
        "records": _RECORDS,
        "warnings": _WARNINGS,
        "charts": _CHARTS,
    },
    ["startTime", "endTime", "hasMore", "records"],
)
DELETED: Final = _object({"sid": _TEXT, "deleted": {"type": "boolean"}}, ["sid", "deleted"])
