"""JSON schemas of inputs, flat enough for any client: no `$ref`, no `anyOf` but for null, no titles, nothing but what is told."""

from __future__ import annotations

from functools import cache
from typing import Any

from milepost.wire.reading import Input

Schema = dict[str, Any]

_TOLD = ("description", "examples")


@cache
def input_schema(model: type[Input], *, nullable: frozenset[str] = frozenset()) -> Schema:
    """The schema of a body or of parameters. Null is among the values of the `nullable` fields."""
    schema = model.model_json_schema(by_alias=True)
    required = schema.get("required", [])
    properties = {name: _flat(field, nullable=name in nullable) for name, field in schema["properties"].items()}
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _flat(field: Schema, *, nullable: bool) -> Schema:
    """One field's schema, with its alternative to null folded into it."""
    alternatives: list[Schema] = field.get("anyOf", [])
    kind = next((item for item in alternatives if item.get("type") != "null"), Schema())
    flat: Schema = {**kind, **{key: value for key, value in field.items() if key not in ("anyOf", "title")}}
    if flat.get("default", ...) is None:
        del flat["default"]
    return _nullable(flat) if nullable else flat


def _nullable(field: Schema) -> Schema:
    """Null beside it, as an alternative: not every client understands several types in one place."""
    told = {key: field.pop(key) for key in _TOLD if key in field}
    return {"anyOf": [field, {"type": "null"}], **told}
