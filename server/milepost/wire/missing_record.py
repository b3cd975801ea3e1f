"""Sources that gave nothing to a page, as JSON."""

from __future__ import annotations

from collections.abc import Iterable

from milepost.domain.query import Missing


def warnings_record(missing: Iterable[Missing]) -> dict[str, list[dict[str, str]]]:
    """`{"warnings": [{"source", "message"}, …]}`, to be put beside the records; empty where nothing is missing."""
    warnings = [{"source": one.source, "message": one.reason} for one in missing]
    return {"warnings": warnings} if warnings else {}
