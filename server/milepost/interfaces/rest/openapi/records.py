"""The schemas of what is answered. Every field is always there, unless it says otherwise; what isn't set is null."""

from __future__ import annotations

from typing import Any, Final

from milepost.domain.event import EventType, Severity
from milepost.domain.history import ChangeKind
from milepost.domain.token import TokenKind, TokenScope
from milepost.wire.full_schema import SID_PATTERN

Schema = dict[str, Any]

_NULL: Final[Schema] = {"type": "null"}
_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_SID: Final[Schema] = {"type": "string", "pattern": SID_PATTERN}
_TIME: Final[Schema] = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
}
_NAMED: Final = frozenset({"created", "changed", "deleted", "restored"})


def ref(name: str) -> Schema:
    """A schema of the document, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _told(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _maybe(schema: Schema, description: str) -> Schema:
    return {"anyOf": [schema, _NULL], "description": description}


def _object(description: str, properties: Schema) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _page(of: str, what: str, optional: Schema | None = None) -> Schema:
    page = _object(
        f"A page of {what}",
        {
            "hasMore": _told(_FLAG, "Whether another page follows"),
            "records": {"type": "array", "items": ref(of)},
            "nextCursor": _maybe(_TEXT, "Pass it as `cursor` for the next page; null on the last one"),
        },
    )
    return {**page, "properties": {**page["properties"], **(optional or {})}}


def _sids(description: str) -> Schema:
    return {"type": "array", "items": _TEXT, "minItems": 1, "description": description}


_EVENT: Final = _object(
    "Something that happened to a system",
    {
        "sid": _told(_SID, "Its name here, for good"),
        "accountSid": _told(_SID, "Whose it is"),
        "type": {"type": "string", "enum": [item.value for item in EventType], "description": "What kind it was"},
        "name": _told(_TEXT, "Short label shown on charts"),
        "description": _maybe(_TEXT, "Longer text"),
        "source": _maybe(_TEXT, "Who or what reported it"),
        "metadata": _maybe({"type": "object"}, "Free context, its keys in the order in which they were written"),
        "bucketSids": _sids('Buckets (services) it applies to; `["*"]` is all'),
        "environmentSids": _sids('Environments it applies to; `["*"]` is all'),
        "startedAt": _told(_TIME, "When it began"),
        "endedAt": _maybe(_TIME, "When it ended; null is a point in time, and for an incident one that is going on"),
        "createdAt": _told(_TIME, "When it was recorded"),
        "severity": {
            "type": ["string", "null"],
            "enum": [*(item.value for item in Severity), None],
            "description": "Information, Warning, Error, Fatal",
        },
        "tags": _maybe(
            {"type": "object", "additionalProperties": {"type": "array", "items": _TEXT}},
            "Labels to filter by, each key with its values",
        ),
        "check": _maybe(ref("Check"), "The monitor that raised it"),
        "dedupKey": _maybe(_TEXT, "Stable name of the real happening, unique among the account's events"),
        "updatedAt": _maybe(_TIME, "When it was last changed"),
        "createdBy": _maybe(ref("Provenance"), "Who recorded it"),
    },
)
_CHANGE: Final = _object(
    "One thing that was done to an event",
    {
        "eventSid": _SID,
        "version": {"type": "integer", "minimum": 1, "description": "The event's version after it"},
        "kind": {"type": "string", "enum": [kind.value for kind in ChangeKind if kind.value in _NAMED]},
        "at": _TIME,
        "by": ref("Provenance"),
        "before": _maybe(ref("Event"), "The event's former state; null for the restoring of a deleted one"),
    },
)
_PLACE: Final = _object(
    "A registered bucket or environment",
    {
        "sid": _SID,
        "accountSid": _SID,
        "name": _TEXT,
        "labels": {"type": "object", "additionalProperties": _TEXT, "description": "Which metrics are its own"},
        "createdAt": _TIME,
        "updatedAt": _maybe(_TIME, "When it was last changed"),
    },
)
_TOKEN: Final = _object(
    "What a token may do, and when it was used",
    {
        "sid": _told(_SID, "Its name here; no secret"),
        "accountSid": _SID,
        "kind": {"type": "string", "enum": [kind.value for kind in TokenKind]},
        "name": _TEXT,
        "token": _told(_TEXT, "Masked, but for the one answer that issues it"),
        "scopes": {"type": "array", "items": {"type": "string", "enum": [scope.value for scope in TokenScope]}},
        "bucketSids": _sids('The only buckets it reaches; `["*"]` is all'),
        "environmentSids": _sids('The only environments it reaches; `["*"]` is all'),
        "isRevoked": _FLAG,
        "createdAt": _TIME,
        "expiresAt": _maybe(_TIME, "When it ends"),
        "revokedAt": _maybe(_TIME, "When it was revoked"),
        "lastUsedAt": _maybe(_TIME, "When it was last used, within a minute"),
        "isActive": _told(_FLAG, "Neither revoked nor expired"),
        "updatedAt": _maybe(_TIME, "When it was last changed, which is when it was revoked"),
    },
)
_RESULT: Final[Schema] = {
    "type": "object",
    "description": "What became of one item: `record` with `replayed`, or `error`",
    "properties": {
        "index": {"type": "integer", "minimum": 0, "description": "Which item, from 0"},
        "status": {"type": "integer", "description": "The status that it would have had alone"},
        "replayed": _told(_FLAG, "Whether its `dedupKey` was there already, so that nothing was written"),
        "record": ref("Event"),
        "error": ref("ErrorDetails"),
    },
    "required": ["index", "status"],
    "oneOf": [{"required": ["record", "replayed"]}, {"required": ["error"]}],
    "additionalProperties": False,
}

_WARNINGS: Final[Schema] = {
    "warnings": {
        "type": "array",
        "items": ref("Warning"),
        "description": "Sources that should have given events to this page and couldn't; there only if there are any",
    }
}

RECORDS: Final[dict[str, Schema]] = {
    "Event": _EVENT,
    "EventPage": _page("Event", "events, newest first", _WARNINGS),
    "Warning": _object(
        "A source that gave nothing to this page",
        {"source": _told(_TEXT, "Which"), "message": _told(_TEXT, "Why, and what to do")},
    ),
    "Check": _object(
        "A monitor",
        {
            "id": {"type": "integer", "format": "int64"},
            "symbol": _maybe(_TEXT, "Its symbolic name"),
            "descriptor": _maybe(_TEXT, "Its descriptive name"),
        },
    ),
    "Provenance": _object(
        "Who wrote",
        {
            "door": _told(_TEXT, "Through which door: `rest`, `mcp`, `cli`, …"),
            "token": _maybe(_TEXT, "The token's name"),
            "client": _maybe(_TEXT, "The client's name and version; over REST its `User-Agent`"),
        },
    ),
    "Change": _CHANGE,
    "HistoryPage": _page("Change", "changes, newest first"),
    "BatchResults": _object("What became of a batch", {"results": {"type": "array", "items": ref("BatchResult")}}),
    "BatchResult": _RESULT,
    "Place": _PLACE,
    "PlacePage": _page("Place", "buckets or environments, by name"),
    "Token": _TOKEN,
    "TokenPage": _page("Token", "tokens, newest first"),
    "Deleted": _object("What is gone", {"sid": _SID, "deleted": {"const": True}}),
    "Error": _object("Why a request was refused", {"success": {"const": False}, "error": ref("ErrorDetails")}),
    "ErrorDetails": _object(
        "What is wrong",
        {
            "code": _told(_TEXT, "For programs"),
            "message": _told(_TEXT, "For people: what came, and what to write instead"),
            "details": {"type": "array", "items": ref("Problem")},
        },
    ),
    "Problem": _object(
        "One thing that is wrong",
        {"field": _told(_TEXT, "Where, as it was written; empty for the whole"), "message": _TEXT},
    ),
}
