"""What comes back from Prometheus, as values on the grid that was asked for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final, cast

from milepost.domain.charts import Grid, Value
from milepost.domain.instant import SECOND
from milepost.upstreams.failures import not_understood

_REMARK: Final = "PromQL "
"""How what is said of the query begins, and not of the data."""
_STATUS: Final = re.compile(r"([1-5])(?:\d\d|xx)", re.ASCII | re.IGNORECASE)
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Line:
    """One series of an answer."""

    labels: dict[str, str]
    values: list[Value]

    @property
    def status_class(self) -> str:
        """`2xx` and so on, by whichever label holds a status."""
        for text in self.labels.values():
            if found := _STATUS.fullmatch(text):
                return f"{found[1]}xx"
        return OTHER


@dataclass(frozen=True, slots=True)
class Lines:
    """The series of an answer; not `complete` where it says that some of its data couldn't be had."""

    lines: tuple[Line, ...]
    complete: bool


def count_lines(content: object) -> int:
    """How many series there are to read; none in what isn't an answer."""
    try:
        return len(cast("Any", content)["data"]["result"])
    except (KeyError, TypeError, IndexError):
        return 0


def read_lines(content: object, grid: Grid, name: str) -> Lines:
    """Read an answer of the upstream called `name`; raises `Broken`, which says where it is wrong and quotes nothing."""
    try:
        answer = cast("Any", content)
        if answer["data"]["resultType"] != "matrix":
            raise TypeError
        lines = tuple(_line(one, grid) for one in answer["data"]["result"])
        warnings = [str(warning) for warning in answer.get("warnings") or ()]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
        pass
    else:
        return Lines(lines, all(warning.startswith(_REMARK) for warning in warnings))
    raise not_understood(name, "no series of values")


def _line(one: Any, grid: Grid) -> Line:
    values: list[Value] = [None] * grid.points
    start = grid.start / SECOND
    for moment, text in one.get("values", ()):
        place = round((moment - start) / grid.step_seconds)
        number = float(text)
        if 0 <= place < grid.points and math.isfinite(number):
            values[place] = number
    return Line({str(label): str(text) for label, text in one["metric"].items()}, values)
