"""JSON schemas of inputs that say all that a schema can say, for the API's specification.

Tools' schemas (`input_schema`) are kept short, since every word of them costs every user on every conversation.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, cast

from milepost.domain.account import LONGEST_LABEL_KEY, LONGEST_LABEL_VALUE
from milepost.domain.event import LONGEST_CHECK_DESCRIPTOR, LONGEST_CHECK_SYMBOL
from milepost.domain.query import LONGEST_MESSAGE, MOST_TAG_FILTERS
from milepost.domain.scope import LONGEST_REFERENCE, MOST_SIDS
from milepost.domain.tags import LONGEST_FILTER, LONGEST_NAME, MOST_VALUES
from milepost.domain.text import LARGEST_INTEGER, SMALLEST_INTEGER
from milepost.wire.input_schema import input_schema
from milepost.wire.reading import Input

Schema = dict[str, Any]

SID_PATTERN: Final = "^[A-Za-z0-9_-]{1,64}$"
TEXT_PATTERN: Final = r"^[^\u0000]*$"
FULL_TEXT_PATTERN: Final = r"^[^\u0000]*[^\u0000\s][^\u0000]*$"
"""Text with something in it that can be seen."""
TAG_PATTERN: Final = r"^(?!\.)[^\u0000~;]*[^\u0000~;\s][^\u0000~;]*$"
TIME_PATTERN: Final = r"^(now(-\d{1,15}[smhdw])?|\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?)$"
EXPIRY_PATTERN: Final = rf"^(\d{{1,15}}[smhdw]|{TIME_PATTERN[2:-2]})$"

_TEXT: Final[Schema] = {"pattern": TEXT_PATTERN}
_FULL_TEXT: Final[Schema] = {"minLength": 1, "pattern": FULL_TEXT_PATTERN}
_TIME: Final[Schema] = {"pattern": TIME_PATTERN}
_INTEGER: Final[Schema] = {"minimum": SMALLEST_INTEGER, "maximum": LARGEST_INTEGER}
_TAG: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME, "pattern": TAG_PATTERN}
_SIDS: Final[Schema] = {
    "minItems": 1,
    "maxItems": MOST_SIDS,
    "uniqueItems": True,
    "items": {"type": "string", "maxLength": LONGEST_REFERENCE, **_FULL_TEXT},
}
_FILTERS: Final[Schema] = {
    "minItems": 1,
    "maxItems": MOST_TAG_FILTERS,
    "items": {"type": "string", "maxLength": LONGEST_FILTER, **_FULL_TEXT},
}
_REFERENCE: Final[Schema] = {"maxLength": LONGEST_REFERENCE, **_FULL_TEXT}


def _maybe_text(longest: int) -> Schema:
    return {"anyOf": [{"type": "string", "maxLength": longest, **_TEXT}, {"type": "null"}]}


_MORE: Final[dict[str, Schema]] = {
    "name": _FULL_TEXT,
    "description": _TEXT,
    "source": _TEXT,
    "bucketSids": _SIDS,
    "environmentSids": _SIDS,
    "startedAt": _TIME,
    "endedAt": _TIME,
    "tags": {
        "maxProperties": MOST_VALUES,
        "propertyNames": {key: value for key, value in _TAG.items() if key != "type"},
        "additionalProperties": {
            "type": "array",
            "items": _TAG,
            "minItems": 1,
            "maxItems": MOST_VALUES,
            "uniqueItems": True,
        },
    },
    "check": {
        "properties": {
            "id": {"type": "integer", "format": "int64", **_INTEGER},
            "symbol": _maybe_text(LONGEST_CHECK_SYMBOL),
            "descriptor": _maybe_text(LONGEST_CHECK_DESCRIPTOR),
        }
    },
    "dedupKey": _FULL_TEXT,
    "startTime": _TIME,
    "endTime": _TIME,
    "bucketSid": _REFERENCE,
    "environmentSid": _REFERENCE,
    "checkId": {"format": "int64", **_INTEGER},
    "message": {"maxLength": LONGEST_MESSAGE, **_FULL_TEXT},
    "includeTag": _FILTERS,
    "excludeTag": _FILTERS,
    "cursor": _FULL_TEXT,
    "sid": {"pattern": SID_PATTERN},
    "check_id": {"format": "int64", **_INTEGER},
    "include_tag": _FILTERS,
    "exclude_tag": _FILTERS,
    "timestamp_utc_from": _TIME,
    "timestamp_utc_to": _TIME,
    "expiresAt": {"pattern": EXPIRY_PATTERN},
    "scopes": {"minItems": 1},
    "labels": {
        "propertyNames": {"maxLength": LONGEST_LABEL_KEY, **_FULL_TEXT},
        "additionalProperties": {"type": "string", "maxLength": LONGEST_LABEL_VALUE, **_TEXT},
    },
}
"""What a field's schema says beyond `input_schema`; a field of one name has one meaning in every input."""


@cache
def full_schema(model: type[Input], nullable: frozenset[str] | None = None) -> Schema:
    """The schema of a body or of parameters. Null is among the values of the `nullable` fields: by default those that may be left out."""
    short = input_schema(model)
    names: Schema = short["properties"]
    if nullable is None:
        nullable = frozenset(names) - frozenset(short.get("required", ()))
    return {**short, "properties": {name: _full(name, field, nullable) for name, field in names.items()}}


def _full(name: str, field: Schema, nullable: frozenset[str]) -> Schema:
    full: Schema = {**field, **_MORE.get(name, {})}
    if name == "type" and full["type"] == "array":
        full |= {"minItems": 1, "maxItems": len(full["items"]["enum"])}
    if name not in nullable:
        return full
    told = {key: full.pop(key) for key in ("description", "examples") if key in full}
    if "enum" in full:
        return {"type": [full["type"], "null"], "enum": [*cast("list[object]", full["enum"]), None], **told}
    return {"anyOf": [full, {"type": "null"}], **told}
