"""Reading bodies: JSON of exactly the types that its schema names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from milepost.domain.errors import Invalid
from milepost.operations.operation import Body, Json
from milepost.wire.full_schema import full_schema
from milepost.wire.reading import Input, read_input, read_json
from milepost.wire.shape import shape_problems

M = TypeVar("M", bound=Input)


def body_of(
    name: str,
    model: type[M],
    examples: Callable[[], Mapping[str, Json]],
    *,
    clearable: frozenset[str] | None = None,
) -> Body[M]:
    """The body that `model` describes; null is among the values of `clearable` fields, by default of those that may be left out."""
    return Body(
        name=name,
        read=lambda value: read_strictly(model, value, clearable),
        schema=lambda: full_schema(model, clearable),
        examples=examples,
    )


def read_strictly(model: type[M], value: object, clearable: frozenset[str] | None = None) -> M:
    """`value` as `model`; raises `Invalid` with every problem that was found."""
    if problems := list(shape_problems(value, full_schema(model, clearable))):
        raise Invalid(problems)
    return read_input(model, value)


def parsed_body(body: bytes) -> object:
    """The JSON that came; raises `Invalid` saying why it is none."""
    if not body:
        raise Invalid.of("", "the body is empty; send a JSON object")
    try:
        return read_json(body)
    except ValueError as error:
        raise Invalid.of("", f"the body is no JSON: {error}") from None
