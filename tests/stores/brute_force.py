"""What a query means, said a second time: one event at a time, by the words of `EventQuery`."""

from collections.abc import Iterable

from milepost.domain.event import Event
from milepost.domain.query import EventPage, EventQuery
from milepost.domain.tags import TagFilter, TagId
from milepost.domain.text import fold

TagNumbers = dict[tuple[str, int], str]
"""The names that tag ids stand for, by part and number."""


def find(events: Iterable[Event], query: EventQuery, numbers: TagNumbers) -> EventPage:
    """The page that a store should answer."""
    found = sorted(
        (event for event in events if meets(event, query, numbers)),
        key=lambda event: (event.started_at, event.sid.encode()),
        reverse=True,
    )
    return EventPage.cut(found, query.limit)


def meets(event: Event, query: EventQuery, numbers: TagNumbers) -> bool:
    """Whether the event meets every filter."""
    return all(
        (
            not query.types or event.type in query.types,
            not query.severities or event.severity in query.severities,
            event.severity not in query.exclude_severities,
            query.source is None or event.source == query.source,
            query.dedup_key is None or event.dedup_key == query.dedup_key,
            query.check_id is None or (event.check is not None and event.check.id == query.check_id),
            query.ongoing is None or event.ongoing == query.ongoing,
            query.bucket_sid is None or applies(event.scope.buckets, query.bucket_sid),
            query.environment_sid is None or applies(event.scope.environments, query.environment_sid),
            query.reach.sees(event.scope),
            touches(event, query),
            mentions(event, query.message),
            not query.include_tags or _included(event, query, numbers),
            not any(tagged(event, one, numbers) for one in query.exclude_tags),
            query.after is None or (event.started_at, event.sid) < (query.after.started_at, query.after.sid),
        )
    )


def applies(sids: tuple[str, ...], sid: str) -> bool:
    return sids == ("*",) or sid in sids


def touches(event: Event, query: EventQuery) -> bool:
    if query.end is not None and event.started_at > query.end:
        return False
    if query.starts_only and query.start is not None:
        return event.started_at >= query.start
    if query.start is None or event.ongoing:
        return True
    last = event.started_at if event.ended_at is None else event.ended_at
    return last >= query.start


def mentions(event: Event, message: str | None) -> bool:
    return message is None or message in fold(event.name) or message in fold(event.description or "")


def tagged(event: Event, one: TagFilter, numbers: TagNumbers) -> bool:
    """Whether the filter matches the event's tags; an id that stands for nothing matches nothing."""
    tags = event.tags or {}
    if one.key is None:
        keys = set(tags)
    else:
        key = numbers.get(("key", one.key.number)) if isinstance(one.key, TagId) else one.key
        keys = {key} & set(tags) if key is not None else set[str]()
    if not one.values:
        return bool(keys)
    names = {numbers.get(("value", value.number)) if isinstance(value, TagId) else value for value in one.values}
    return any(value in names for key in keys for value in tags[key])


def _included(event: Event, query: EventQuery, numbers: TagNumbers) -> bool:
    matches = [tagged(event, one, numbers) for one in query.include_tags]
    return all(matches) if query.include_all_tags else any(matches)
