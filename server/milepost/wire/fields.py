"""The kinds of fields that bodies and parameters are made of: how each is read, and its JSON schema.

Schemas are flat: no `$ref`, no `anyOf`. Descriptions and examples stand in the models, since a field means different
things to different requests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast

from pydantic import WithJsonSchema

from milepost.domain.errors import Invalid
from milepost.domain.event import (
    LONGEST_DEDUP_KEY,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_SOURCE,
    Check,
    EventType,
    Severity,
    parse_check,
    parse_dedup_key,
    parse_description,
    parse_metadata,
    parse_name,
    parse_severity,
    parse_source,
    parse_type,
)
from milepost.domain.instant import When, parse_when
from milepost.domain.query import LARGEST_LIMIT, LONGEST_MESSAGE, MOST_TAG_FILTERS, parse_limit
from milepost.domain.scope import LONGEST_REFERENCE, SidTuple, parse_scope
from milepost.domain.sid import check_sid
from milepost.domain.tags import TagFilter, Tags, parse_tag_filter, parse_tags
from milepost.domain.text import check_integer, check_text, shown
from milepost.wire.reading import (
    Parse,
    loose_boolean,
    loose_integer,
    loose_list,
    loose_object,
    parsed_by,
)

LONGEST_CURSOR = 2_048
T = TypeVar("T")
_TYPES = [item.value for item in EventType]
_SEVERITIES = [item.value for item in Severity]


def _loosely(loose: Callable[[object], object], parse: Callable[[object, str], T]) -> Parse:
    return lambda value, field: parse(loose(value), field)


def _text(longest: int, *, blank: bool = True) -> Parse:
    return lambda value, field: check_text(value, field, longest, blank=blank)


def _schema(kind: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, **more})


def _parse_types(value: object, field: str) -> frozenset[EventType]:
    return frozenset(parse_type(item, field) for item in _some(loose_list(value), field, len(EventType)))


def _parse_severities(value: object, field: str) -> frozenset[Severity]:
    parts = cast("list[object]", value) if isinstance(value, list) else [value]
    letters = [letter for part in parts for letter in (part if isinstance(part, str) else [part])]
    return frozenset(parse_severity(letter, field) for letter in _some(letters, field, 100))


def _parse_tag_filters(value: object, field: str) -> tuple[TagFilter, ...]:
    return tuple(parse_tag_filter(item, field) for item in _some(loose_list(value), field, MOST_TAG_FILTERS))


def _parse_flag(value: object, field: str) -> bool:
    if not isinstance(flag := loose_boolean(value), bool):
        raise Invalid.of(field, f"{shown(value)} is neither true nor false; write one of them, or leave it out")
    return flag


def _parse_tag_operator(value: object, field: str) -> bool:
    """Whether all tags have to match."""
    if not isinstance(value, str) or (operator := value.strip().lower()) not in ("or", "and"):
        raise Invalid.of(field, f'{shown(value)} is neither "or" nor "and"; write one of them')
    return operator == "and"


def _some(items: list[object], field: str, most: int) -> list[object]:
    if not items:
        raise Invalid.of(field, "the list is empty; name at least one, or leave the field out for all")
    if len(items) > most:
        raise Invalid.of(field, f"{len(items)} came; at most {most} are taken")
    return items


TypeField = Annotated[EventType, parsed_by(parse_type), _schema("string", enum=_TYPES)]
NameField = Annotated[str, parsed_by(parse_name), _schema("string", maxLength=LONGEST_NAME)]
DescriptionField = Annotated[str, parsed_by(parse_description), _schema("string", maxLength=LONGEST_DESCRIPTION)]
SourceField = Annotated[str, parsed_by(parse_source), _schema("string", maxLength=LONGEST_SOURCE)]
MetadataField = Annotated[dict[str, Any], parsed_by(_loosely(loose_object, parse_metadata)), _schema("object")]
ScopeField = Annotated[
    SidTuple, parsed_by(_loosely(loose_list, parse_scope)), _schema("array", items={"type": "string"})
]
TimeField = Annotated[When, parsed_by(parse_when), _schema("string")]
SeverityField = Annotated[Severity, parsed_by(parse_severity), _schema("string", enum=_SEVERITIES)]
TagsField = Annotated[
    Tags,
    parsed_by(_loosely(loose_object, parse_tags)),
    _schema("object", additionalProperties={"type": "array", "items": {"type": "string"}}),
]
CheckField = Annotated[
    Check,
    parsed_by(_loosely(loose_object, parse_check)),
    _schema(
        "object",
        properties={"id": {"type": "integer"}, "symbol": {"type": "string"}, "descriptor": {"type": "string"}},
        required=["id"],
        additionalProperties=False,
    ),
]
DedupKeyField = Annotated[str, parsed_by(parse_dedup_key), _schema("string", maxLength=LONGEST_DEDUP_KEY)]
SidField = Annotated[str, parsed_by(check_sid), _schema("string")]

TypesField = Annotated[
    frozenset[EventType], parsed_by(_parse_types), _schema("array", items={"type": "string", "enum": _TYPES})
]
PlaceField = Annotated[str, parsed_by(_text(LONGEST_REFERENCE, blank=False)), _schema("string")]
LimitField = Annotated[
    int, parsed_by(_loosely(loose_integer, parse_limit)), _schema("integer", minimum=1, maximum=LARGEST_LIMIT)
]
CursorField = Annotated[str, parsed_by(_text(LONGEST_CURSOR, blank=False)), _schema("string")]
FlagField = Annotated[bool, parsed_by(_parse_flag), _schema("boolean")]
SeveritiesField = Annotated[
    frozenset[Severity], parsed_by(_parse_severities), _schema("string", pattern=f"^[{''.join(_SEVERITIES)}]+$")
]
NumberField = Annotated[int, parsed_by(_loosely(loose_integer, check_integer)), _schema("integer")]
SubstringField = Annotated[str, parsed_by(_text(LONGEST_MESSAGE, blank=False)), _schema("string")]
TagFiltersField = Annotated[
    tuple[TagFilter, ...], parsed_by(_parse_tag_filters), _schema("array", items={"type": "string"})
]
TagOperatorField = Annotated[bool, parsed_by(_parse_tag_operator), _schema("string", enum=["or", "and"])]
