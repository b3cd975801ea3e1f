"""What substrings are looked for in."""

from __future__ import annotations

from milepost.domain.event import Event
from milepost.domain.text import fold


def folded_texts(event: Event) -> tuple[str, str | None]:
    """The event's name and description, folded as what is looked for is."""
    return fold(event.name), None if event.description is None else fold(event.description)
