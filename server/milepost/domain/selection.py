"""Which of all metrics are meant: those with certain labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod


@dataclass(frozen=True, slots=True)
class Matcher:
    """Metrics whose label has any of these values."""

    label: str
    values: tuple[str, ...]


Selection = tuple[Matcher, ...]
"""Metrics that meet all of them; none means every metric."""


def selection_of(label_sets: Iterable[Mapping[str, str]]) -> Selection | None:
    """The metrics that have all labels of one of the sets; None where matchers alone can't say exactly that.

    They can where the sets are every combination of some values of the same labels.
    """
    alone = _widest([dict(labels) for labels in label_sets])
    names = sorted(set[str]().union(*alone))
    if any(labels.keys() != set(names) for labels in alone):
        return None
    matchers = tuple(Matcher(name, tuple(sorted({labels[name] for labels in alone}))) for name in names)
    return matchers if prod(len(matcher.values) for matcher in matchers) == len(alone) else None


def _widest(label_sets: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Each set once, without those whose metrics all belong to a wider one."""
    kept: list[dict[str, str]] = []
    for labels in label_sets:
        if labels not in kept and not any(other.items() < labels.items() for other in label_sets):
            kept.append(labels)
    return kept
