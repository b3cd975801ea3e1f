"""The schemas of what is answered. Every field is always there, unless it says otherwise; what isn't set is null."""

from __future__ import annotations

from typing import Final

from milepost.domain.charts import MOST_POINTS, ChartName
from milepost.domain.event import EventType, Severity
from milepost.domain.history import ChangeKind
from milepost.domain.token import TokenKind, TokenScope
from milepost.operations.openapi.schemas import FLAG, TEXT, Schema, maybe, record, ref, told
from milepost.wire.full_schema import SID_PATTERN

_SID: Final[Schema] = {"type": "string", "pattern": SID_PATTERN}
_TIME: Final[Schema] = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
}
_NAMED: Final = frozenset({"created", "changed", "deleted", "restored"})


def _page(of: str, what: str, optional: Schema | None = None) -> Schema:
    page = record(
        f"A page of {what}",
        {
            "hasMore": told(FLAG, "Whether another page follows"),
            "records": {"type": "array", "items": ref(of)},
            "nextCursor": maybe(TEXT, "Pass it as `cursor` for the next page; null on the last one"),
        },
    )
    return {**page, "properties": {**page["properties"], **(optional or {})}}


def _sids(description: str) -> Schema:
    return {"type": "array", "items": TEXT, "minItems": 1, "description": description}


_EVENT: Final = record(
    "Something that happened to a system",
    {
        "sid": told(_SID, "Its name here, for good"),
        "accountSid": told(_SID, "Whose it is"),
        "type": {"type": "string", "enum": [item.value for item in EventType], "description": "What kind it was"},
        "name": told(TEXT, "Short label shown on charts"),
        "description": maybe(TEXT, "Longer text"),
        "source": maybe(TEXT, "Who or what reported it"),
        "metadata": maybe({"type": "object"}, "Free context, its keys in the order in which they were written"),
        "bucketSids": _sids('Buckets (services) it applies to; `["*"]` is all'),
        "environmentSids": _sids('Environments it applies to; `["*"]` is all'),
        "startedAt": told(_TIME, "When it began"),
        "endedAt": maybe(_TIME, "When it ended; null is a point in time, and for an incident one that is going on"),
        "createdAt": told(_TIME, "When it was recorded"),
        "severity": {
            "type": ["string", "null"],
            "enum": [*(item.value for item in Severity), None],
            "description": "Information, Warning, Error, Fatal",
        },
        "tags": maybe(
            {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}},
            "Labels to filter by, each key with its values",
        ),
        "check": maybe(ref("Check"), "The monitor that raised it"),
        "dedupKey": maybe(TEXT, "Stable name of the real happening, unique among the account's events"),
        "updatedAt": maybe(_TIME, "When it was last changed"),
        "createdBy": maybe(ref("Provenance"), "Who recorded it"),
    },
)
_CHANGE: Final = record(
    "One thing that was done to an event",
    {
        "eventSid": _SID,
        "version": {"type": "integer", "minimum": 1, "description": "The event's version after it"},
        "kind": {"type": "string", "enum": [kind.value for kind in ChangeKind if kind.value in _NAMED]},
        "at": _TIME,
        "by": ref("Provenance"),
        "before": maybe(ref("Event"), "The event's former state; null for the restoring of a deleted one"),
    },
)
_PLACE: Final = record(
    "A registered bucket or environment",
    {
        "sid": _SID,
        "accountSid": _SID,
        "name": TEXT,
        "labels": {"type": "object", "additionalProperties": TEXT, "description": "Which metrics are its own"},
        "createdAt": _TIME,
        "updatedAt": maybe(_TIME, "When it was last changed"),
    },
)
_TOKEN: Final = record(
    "What a token may do, and when it was used",
    {
        "sid": told(_SID, "Its name here; no secret"),
        "accountSid": _SID,
        "kind": {"type": "string", "enum": [kind.value for kind in TokenKind]},
        "name": TEXT,
        "token": told(TEXT, "Masked, but for the one answer that issues it"),
        "scopes": {"type": "array", "items": {"type": "string", "enum": [scope.value for scope in TokenScope]}},
        "bucketSids": _sids('The only buckets it reaches; `["*"]` is all'),
        "environmentSids": _sids('The only environments it reaches; `["*"]` is all'),
        "isRevoked": FLAG,
        "createdAt": _TIME,
        "expiresAt": maybe(_TIME, "When it ends"),
        "revokedAt": maybe(_TIME, "When it was revoked"),
        "lastUsedAt": maybe(_TIME, "When it was last used, within a minute"),
        "isActive": told(FLAG, "Neither revoked nor expired"),
        "updatedAt": maybe(_TIME, "When it was last changed, which is when it was revoked"),
    },
)
_RESULT: Final[Schema] = {
    "type": "object",
    "description": "What became of one item: `record` with `replayed`, or `error`",
    "properties": {
        "index": {"type": "integer", "minimum": 0, "description": "Which item, from 0"},
        "status": {"type": "integer", "description": "The status that it would have had alone"},
        "replayed": told(FLAG, "Whether its `dedupKey` was there already, so that nothing was written"),
        "record": ref("Event"),
        "error": ref("ErrorDetails"),
    },
    "required": ["index", "status"],
    "oneOf": [{"required": ["record", "replayed"]}, {"required": ["error"]}],
    "additionalProperties": False,
}


def _warnings(description: str) -> Schema:
    told_of = f"{description}; there only if there are any"
    return {"warnings": {"type": "array", "items": ref("Warning"), "description": told_of}}


_VALUES: Final[Schema] = {
    "type": "array",
    "items": {"type": ["number", "null"]},
    "maxItems": MOST_POINTS,
    "description": "Value i was measured at startTime + i × stepSeconds; null where nothing was",
}
_DRAWN: Final = record(
    "What was measured over a window",
    {
        "startTime": told(_TIME, "The moment of the first value of every series"),
        "endTime": told(_TIME, "That of the last"),
        "stepSeconds": {"type": "integer", "minimum": 1, "description": "Between two values"},
        "connected": told(FLAG, "Whether metrics are set up at all"),
        "charts": {"type": "array", "items": ref("Chart")},
    },
)
_CHART: Final = record(
    "Lines that belong together",
    {
        "name": {"type": "string", "enum": [name.value for name in ChartName]},
        "title": told(TEXT, "For people"),
        "unit": {"type": "string", "enum": [name.unit for name in ChartName]},
        "series": {"type": "array", "items": ref("Series"), "description": "Empty where nothing was measured"},
    },
)
_SERIES: Final = record(
    "One line",
    {
        "name": told(
            TEXT, "Throughput: `2xx`, `3xx`, `4xx`, `5xx`; error ratio: `errors`; response time: `p50`, `p95`, `p99`"
        ),
        "values": _VALUES,
    },
)

RECORDS: Final[dict[str, Schema]] = {
    "Event": _EVENT,
    "EventPage": _page(
        "Event", "events, newest first", _warnings("Sources that should have given events to this page and couldn't")
    ),
    "Warning": record(
        "A source that gave nothing, or not all that it should have",
        {"source": told(TEXT, "Which"), "message": told(TEXT, "Why, and what to do")},
    ),
    "Check": record(
        "A monitor",
        {
            "id": {"type": "integer", "format": "int64"},
            "symbol": maybe(TEXT, "Its symbolic name"),
            "descriptor": maybe(TEXT, "Its descriptive name"),
        },
    ),
    "Provenance": record(
        "Who wrote",
        {
            "door": told(TEXT, "Through which door: `rest`, `mcp`, `cli`, …"),
            "token": maybe(TEXT, "The token's name"),
            "client": maybe(TEXT, "The client's name and version; over REST its `User-Agent`"),
        },
    ),
    "Change": _CHANGE,
    "HistoryPage": _page("Change", "changes, newest first"),
    "BatchResults": record("What became of a batch", {"results": {"type": "array", "items": ref("BatchResult")}}),
    "BatchResult": _RESULT,
    "Charts": {
        **_DRAWN,
        "properties": {**_DRAWN["properties"], **_warnings("What is missing from the charts, and why")},
    },
    "Chart": _CHART,
    "Series": _SERIES,
    "Place": _PLACE,
    "PlacePage": _page("Place", "buckets or environments, by name"),
    "Token": _TOKEN,
    "TokenPage": _page("Token", "tokens, newest first"),
    "Deleted": record("What is gone", {"sid": _SID, "deleted": {"const": True}}),
}
