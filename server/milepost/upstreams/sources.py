"""Sources of events, asked all at once: each has a deadline, and one that missed it is left alone for a while."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, TypeVar

import anyio

from milepost.domain.errors import MilepostError, Unavailable
from milepost.domain.ports import EventReader

DEADLINE_SECONDS: Final = 5.0
"""How long a source is waited for, its retries included: a list takes as long as the slowest that answers in time."""
REST_SECONDS: Final = 10.0
"""How long one that missed its deadline isn't asked, so that not every call has to wait for it."""
Own = TypeVar("Own")
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


class Sources:
    """Several of them, in their order. What is asked comes back as it went: an answer, or why there is none."""

    def __init__(
        self,
        sources: Sequence[Source],
        deadline_seconds: float = DEADLINE_SECONDS,
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        self._sources = tuple(sources)
        self._deadline_seconds = deadline_seconds
        self._rest_seconds = rest_seconds
        self._resting: dict[str, float] = {}

    def __iter__(self) -> Iterator[Source]:
        return iter(self._sources)

    async def ask(
        self, ask: Callable[[Source], Awaitable[T]], longest_seconds: float = DEADLINE_SECONDS
    ) -> list[T | MilepostError]:
        """What each comes to within the deadline, or `longest_seconds` if that is less."""
        answers: dict[str, T | MilepostError] = {}

        async def keep(source: Source) -> None:
            answers[source.name] = await self._in_time(source, ask, min(longest_seconds, self._deadline_seconds))

        async with anyio.create_task_group() as asking:
            for source in self._sources:
                asking.start_soon(keep, source)
        return [answers[source.name] for source in self._sources]

    async def ask_beside(
        self, own: Awaitable[Own], ask: Callable[[Source], Awaitable[T]], longest_seconds: float = DEADLINE_SECONDS
    ) -> tuple[Own, list[T | MilepostError]]:
        """What `own` comes to, which has no deadline and raises what it raises, and beside it what each source does."""
        answers: list[T | MilepostError] = []
        owns: list[Own | MilepostError] = []

        async def keep_own() -> None:
            owns.append(await _answer_of(own))

        async with anyio.create_task_group() as asking:
            asking.start_soon(keep_own)
            answers += await self.ask(ask, longest_seconds)
        if isinstance(found := owns[0], MilepostError):
            raise found
        return found, answers

    async def _in_time(
        self, source: Source, ask: Callable[[Source], Awaitable[T]], seconds: float
    ) -> T | MilepostError:
        rest = self._resting.get(source.name, 0.0) - anyio.current_time()
        if rest > 0:
            return Unavailable(f"{source.name} didn't answer in time; it is asked again in {rest:.0f} seconds")
        answer: T | MilepostError = Unavailable(f"{source.name} didn't answer within {seconds:g} seconds")
        with anyio.move_on_after(seconds) as waiting:
            answer = await _answer_of(ask(source))
        if waiting.cancelled_caught and seconds == self._deadline_seconds:
            self._resting[source.name] = anyio.current_time() + self._rest_seconds
        if isinstance(answer, Unavailable):
            _log.warning("%s failed: %s", source.name, answer.detail)
        return answer


async def _answer_of(question: Awaitable[T]) -> T | MilepostError:
    try:
        return await question
    except MilepostError as error:
        return error
