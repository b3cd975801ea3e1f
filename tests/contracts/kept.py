"""What a source makes of the events that are put there."""

from dataclasses import dataclass

from milepost.domain.event import Event


@dataclass(frozen=True)
class Kept:
    """An event of a source: as it is shown, and as it is found by. A source may find by what it doesn't show, such as tags."""

    shown: Event
    found_by: Event
