"""The addresses of what can be read and subscribed to."""

from __future__ import annotations

from typing import Final

TIMELINE: Final = "milepost://timeline"
EVENT_TEMPLATE: Final = "milepost://events/{sid}"
_EVENT_PREFIX = EVENT_TEMPLATE.removesuffix("{sid}")


def event_uri(event_sid: str) -> str:
    """The address of one event."""
    return _EVENT_PREFIX + event_sid


def event_sid_of(uri: str) -> str | None:
    """The event that an address names, or None if it is another kind of address."""
    return uri.removeprefix(_EVENT_PREFIX) if uri.startswith(_EVENT_PREFIX) else None
