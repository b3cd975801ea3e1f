"""How a figure is taken and shown."""

import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of `values` does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def p50(values: Sequence[float]) -> float:
    return statistics.median(values)


def show(what: str, ours: float, theirs: float, unit: str, *, target: float | None = None) -> bool:
    """Print one line with the ratio of `ours` to `theirs`; False when there is a target and it was missed."""
    ratio = ours / theirs
    kept = target is None or ratio <= target
    aim = "" if target is None else f"   target ≤ {target:g}: {'kept' if kept else 'MISSED'}"
    print(f"{what:<62} {ours:>10,.2f} / {theirs:>10,.2f} {unit:<5} = {ratio:6.2f}{aim}", flush=True)
    return kept
