"""Pages of several sources as one: what may be shown of them by now, and where each goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from itertools import islice, takewhile
from typing import Final

from milepost.domain.event import Event
from milepost.domain.instant import EARLIEST
from milepost.domain.query import EventPage, Missing, Position, SourcePosition

OWN: Final = ""
"""The key of the store that the others are laid over."""
END: Final = Position(EARLIEST, "")
"""The place of a source that has given everything: behind every event."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one source gave when asked for what follows `place`; `page` is None where it failed."""

    key: str
    place: Position | None
    page: EventPage | None


def place_of(after: Position | None, key: str) -> Position | None:
    """How far the source of that key was read; None is not at all."""
    if after is None:
        return None
    for one in after.sources:
        if one.source == key:
            return None if one.started_at is None else Position(one.started_at, one.sid)
    return Position(after.started_at, after.sid)


def merged(account_sid: str, parts: Sequence[Part], limit: int, missing: Iterable[Missing]) -> EventPage:
    """One page of all parts, the own one first among them.

    Nothing older is shown than what every source that answered was read up to: it might have something in between.
    """
    pages = [part.page for part in parts if part.page is not None]
    horizon = max((page.following for page in pages if page.following is not None), key=_order, default=None)
    in_order = merge(*(page.events for page in pages), key=_order, reverse=True)
    known = takewhile(lambda event: horizon is None or _order(event) >= _order(horizon), _once(in_order))
    events = list(islice(known, limit + 1))
    reached = Position.of(events[limit - 1]) if len(events) > limit else horizon
    following = None if reached is None else _following(parts, reached)
    own = tuple(replace(event, account_sid=account_sid) for event in events[:limit])
    return EventPage(own, following, tuple(missing))


def _following(parts: Sequence[Part], reached: Position) -> Position:
    """Where each source goes on; that of the own store stands for all that are there too."""
    places = {part.key: _next_place(part, reached) for part in parts}
    own = places.pop(OWN) or reached
    elsewhere = (_source_position(key, place) for key, place in places.items() if place != own)
    return replace(own, sources=tuple(elsewhere))


def _next_place(part: Part, reached: Position) -> Position | None:
    page = part.page
    if page is None:
        return part.place
    if page.following is None and all(_order(event) >= _order(reached) for event in page.events):
        return END
    return reached if part.place is None else min(part.place, reached, key=_order)


def _source_position(key: str, place: Position | None) -> SourcePosition:
    return SourcePosition(key) if place is None else SourcePosition(key, place.started_at, place.sid)


def _once(events: Iterable[Event]) -> Iterable[Event]:
    """Without what another source gave already; it stands right before."""
    last = None
    for event in events:
        if _order(event) != last:
            yield event
        last = _order(event)


def _order(item: Event | Position) -> tuple[int, str]:
    """By moment, then by sid; sids are ASCII, so that letters compare as bytes do."""
    return item.started_at, item.sid
