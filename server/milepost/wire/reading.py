"""Reading JSON input: loose in representation, strict in meaning, with errors that say what to write instead.

What a value may be is asked of the domain's parsing functions; here it is only brought into the form that they take.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar, cast

import orjson
from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError, ValidationInfo
from pydantic.alias_generators import to_camel

from milepost.domain.errors import Invalid, Problem
from milepost.domain.text import on_one_line, shown

SET_BY_MILEPOST = frozenset({"sid", "accountSid", "createdAt", "updatedAt", "createdBy"})
LONGEST_JSON_TEXT = 128 * 1024
"""Characters of a list or object that came as text; more than any that is taken has."""


class Input(BaseModel):
    """A body or a set of parameters, in camel case on the wire.

    Built on first use, so that what a process is never asked costs it no start-up time. One whose names on the wire are
    those here has `alias_generator=None` in its configuration.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True, alias_generator=to_camel, frozen=True)

    @classmethod
    def wire_name(cls, name: str) -> str:
        """What a field is called on the wire."""
        return to_camel(name) if cls.model_config.get("alias_generator") else name


_MOST_DIGITS = 1_000
_INTEGER = re.compile(r"\s*[+-]?\d{1,20}\s*", re.ASCII)
M = TypeVar("M", bound=Input)
Parse = Callable[[Any, str], object]


class _Refused(ValueError):
    """Carries the domain's problems through pydantic, so that every field is looked at before anything is complained of."""

    def __init__(self, invalid: Invalid) -> None:
        self.problems = invalid.problems
        super().__init__(str(invalid))


def parsed_by(parse: Parse) -> PlainValidator:
    """Marks a field as read by `parse`, which gets the value and the field's name on the wire and may raise `Invalid`."""

    def validate(value: object, info: ValidationInfo[Callable[[str], str]]) -> object:
        try:
            return parse(value, info.context(info.field_name or ""))
        except Invalid as invalid:
            raise _Refused(invalid) from None

    return PlainValidator(validate)


def read_input(model: type[M], data: object) -> M:
    """Read a JSON object as `model`; raises `Invalid` with every problem that was found."""
    if not isinstance(data, dict):
        raise Invalid.of("", f"{shown(data)} is not a JSON object")
    try:
        return model.model_validate(data, context=model.wire_name)
    except ValidationError as error:
        problems = [problem for item in error.errors(include_url=False) for problem in _problems(item, model)]
        raise Invalid(problems) from None


def loose_integer(value: object) -> object:
    """`"5"` and `5.0` are 5."""
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def loose_boolean(value: object) -> object:
    """`"true"` is true."""
    return {"true": True, "false": False}.get(value.strip().lower(), value) if isinstance(value, str) else value


def loose_object(value: object) -> object:
    """The JSON text of an object is that object."""
    return _from_text(value, "{", dict)


def loose_list(value: object) -> list[object]:
    """The JSON text of a list is that list, and anything else than a list is a list of one."""
    found = _from_text(value, "[", list)
    return list(cast("list[object]", found)) if isinstance(found, list | tuple) else [found]


def read_json(text: str | bytes) -> object:
    """The value that a JSON text (RFC 8259) stands for; raises `ValueError` saying why where it is none.

    Of the standard library, not orjson: that one makes floats of integers beyond 64 bits, which the domain refuses. NaN,
    infinities and a key that comes twice in one object are refused here, since the domain wouldn't see them.
    """
    try:
        return _DECODER.decode(text if isinstance(text, str) else text.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("nested too deep") from None
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None


def read_own_json(line: bytes) -> object:
    """The same value, in a fifth of the time for a line that is written as Milepost writes JSON.

    What orjson reads and would write just so, letter by letter, means the same to both: it holds each key once, no number
    beyond 64 bits and nothing that JSON doesn't have.
    """
    try:
        value = orjson.loads(line)
        if orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE) == line:
            return value
    except (ValueError, TypeError):  # a TypeError where it is nested deeper than orjson writes
        pass
    return read_json(line)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen = set[str]()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ValueError(f"the key {shown(twice)} comes twice")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number of JSON's")


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number has {len(digits):,} digits")
    return int(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant, parse_int=_integer)


def _from_text(value: object, opening: str, kind: type) -> object:
    if not isinstance(value, str) or len(value) > LONGEST_JSON_TEXT or not value.lstrip().startswith(opening):
        return value
    try:
        found = read_json(value)
    except ValueError:
        return value
    return found if isinstance(found, kind) else value


def _problems(item: Any, model: type[Input]) -> tuple[Problem, ...]:
    """Pydantic's account of one field, in our words."""
    field = on_one_line(".".join(map(str, item["loc"])))
    match item["type"]:
        case "value_error":
            return cast("_Refused", item["ctx"]["error"]).problems
        case "missing":
            return (Problem(field, _how_to_write(field, model)),)
        case "extra_forbidden" if field in SET_BY_MILEPOST:
            return (Problem(field, "Milepost sets it; leave it out"),)
        case "extra_forbidden":
            return (Problem(field, _unknown(field, model)),)
        case _:
            return (Problem(field, f"{shown(item['input'])} is not taken here"),)


def _how_to_write(field: str, model: type[Input]) -> str:
    info = next(info for name, info in model.model_fields.items() if model.wire_name(name) == field)
    if isinstance(info.annotation, type) and issubclass(info.annotation, Enum):
        return f"it is missing; write one of {', '.join(item.value for item in info.annotation)}"
    return f"it is missing; write one such as {shown(info.examples[0])}" if info.examples else "it is missing"


def _unknown(field: str, model: type[Input]) -> str:
    from difflib import get_close_matches

    known = [model.wire_name(name) for name in model.model_fields]
    folded = {name.replace("_", "").lower(): name for name in known}
    close = get_close_matches(field.replace("_", "").lower(), folded, n=1, cutoff=0.75)
    guess = f"did you mean {folded[close[0]]}? " if close else ""
    return f"there is no such field; {guess}Known: {', '.join(known)}"
