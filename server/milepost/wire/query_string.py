"""Reading the parameters of a query string, by the same models as everything else."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from milepost.domain.errors import Invalid, Problem
from milepost.domain.text import on_one_line
from milepost.wire.input_schema import input_schema
from milepost.wire.reading import Input, read_input

MOST_PARAMETERS: Final = 100
M = TypeVar("M", bound=Input)
Pairs = list[tuple[str, str]]

_LOST_PLUS: Final = re.compile(r"(\d\d:\d\d(?:\.\d+)?) (\d\d:\d\d)")
"""A `+` that wasn't written as `%2B` arrives as a blank, and an offset is the only thing that it can have been."""
_TIMES: Final = frozenset({"startTime", "endTime", "timestamp_utc_from", "timestamp_utc_to"})


def parse_query(query: bytes) -> Pairs:
    """The parameters in their order; raises `Invalid` where it is no UTF-8, or there are more than `MOST_PARAMETERS`."""
    if not query:
        return []
    try:
        return parse_qsl(query.decode(), keep_blank_values=True, max_num_fields=MOST_PARAMETERS, errors="strict")
    except UnicodeDecodeError:
        raise Invalid.of("", "the query is not UTF-8; write each byte of it as %XX") from None
    except ValueError:
        raise Invalid.of("", f"the query has more than {MOST_PARAMETERS} parameters") from None


def read_query(model: type[M], pairs: Pairs) -> M:
    """The parameters as `model`; raises `Invalid` with every problem that was found."""
    if not pairs:
        return read_input(model, {})
    data: dict[str, Any] = {}
    repeatable = _repeatable(model)
    twice: list[Problem] = []
    for name, value in pairs:
        if name in repeatable:
            data.setdefault(name, []).append(value)
        elif name in data:
            twice.append(Problem(on_one_line(name), "it came twice; write it once"))
        else:
            data[name] = _LOST_PLUS.sub(r"\1+\2", value) if name in _TIMES else value
    if twice:
        raise Invalid(twice)
    return read_input(model, data)


def refuse_parameters(pairs: Pairs) -> None:
    """Raises `Invalid` if there are any: a parameter that would do nothing is a mistake."""
    if pairs:
        raise Invalid(Problem(on_one_line(name), "nothing here takes parameters; leave it out") for name, _ in pairs)


@cache
def _repeatable(model: type[Input]) -> frozenset[str]:
    properties = input_schema(model)["properties"]
    return frozenset(
        name for name in map(model.wire_name, model.model_fields) if properties[name].get("type") == "array"
    )
