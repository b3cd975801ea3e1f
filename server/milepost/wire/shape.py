"""Whether JSON has the types that a schema names: for doors that are strict in representation as well.

A tool takes `"5"` for 5 and the text of an object for the object, since models write such things. A program doesn't, and
its API's specification should be true of what is refused, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, cast

from milepost.domain.errors import Problem
from milepost.domain.text import member, shown

Schema = dict[str, Any]

_KINDS: Final[dict[str, tuple[Callable[[object], bool], str]]] = {
    "string": (lambda value: isinstance(value, str), "a string"),
    "array": (lambda value: isinstance(value, list), "a list"),
    "object": (lambda value: isinstance(value, dict), "an object"),
    "integer": (lambda value: isinstance(value, int | float) and not isinstance(value, bool), "a whole number"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
}


def shape_problems(value: object, schema: Schema, field: str = "") -> Iterator[Problem]:
    """What of `value` isn't of the type that `schema` names. Null, lengths and unknown names are left to others."""
    if value is None:
        return
    schema = next((item for item in schema.get("anyOf", ()) if item.get("type") != "null"), schema)
    # A list of types is one beside null.
    kinds = cast("list[str]", schema["type"] if isinstance(schema.get("type"), list) else [schema.get("type")])
    fits, what = _KINDS.get(kinds[0], (None, ""))
    if fits is not None and not fits(value):
        yield Problem(field, f"{shown(value)} is not {what}{_such_as(schema)}")
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from shape_problems(item, schema.get("items", {}), f"{field}[{index}]")
    elif isinstance(value, dict):
        yield from _members(cast("dict[str, object]", value), schema, field)


def _members(value: dict[str, object], schema: Schema, field: str) -> Iterator[Problem]:
    properties: Schema = schema.get("properties", {})
    others = schema.get("additionalProperties")
    for key, item in value.items():
        inner = properties.get(key, others if isinstance(others, dict) else None)
        if inner is not None:
            yield from shape_problems(item, cast("Schema", inner), member(field, key) if field else key)


def _such_as(schema: Schema) -> str:
    examples: list[object] = schema.get("examples", [])
    return f"; write one such as {shown(examples[0])}" if examples else ""
