"""What an event can be found by: its terms, each a kind and a text.

A filter of a query is a choice of terms too; so a new filter is a new kind here and a line in query/filters.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from enum import IntEnum

from milepost.domain.event import Event
from milepost.domain.instant import MINUTE, Instant

Term = tuple[int, str]
"""Kind and value."""


class TermKind(IntEnum):
    """The kinds, by the numbers under which they are stored."""

    TYPE = 1
    BUCKET = 2
    ENVIRONMENT = 3
    SOURCE = 4
    SEVERITY = 5
    CHECK = 6
    TAG_KEY = 7
    TAG_VALUE = 8
    TAG = 9
    DURATION = 10
    ONGOING = 11
    SEVERAL = 12
    """Tag keys with several values: two values of a key that never come together are then not looked for everywhere."""


SHORTEST_CLASS = MINUTE
CLASS_RATIO = 4
CLASSES = 18
"""Duration classes: up to a minute, four minutes, sixteen, …; the last holds whatever is longer (32,000 years: all)."""

ONGOING: Term = (TermKind.ONGOING, "")


def terms_of(event: Event) -> set[Term]:
    """Every term of the event."""
    found: set[Term] = {(TermKind.TYPE, event.type.value)}
    found.update((TermKind.BUCKET, sid) for sid in event.scope.buckets)
    found.update((TermKind.ENVIRONMENT, sid) for sid in event.scope.environments)
    if event.source is not None:
        found.add((TermKind.SOURCE, event.source))
    if event.severity is not None:
        found.add((TermKind.SEVERITY, event.severity.value))
    if event.check is not None:
        found.add((TermKind.CHECK, str(event.check.id)))
    if event.tags:
        found.update(_tag_terms(event))
    if (term := _span_term(event)) is not None:
        found.add(term)
    return found


def tag_term(key: str, value: str) -> Term:
    """The term of one value under one key; neither holds a tilde."""
    return (TermKind.TAG, f"{key}~{value}")


def keys_with_several(wanted: Iterable[tuple[str | None, Collection[str]]]) -> set[str]:
    """The keys of which an event needs several values to have, for each key, one of the values named with it."""
    first: dict[str, set[str]] = {}
    return {
        key
        for key, values in wanted
        if key is not None and values and first.setdefault(key, set(values)).isdisjoint(values)
    }


def duration_class(milliseconds: int) -> int:
    """The class of a span that takes that long; it is longer than none of its class's `longest_span`."""
    number, limit = 0, SHORTEST_CLASS
    while milliseconds > limit and number < CLASSES - 1:
        number, limit = number + 1, limit * CLASS_RATIO
    return number


def longest_span(number: int) -> int:
    """The longest span in a duration class, in milliseconds."""
    return SHORTEST_CLASS * CLASS_RATIO**number


def span_terms(start: Instant) -> Iterator[tuple[Term, int | None]]:
    """The terms of events that may have begun before `start` and touch it, each with the earliest such beginning."""
    yield ONGOING, None
    for number in range(CLASSES):
        yield (TermKind.DURATION, str(number)), start - longest_span(number)


def _tag_terms(event: Event) -> Iterator[Term]:
    for key, values in (event.tags or {}).items():
        yield (TermKind.TAG_KEY, key)
        if len(values) > 1:
            yield (TermKind.SEVERAL, key)
        for value in values:
            yield (TermKind.TAG_VALUE, value)
            yield tag_term(key, value)


def _span_term(event: Event) -> Term | None:
    """Points have none: they touch nothing after their moment."""
    if event.ongoing:
        return ONGOING
    if event.ended_at is None or event.ended_at == event.started_at:
        return None
    return (TermKind.DURATION, str(duration_class(event.ended_at - event.started_at)))
