"""What was searched, in words: for an answer that found nothing and for one that goes on."""

from __future__ import annotations

from collections.abc import Iterable

from milepost.domain.instant import format_instant
from milepost.domain.query import EventQuery, Missing
from milepost.domain.tags import TagFilter, TagId, TagName
from milepost.interfaces.mcp_server.rendering.safe_text import word


def searched(query: EventQuery) -> list[str]:
    """Each filter that was set, as `name value`, moments and places resolved."""
    filters = {
        "type": ", ".join(sorted(query.types)),
        "startTime": format_instant(query.start) if query.start is not None else "",
        "endTime": format_instant(query.end) if query.end is not None else "",
        "bucketSid": _word(query.bucket_sid),
        "environmentSid": _word(query.environment_sid),
        "ongoing": "" if query.ongoing is None else str(query.ongoing).lower(),
        "source": _word(query.source),
        "severity": "".join(sorted(query.severities)),
        "checkId": "" if query.check_id is None else str(query.check_id),
        "dedupKey": _word(query.dedup_key),
        "message": _word(query.message),
        "includeTag": (" and " if query.include_all_tags else " or ").join(map(_filter, query.include_tags)),
        "excludeTag": ", ".join(map(_filter, query.exclude_tags)),
    }
    return [f"{name} {text}" for name, text in filters.items() if text]


def found_nothing(query: EventQuery) -> str:
    """Says what was searched, and what to widen."""
    if query.after is not None:
        return "No more events: this was the last page."
    filters = searched(query)
    reach = "" if query.reach.buckets is None and query.reach.environments is None else " that this token may see"
    if not filters:
        return f"There are no events{reach} yet."
    window = any(name.startswith(("startTime", "endTime")) for name in filters)
    advice = "widen startTime and endTime" if window else "check the spelling"
    others = " or leave out a filter" if len(filters) > 1 or not window else ""
    return f"No events{reach} found. Searched: {'; '.join(filters)}. To find more, {advice}{others}."


def missing_here(missing: Iterable[Missing]) -> list[str]:
    """A line for each source that should have given something and couldn't."""
    return [f"Missing here: {word(one.source)}: {one.reason}" for one in missing]


def _word(text: str | None) -> str:
    return "" if text is None else word(text)


def _filter(tag: TagFilter) -> str:
    values = "~" + ";".join(map(_name, tag.values)) if tag.values else ""
    return word(("" if tag.key is None else _name(tag.key)) + values)


def _name(name: TagName) -> str:
    return f".{name.number}" if isinstance(name, TagId) else name
