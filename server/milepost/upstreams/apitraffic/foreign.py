"""JSON that somebody else wrote, made into what the domain takes: nothing is refused that can be shown somehow."""

from __future__ import annotations

from math import isfinite
from typing import Final, cast

from milepost.domain.errors import Invalid
from milepost.domain.text import LARGEST_INTEGER, SMALLEST_INTEGER, JsonObject, JsonValue, without_refused

DEEPEST: Final = 64
"""Levels of nesting; an event of ours has at most 8."""


def foreign_text(value: object, field: str) -> str:
    """Text of any length, characters that are refused everywhere replaced; raises `Invalid` for what is none."""
    if not isinstance(value, str):
        raise Invalid.of(field, "it is no text")
    return without_refused(value)


def foreign_object(value: object, field: str) -> JsonObject:
    """An object of any size; raises `Invalid` for what is none or is nested more than `DEEPEST`."""
    if not isinstance(value, dict):
        raise Invalid.of(field, "it is no object")
    return cast("JsonObject", _value(cast("object", value), field, DEEPEST))


def _value(value: object, field: str, levels: int) -> JsonValue:
    """Numbers that 64 bits don't hold become text."""
    match value:
        case str():
            return without_refused(value)
        case bool() | None:
            return value
        case int():
            return value if SMALLEST_INTEGER <= value <= LARGEST_INTEGER else str(value)
        case float():
            return value if isfinite(value) else str(value)
        case list() | dict() if levels:
            return _container(cast("list[object] | dict[str, object]", value), field, levels - 1)
        case _:
            raise Invalid.of(field, "it is nested too deep")


def _container(value: list[object] | dict[str, object], field: str, levels: int) -> JsonValue:
    if isinstance(value, list):
        return [_value(item, field, levels) for item in value]
    return {without_refused(key): _value(item, field, levels) for key, item in value.items()}
