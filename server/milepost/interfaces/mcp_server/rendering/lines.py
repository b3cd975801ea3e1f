"""Events as text, one line each: time, type, name, scope when narrow, end or `ongoing`, source, short metadata, sid."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import orjson

from milepost.domain.event import Check, Event
from milepost.domain.instant import Instant
from milepost.domain.scope import ALL, EVERYWHERE, Scope, SidTuple
from milepost.domain.tags import Tags
from milepost.domain.text import JsonObject, JsonValue
from milepost.interfaces.mcp_server.rendering.moments import shown_moment
from milepost.interfaces.mcp_server.rendering.safe_text import quoted, word

METADATA_CHARACTERS: Final = 48
"""What metadata may take of a line in a list; entries that don't fit are counted, never cut."""
SCOPE_SIDS: Final = 4
"""SIDs of a scope that a line names; the rest is counted."""


def event_line(event: Event, *, metadata: bool = True) -> str:
    """One event on one line, whatever it holds."""
    parts = [short_time(event.started_at), event.type, quoted(event.name)]
    if event.scope != ALL:
        parts.append(scope_text(event.scope))
    if event.ended_at is not None:
        parts.append(f"until {short_time(event.ended_at)}")
    elif event.ongoing:
        parts.append("ongoing")
    if event.source:
        parts.append(f"({word(event.source)})")
    if event.metadata and metadata:
        parts.append(_short_metadata(event.metadata))
    parts.append(event.sid)
    return " ".join(parts)


def event_lines(event: Event) -> str:
    """One event with all that is known of it: its line, then one line for each thing that has no place there."""
    details = {
        "description": quoted(event.description) if event.description else None,
        "metadata": _json(event.metadata) if event.metadata else None,
        "severity": event.severity.value if event.severity else None,
        "tags": tags_text(event.tags) if event.tags else None,
        "check": _check(event.check) if event.check else None,
        "dedupKey": word(event.dedup_key) if event.dedup_key else None,
    }
    return "\n".join(
        [event_line(event, metadata=False), *(f"  {name}: {text}" for name, text in details.items() if text)]
    )


def short_time(instant: Instant) -> str:
    """`2024-01-15T14:30:00Z`: the second in which it was. Structured content has the milliseconds."""
    return f"{shown_moment(instant)[:19]}Z"


def scope_text(scope: Scope) -> str:
    """`[buckets a, b; environments c]`, empty for everywhere."""
    parts = [
        f"{kind} {_sids(sids)}"
        for kind, sids in (("buckets", scope.buckets), ("environments", scope.environments))
        if sids != EVERYWHERE
    ]
    return f"[{'; '.join(parts)}]" if parts else ""


def tags_text(tags: Tags) -> str:
    """`key~value;value`, the way in which tags are filtered, separated by blanks."""
    return " ".join(_tag(f"{key}~{';'.join(values)}", (key, *values)) for key, values in tags.items())


def _tag(text: str, names: Iterable[str]) -> str:
    return text if all(word(name) == name for name in names) else quoted(text)


def _sids(sids: SidTuple) -> str:
    more = len(sids) - SCOPE_SIDS
    return ", ".join(map(word, sids[:SCOPE_SIDS])) + (f" +{more} more" if more > 0 else "")


def _short_metadata(metadata: JsonObject) -> str:
    """Whole entries as far as they fit, `key=value`."""
    shown: list[str] = []
    room = METADATA_CHARACTERS
    for key, value in metadata.items():
        # Nothing so long can fit: not worth making it safe first.
        if len(key) >= room or (isinstance(value, str) and len(value) >= room):
            continue
        entry = f"{word(key)}={_value(value)}"
        if len(entry) <= room:
            shown.append(entry)
            room -= len(entry) + 1
    if more := len(metadata) - len(shown):
        shown.append(f"+{more} more" if shown else f"{more} entries")
    return f"{{{' '.join(shown)}}}"


def _value(value: JsonValue) -> str:
    return word(value) if isinstance(value, str) else _json(value)


def _json(value: JsonValue) -> str:
    """JSON on one line in which nothing invisible is left."""
    text = orjson.dumps(value).decode()
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _json_escape(char) for char in text)


def _json_escape(char: str) -> str:
    """A character as JSON writes it in ASCII."""
    return "".join(f"\\u{unit:04x}" for unit in _units(char))


def _units(char: str) -> Iterable[int]:
    raw = char.encode("utf-16-be")
    return (int.from_bytes(raw[index : index + 2], "big") for index in range(0, len(raw), 2))


def _check(check: Check) -> str:
    names = (("symbol", check.symbol), ("descriptor", check.descriptor))
    return " ".join([str(check.id), *(f"{name}={word(text)}" for name, text in names if text)])
