"""What an event is found by in this database: what it is found by everywhere, and one kind more."""

from __future__ import annotations

from milepost.domain.event import Event
from milepost.stores.timeline.terms import Term, TermKind
from milepost.stores.timeline.terms import terms_of as terms_everywhere


def terms_of(event: Event) -> set[Term]:
    """Every term of the event."""
    found = terms_everywhere(event)
    found.update((TermKind.SEVERAL, key) for key, values in (event.tags or {}).items() if len(values) > 1)
    return found
