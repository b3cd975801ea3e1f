"""What Prometheus is asked: templates in PromQL, and what is put in their places."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from milepost.domain.charts import Grid
from milepost.domain.errors import Invalid
from milepost.domain.selection import Matcher, Selection
from milepost.domain.text import shown

SCRAPES_IN_WINDOW: Final = 4
"""A rate needs two samples; of four that are due, one or two may be late or lost."""
_PLACE: Final = re.compile(r"\$(labels|window|quantile)\b", re.ASCII)
_LABEL: Final = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Queries:
    """Templates in PromQL: `$labels` stands for matchers, `$window` for the time that a rate is taken over, `$quantile` for
    a number from 0 to 1. Without `error_ratio` it is made of the throughput.
    """

    throughput: str
    response_time: str
    error_ratio: str | None
    scrape_seconds: float

    def window_seconds(self, grid: Grid) -> int:
        """A step, so that nothing between two points is left out; and long enough for a rate."""
        return max(grid.step_seconds, round(SCRAPES_IN_WINDOW * self.scrape_seconds))

    def written(self, template: str, grid: Grid, selection: Selection, quantile: float = 0.0) -> str:
        """The query; raises `Invalid` for a label that Prometheus can't have."""
        places = {
            "labels": ",".join(map(_matcher, selection)),
            "window": f"{self.window_seconds(grid)}s",
            "quantile": f"{quantile:g}",
        }
        return _PLACE.sub(lambda place: places[place[1]], template)


def _matcher(matcher: Matcher) -> str:
    """`service="checkout"`, or `service=~"cart|checkout"`: a regular expression there has to match the whole value."""
    if not _LABEL.fullmatch(matcher.label):
        raise Invalid.of("", f"{shown(matcher.label)} is no label of a metric; give the place another one")
    if len(matcher.values) == 1:
        return f"{matcher.label}={_quoted(matcher.values[0])}"
    return f"{matcher.label}=~{_quoted('|'.join(map(re.escape, matcher.values)))}"


def _quoted(text: str) -> str:
    """A string of PromQL, which is one of Go: JSON's escapes are all among Go's, but for pairs of surrogates."""
    return json.dumps(text, ensure_ascii=False)
