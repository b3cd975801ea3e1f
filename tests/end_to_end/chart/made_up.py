"""Events and measurements for pictures, the same in every run."""

from __future__ import annotations

import math
import random
from typing import Any, Final

from milepost.domain.instant import HOUR, MINUTE, Instant, format_instant, parse_instant

END: Final = parse_instant("2026-01-15T15:00:00Z", "end")
START: Final = Instant(END - 24 * HOUR)
POINTS: Final = 1_000
Json = dict[str, Any]


def text_of(milliseconds: float) -> str:
    return format_instant(Instant(round(milliseconds)))


def event(sid: str, kind: str, hours: float, until: float | None = None, **fields: Any) -> Json:
    """An event so many hours into the window."""
    start, end = START + hours * HOUR, None if until is None else START + until * HOUR
    ended = None if end is None else text_of(end)
    return {"sid": sid, "type": kind, "name": sid, "startedAt": text_of(start), "endedAt": ended, **fields}


def few() -> list[Json]:
    """Each kind of thing that may lie on a timeline."""
    return [
        event("deploy", "deployment", 16.7, source="github_actions", description="The new pool"),
        event("slow", "incident", 17.5, 19, source="pager", bucketSids=["checkout"]),
        event("pool", "config_change", 12),
        event("more", "scale", 9),
        event("load test", "custom", 3, 5),
        *(event(f"v2.3.{number}", "deployment", 6 + number / 20) for number in range(3)),
        event("ongoing", "incident", 22.5),
        event("freeze", "custom", -5, 1.5),
    ]


def many(count: int) -> list[Json]:
    """A month of a large company in a day."""
    chosen = random.Random(1)
    kinds = ["deployment"] * 6 + ["scale"] * 3 + ["config_change"] * 2 + ["custom", "incident"]
    made: list[Json] = []
    for number in range(count):
        hours = chosen.random() * 24
        until = hours + chosen.random() if number % 9 == 0 else None
        made.append(event(f"evt_{number:027}", chosen.choice(kinds), hours, until))
    return made


def charts() -> Json:
    """A day with a bad hour in it."""
    noise = random.Random(2)
    bad = [700 < point < 760 for point in range(POINTS)]
    waves = [220 + 90 * math.sin(point / 90) + noise.random() * 12 for point in range(POINTS)]
    failed = [40.0 if one else noise.random() for one in bad]
    return {
        "startTime": text_of(START),
        "endTime": text_of(END),
        "stepSeconds": (END - START) / (POINTS - 1) / 1_000,
        "connected": True,
        "charts": [
            _chart("throughput", "requests/s", {"2xx": waves, "4xx": [8.0] * POINTS, "5xx": failed}),
            _chart("errorRatio", "ratio", {"errors": [one / 280 for one in failed]}),
            _chart(
                "responseTime",
                "seconds",
                {
                    "p50": [0.05 + noise.random() / 100 for _ in bad],
                    "p95": [0.2 + 0.4 * one + noise.random() / 20 for one in bad],
                    "p99": [0.5 + 1.1 * one + noise.random() / 10 for one in bad],
                },
            ),
        ],
    }


def _chart(name: str, unit: str, series: dict[str, list[float]]) -> Json:
    return {"name": name, "title": name, "unit": unit, "series": [{"name": n, "values": v} for n, v in series.items()]}


def data(events: list[Json], *, measured: bool = True) -> Json:
    """What the chart is given."""
    return {
        "start": START,
        "end": END,
        "now": END - 20 * MINUTE,
        "events": events,
        "charts": charts() if measured else None,
    }
