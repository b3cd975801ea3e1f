"""The promise of finding, told as plainly as it can be: look at every event, keep what meets every filter, sort."""

from collections.abc import Iterable
from functools import cache

from milepost.domain.caller import Caller
from milepost.domain.event import Event, EventType
from milepost.domain.instant import Instant, When
from milepost.domain.query import EventSearch, Position
from milepost.domain.tags import TagFilter
from milepost.domain.text import fold

folded = cache(fold)


def meeting(events: Iterable[Event], search: EventSearch, now: Instant) -> list[Event]:
    """Every event that meets every filter, whoever asks."""
    return [event for event in events if _meets(event, search, now)]


def found_by(
    events: Iterable[Event], caller: Caller, search: EventSearch, now: Instant, after: Position | None = None
) -> list[Event]:
    """Every event that the search finds, newest first; what follows `after`, where that is given."""
    found = [
        event
        for event in meeting(events, search, now)
        if event.account_sid == caller.account_sid
        and caller.restriction.sees(event.scope)
        and (after is None or order(event) < (after.started_at, after.sid.encode()))
    ]
    return sorted(found, key=order, reverse=True)


def order(event: Event) -> tuple[int, bytes]:
    """What events are sorted by."""
    return event.started_at, event.sid.encode()


def _meets(event: Event, search: EventSearch, now: Instant) -> bool:
    return all(
        (
            not search.types or event.type in search.types,
            _touches(event, _moment(search.start, now), _moment(search.end, now)),
            search.bucket is None or search.bucket in event.scope.buckets or event.scope.buckets == ("*",),
            search.environment is None
            or search.environment in event.scope.environments
            or event.scope.environments == ("*",),
            search.ongoing is None or search.ongoing == (event.type is EventType.INCIDENT and event.ended_at is None),
            search.source is None or search.source == event.source,
            not search.severities or event.severity in search.severities,
            search.check_id is None or (event.check is not None and event.check.id == search.check_id),
            search.dedup_key is None or search.dedup_key == event.dedup_key,
            search.message is None or _says(event, folded(search.message)),
            _bears(event, search),
            not any(_has_tag(event, tag) for tag in search.exclude_tags),
        )
    )


def _moment(when: When | None, now: Instant) -> int | None:
    return None if when is None else when.at(now)


def _touches(event: Event, start: int | None, end: int | None) -> bool:
    if end is not None and event.started_at > end:
        return False
    if start is None or event.started_at >= start:
        return True
    if event.ended_at is None:
        return event.type is EventType.INCIDENT
    return event.ended_at >= start


def _says(event: Event, message: str) -> bool:
    return message in folded(event.name) or (event.description is not None and message in folded(event.description))


def _bears(event: Event, search: EventSearch) -> bool:
    if not search.include_tags:
        return True
    matches = [_has_tag(event, tag) for tag in search.include_tags]
    return all(matches) if search.include_all_tags else any(matches)


def _has_tag(event: Event, tag: TagFilter) -> bool:
    return any(
        (tag.key is None or tag.key == key) and (not tag.values or any(value in tag.values for value in values))
        for key, values in (event.tags or {}).items()
    )
