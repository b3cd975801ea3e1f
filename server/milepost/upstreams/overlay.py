"""One list over a store and upstreams: a merge, newest first, of readers that may be slow or fail.

Every source is asked at once, from where it was read up to, and has a deadline of its own. One that fails is named in
the page's `missing`, keeps its place, and goes on from there on a later page if it answers by then: late, but neither
lost nor doubled. The own store is asked like the others, but has to answer. What two sources hold alike, by moment and
sid, is one event.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import chain, islice
from typing import Final, TypeVar

import anyio

from milepost.domain.errors import MilepostError, NotFound, Unavailable
from milepost.domain.event import Event
from milepost.domain.matching import refuse_tag_ids
from milepost.domain.ports import EventReader
from milepost.domain.query import LARGEST_LIMIT, EventPage, EventQuery, Missing
from milepost.domain.scope import Restriction
from milepost.upstreams.merging import END, OWN, Part, merged, place_of

DEADLINE_SECONDS: Final = 5.0
"""How long a source is waited for, its retries included: a list takes as long as the slowest that answers in time."""
T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """An upstream: what warnings call it, its reader, and the account that it is asked for."""

    name: str
    reader: EventReader
    account_sid: str

    @property
    def key(self) -> str:
        """What cursors call it: short, and the same wherever it stands among the others."""
        return blake2b(self.name.encode(), digest_size=4).hexdigest()


class OverlaidEvents:
    """Meets `EventReader` over `own` and `sources`; every account sees the events of all sources beside its own."""

    def __init__(self, own: EventReader, sources: Sequence[Source], deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._own = own
        self._sources = tuple(sources)
        self._deadline_seconds = deadline_seconds

    async def get(self, account_sid: str, event_sid: str) -> Event:
        """See `EventReader.get`. Raises `Unavailable` where nobody has it, and a source that failed may."""
        try:
            return await self._own.get(account_sid, event_sid)
        except NotFound as error:
            not_found = error
        answers = await self._ask_all(lambda source: source.reader.get(source.account_sid, event_sid))
        for answer in answers:
            if isinstance(answer, Event):
                return replace(answer, account_sid=account_sid)
        raise next((answer for answer in answers if isinstance(answer, Unavailable)), not_found)

    async def laid_over(self, account_sid: str, event_sid: str) -> tuple[str, Event] | None:
        """The event, if a source that answers has it, and that source's name."""
        answers = await self._ask_all(lambda source: source.reader.get(source.account_sid, event_sid))
        for source, answer in zip(self._sources, answers, strict=True):
            if isinstance(answer, Event):
                return source.name, replace(answer, account_sid=account_sid)
        return None

    async def find(self, account_sid: str, query: EventQuery) -> EventPage:
        """See `EventReader.find`; `missing` names the sources that failed."""

        async def ask(source: Source) -> EventPage:
            refuse_tag_ids(query, source.name)  # they are the own store's, and would mean other tags there
            return await _find(source.reader, source.account_sid, query, source.key)

        own, *answers = await self._ask_all(ask, _find(self._own, account_sid, query, OWN))
        if isinstance(own, MilepostError):
            raise own
        keys = [OWN, *(source.key for source in self._sources)]
        parts = [
            Part(key, place_of(query.after, key), answer if isinstance(answer, EventPage) else None)
            for key, answer in zip(keys, [own, *answers], strict=True)
        ]
        absent = (_missing(source, answer) for source, answer in zip(self._sources, answers, strict=True))
        return merged(account_sid, parts, query.limit, [*own.missing, *chain.from_iterable(absent)])

    async def sources(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        """See `EventReader.sources`; a source of events that fails has nothing to add."""
        return await self._complete(
            limit,
            self._own.sources(account_sid, prefix, limit, reach),
            lambda source: source.reader.sources(source.account_sid, prefix, limit, reach),
        )

    async def sids(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        """See `EventReader.sids`; behind those of the newest events, the own store's stand first."""
        newest = await self.find(account_sid, EventQuery(reach=reach, limit=LARGEST_LIMIT))
        sids = tuple(event.sid for event in newest.events if event.sid.startswith(prefix))[:limit]
        if len(sids) == limit or not newest.has_more:
            return sids
        others = await self._complete(
            limit,
            self._own.sids(account_sid, prefix, limit, reach),
            lambda source: source.reader.sids(source.account_sid, prefix, limit, reach),
        )
        return tuple(dict.fromkeys((*sids, *others)))[:limit]

    async def _complete(
        self, limit: int, own: Awaitable[tuple[str, ...]], ask: Callable[[Source], Awaitable[tuple[str, ...]]]
    ) -> tuple[str, ...]:
        known, *answers = await self._ask_all(ask, own)
        if isinstance(known, MilepostError):
            raise known
        given = (answer for answer in answers if not isinstance(answer, MilepostError))
        return tuple(islice(dict.fromkeys(chain(known, *given)), limit))

    async def _ask_all(self, ask: Callable[[Source], Awaitable[T]], *first: Awaitable[T]) -> list[T | MilepostError]:
        """What `first` and then each source come to, all asked at once; a deadline holds for the sources alone."""
        questions = [*map(_answer_of, first), *(self._in_time(source, ask(source)) for source in self._sources)]
        answers: dict[int, T | MilepostError] = {}

        async def keep(place: int, question: Awaitable[T | MilepostError]) -> None:
            answers[place] = await question

        async with anyio.create_task_group() as asking:
            for place, question in enumerate(questions):
                asking.start_soon(keep, place, question)
        return [answers[place] for place in range(len(questions))]

    async def _in_time(self, source: Source, question: Awaitable[T]) -> T | MilepostError:
        answer: T | MilepostError = Unavailable(
            f"{source.name} didn't answer within {self._deadline_seconds:g} seconds"
        )
        with anyio.move_on_after(self._deadline_seconds):
            answer = await _answer_of(question)
        if isinstance(answer, Unavailable):
            _log.warning("%s failed: %s", source.name, answer.detail)
        return answer


async def _answer_of(question: Awaitable[T]) -> T | MilepostError:
    try:
        return await question
    except MilepostError as error:
        return error


def _missing(source: Source, answer: EventPage | MilepostError) -> list[Missing]:
    """The source itself where it failed, or what it says is missing from its page: it may be merged of others in turn."""
    if isinstance(answer, MilepostError):
        return [Missing(source.name, str(answer))]
    return [Missing(source.name, f"{one.source}: {one.reason}") for one in answer.missing]


async def _find(reader: EventReader, account_sid: str, query: EventQuery, key: str) -> EventPage:
    place = place_of(query.after, key)
    if place == END:
        return EventPage(())
    return await reader.find(account_sid, replace(query, after=place))
