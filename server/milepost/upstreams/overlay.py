"""One list over a store and upstreams: a merge, newest first, of readers that may be slow or fail.

Every source is asked at once, from where it was read up to. One that fails is named in the page's `missing`, keeps its
place, and goes on from there on a later page if it answers by then: late, but neither lost nor doubled. The own store is
asked like the others, but has to answer. What two sources hold alike, by moment and sid, is one event, unless one of
them gives it late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Final, TypeVar

from milepost.domain.errors import MilepostError, NotFound, Unavailable
from milepost.domain.event import Event
from milepost.domain.matching import refuse_tag_ids
from milepost.domain.ports import EventReader
from milepost.domain.query import LARGEST_LIMIT, EventPage, EventQuery, Missing
from milepost.domain.scope import Restriction
from milepost.upstreams.merging import END, OWN, Part, merged, place_of
from milepost.upstreams.sources import DEADLINE_SECONDS, REST_SECONDS, Source, Sources

COMPLETION_SECONDS: Final = 1.0
"""Whoever types doesn't wait longer."""
T = TypeVar("T")


class OverlaidEvents:
    """Meets `EventReader` over `own` and `sources`; every account sees the events of all sources beside its own."""

    def __init__(
        self,
        own: EventReader,
        sources: Sequence[Source],
        deadline_seconds: float = DEADLINE_SECONDS,
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        self._own = own
        self._sources = Sources(sources, deadline_seconds, rest_seconds)

    async def get(self, account_sid: str, event_sid: str) -> Event:
        """See `EventReader.get`. Raises `Unavailable` where nobody has it, and a source that failed may."""
        try:
            return await self._own.get(account_sid, event_sid)
        except NotFound as error:
            not_found = error
        held, failures = await self._ask_for(account_sid, event_sid)
        if held:
            return held[0][1]
        raise next((failure for failure in failures if isinstance(failure, Unavailable)), not_found)

    async def laid_over(self, account_sid: str, event_sid: str) -> tuple[str, Event] | None:
        """The event, if a source that answers has it, and that source's name."""
        held, _ = await self._ask_for(account_sid, event_sid)
        return held[0] if held else None

    async def _ask_for(self, account_sid: str, event_sid: str) -> tuple[list[tuple[str, Event]], list[MilepostError]]:
        """The event as each source that has it gives it, behind that source's name, and why the others don't."""
        answers = await self._sources.ask(lambda source: source.reader.get(source.account_sid, event_sid))
        named = zip(self._sources, answers, strict=True)
        held = [
            (one.name, replace(answer, account_sid=account_sid)) for one, answer in named if isinstance(answer, Event)
        ]
        return held, [answer for answer in answers if isinstance(answer, MilepostError)]

    async def find(self, account_sid: str, query: EventQuery) -> EventPage:
        """See `EventReader.find`; `missing` names the sources that failed."""

        async def ask(source: Source) -> EventPage:
            refuse_tag_ids(query, source.name)  # they are the own store's, and would mean other tags there
            return await _find(source.reader, source.account_sid, query, source.key)

        own, answers = await self._sources.ask_beside(_find(self._own, account_sid, query, OWN), ask)
        parts = [Part(OWN, place_of(query.after, OWN), own)]
        missing = [*own.missing]
        for source, answer in zip(self._sources, answers, strict=True):
            page = answer if isinstance(answer, EventPage) else None
            parts.append(Part(source.key, place_of(query.after, source.key), page))
            missing += _missing(source, answer)
        return merged(account_sid, parts, query.limit, missing)

    async def sources(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        """See `EventReader.sources`; a source of events that fails has nothing to add."""
        known, answers = await self._sources.ask_beside(
            self._own.sources(account_sid, prefix, limit, reach),
            lambda source: source.reader.sources(source.account_sid, prefix, limit, reach),
            COMPLETION_SECONDS,
        )
        return _first(limit, known, *_given(answers))

    async def sids(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        """See `EventReader.sids`; behind those of the newest events of all, only the own store's are known."""
        newest = EventQuery(reach=reach, limit=LARGEST_LIMIT)
        own, answers = await self._sources.ask_beside(
            self._own.find(account_sid, newest),
            lambda source: source.reader.find(source.account_sid, newest),
            COMPLETION_SECONDS,
        )
        events = chain(own.events, *(page.events for page in _given(answers)))
        in_order = sorted(events, key=lambda event: (event.started_at, event.sid), reverse=True)
        sids = [event.sid for event in in_order if event.sid.startswith(prefix)]
        return _first(limit, sids, await self._own.sids(account_sid, prefix, limit, reach))


def _first(limit: int, *words: Iterable[str]) -> tuple[str, ...]:
    """The first so many of them, each once."""
    return tuple(islice(dict.fromkeys(chain.from_iterable(words)), limit))


def _given(answers: Iterable[T | MilepostError]) -> Iterable[T]:
    return (answer for answer in answers if not isinstance(answer, MilepostError))


def _missing(source: Source, answer: EventPage | MilepostError) -> list[Missing]:
    """The source itself where it failed, or what it says is missing from its page: it may be merged of others in turn."""
    if isinstance(answer, MilepostError):
        return [Missing(source.name, str(answer))]
    return [
        one if one.source == source.name else Missing(source.name, f"{one.source}: {one.reason}")
        for one in answer.missing
    ]


async def _find(reader: EventReader, account_sid: str, query: EventQuery, key: str) -> EventPage:
    place = place_of(query.after, key)
    if place == END:
        return EventPage(())
    return await reader.find(account_sid, replace(query, after=place))
