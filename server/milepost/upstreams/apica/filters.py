"""Our filters as Apica's parameters ("URL Parameters" of its events API)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from milepost.domain.event import EventType, Severity
from milepost.domain.instant import SECOND
from milepost.domain.query import EventQuery
from milepost.domain.tags import format_tag_filter
from milepost.upstreams.apica.message import certain_part
from milepost.upstreams.apica.window import FIRST_SECOND, LAST_SECOND, Window

Parameters = tuple[tuple[str, str], ...]

SEVERITIES: Final = {
    EventType.INCIDENT: frozenset({Severity.WARNING, Severity.ERROR, Severity.FATAL}),
    EventType.CUSTOM: frozenset({Severity.INFORMATION}),
}
"""What type an event is, told by its severity."""


def filter_parameters(query: EventQuery) -> Parameters | None:
    """The filters that Apica knows, each as wide as ours at least; None where no event of Apica's can meet the query.

    Tag filters are Apica's alone to apply, since its events come without tags. Its `include_tag_op` is sent only where
    there are several filters to join: each of them still takes any of its own values.
    """
    severities = _severities(query)
    if query.ongoing or query.source is not None or query.dedup_key is not None or not severities:
        return None
    return tuple(_parameters(query, severities))


def window_parameters(window: Window) -> Parameters:
    """Both ends in milliseconds, to the last of the last second; no parameter for an end that is open."""
    first, last = window.first, window.last
    return (
        *([("milliseconds_utc_from", str(first * SECOND))] if first > FIRST_SECOND else []),
        *([("milliseconds_utc_to", str(last * SECOND + SECOND - 1))] if last < LAST_SECOND else []),
    )


def _parameters(query: EventQuery, severities: frozenset[Severity]) -> Iterator[tuple[str, str]]:
    if query.message is not None and (part := certain_part(query.message)) is not None:
        yield "message", part
    if len(severities) < len(Severity):
        yield "severity", "".join(one for one in Severity if one in severities)
    if query.check_id is not None:
        yield "check_id", str(query.check_id)
    for one in query.include_tags:
        yield "include_tag", format_tag_filter(one)
    for one in query.exclude_tags:
        yield "exclude_tag", format_tag_filter(one)
    if len(query.include_tags) > 1:
        yield "include_tag_op", "and" if query.include_all_tags else "or"


def _severities(query: EventQuery) -> frozenset[Severity]:
    of_types = [SEVERITIES.get(one, frozenset[Severity]()) for one in query.types or SEVERITIES]
    severities = frozenset[Severity]().union(*of_types) - query.exclude_severities
    return severities & query.severities if query.severities else severities
