"""Whether an event meets a query, for readers whose source can't be asked exactly that.

Tag ids are known to the store that minted them alone: a filter that names one by id is refused (`refuse_tag_ids`).
"""

from __future__ import annotations

from milepost.domain.errors import Invalid
from milepost.domain.event import Event
from milepost.domain.query import EventQuery
from milepost.domain.scope import EVERYWHERE, SidTuple
from milepost.domain.tags import TagFilter, TagId
from milepost.domain.text import fold


def meets(event: Event, query: EventQuery) -> bool:
    """Whether the event meets every filter of the query, its reach and its cursor."""
    return (
        _follows(event, query)
        and touches(event, query)
        and query.reach.sees(event.scope)
        and _applies(event.scope.buckets, query.bucket_sid)
        and _applies(event.scope.environments, query.environment_sid)
        and _equals(event, query)
        and _bears(event, query)
        and _mentions(event, query.message)
    )


def touches(event: Event, query: EventQuery) -> bool:
    """Whether the event's span touches the query's window."""
    if query.end is not None and event.started_at > query.end:
        return False
    if query.start is None or event.started_at >= query.start:
        return True
    if query.starts_only:
        return False
    return event.ongoing if event.ended_at is None else event.ended_at >= query.start


def refuse_tag_ids(query: EventQuery, source: str) -> None:
    """Raises `Invalid` where a tag filter names an id; `source` numbers no tags."""
    for field, filters in (("includeTag", query.include_tags), ("excludeTag", query.exclude_tags)):
        for one in filters:
            if any(isinstance(name, TagId) for name in (one.key, *one.values)):
                raise Invalid.of(field, f"{source} knows no tag ids; write the names of key and value")


def _follows(event: Event, query: EventQuery) -> bool:
    after = query.after
    return after is None or (event.started_at, event.sid) < (after.started_at, after.sid)


def _applies(sids: SidTuple, sid: str | None) -> bool:
    return sid is None or sids == EVERYWHERE or sid in sids


def _equals(event: Event, query: EventQuery) -> bool:
    return (
        (not query.types or event.type in query.types)
        and (not query.severities or event.severity in query.severities)
        and event.severity not in query.exclude_severities
        and (query.ongoing is None or event.ongoing == query.ongoing)
        and (query.source is None or event.source == query.source)
        and (query.check_id is None or (event.check is not None and event.check.id == query.check_id))
        and (query.dedup_key is None or event.dedup_key == query.dedup_key)
    )


def _bears(event: Event, query: EventQuery) -> bool:
    if any(_has(event, one) for one in query.exclude_tags):
        return False
    if not query.include_tags:
        return True
    matches = (_has(event, one) for one in query.include_tags)
    return all(matches) if query.include_all_tags else any(matches)


def _has(event: Event, one: TagFilter) -> bool:
    tags = event.tags or {}
    keys = tags if one.key is None else [key for key in tags if key == one.key]
    return any(not one.values or not set(one.values).isdisjoint(tags[key]) for key in keys)


def _mentions(event: Event, message: str | None) -> bool:
    return message is None or message in fold(event.name) or message in fold(event.description or "")
