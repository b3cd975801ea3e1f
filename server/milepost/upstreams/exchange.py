"""How an upstream is spoken to: one pooled client, deadlines, retries of reads alone, bounded answers, errors of ours.

A GET is tried up to three times, with jitter and as `Retry-After` says, ten seconds in all. A write is sent once: where
no answer came to it, what became of it is unknown, and said to be. Redirects aren't followed: they would carry the
credential elsewhere. What an upstream writes in an error is shown to nobody, and neither is an address, which may hold
a credential.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import anyio
import httpx2
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_random_exponential

from milepost.domain.errors import Invalid, Unavailable
from milepost.domain.instant import Clock
from milepost.upstreams.failures import PASSING, AnswerTooLarge, Failures, Lost
from milepost.upstreams.pause import asked_pause_seconds
from milepost.upstreams.threads import done_by_thread_if
from milepost.wire.reading import read_json

__all__ = ["LIMITS", "AnswerTooLarge", "Exchange", "ExchangeLimits", "Parameters", "Received"]

Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ExchangeLimits:
    """How long and how often is asked, and how much is read.

    Of an answer that says no, only as much is read as it takes to use the connection again. JSON beyond
    `quickly_read_bytes` is read in a thread.
    """

    tries: int = 3
    total_seconds: float = 10.0
    connect_seconds: float = 3.0
    largest_answer_bytes: int = 8 * 1024 * 1024
    largest_refusal_bytes: int = 64 * 1024
    quickly_read_bytes: int = 256 * 1024
    connections: int = 16
    first_pause_seconds: float = 0.2


LIMITS: Final = ExchangeLimits()


@dataclass(frozen=True, slots=True)
class Received:
    """An answer: its status, its JSON (None beyond 2xx and where there is no content), its headers (names in any case)."""

    status: int
    content: object = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Raw:
    """An answer as it came; `content` None is one that is too large."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)


class _Passing(Exception):
    """A read failed in a way that another try may not."""

    def __init__(self, failure: Unavailable, pause_seconds: float = 0.0) -> None:
        self.failure = failure
        self.pause_seconds = pause_seconds
        super().__init__(str(failure))


class Exchange:
    """Requests to one upstream. `name` is what people call it in messages; `client` has its address and credential."""

    def __init__(self, client: httpx2.AsyncClient, name: str, clock: Clock, limits: ExchangeLimits = LIMITS) -> None:
        self.name = name
        self._client = client
        self._clock = clock
        self._limits = limits
        self._failures = Failures(name, clock)

    async def get(self, path: str, parameters: Parameters = (), expected: Collection[int] = ()) -> Received:
        """What is at `path`; a status beyond 2xx only where it is `expected`.

        Raises `Unavailable`, `Broken`, `AnswerTooLarge`; `Invalid` where the parameters are too long for an address.
        """
        limits = self._limits
        retrying = AsyncRetrying(
            stop=stop_after_attempt(limits.tries) | stop_before_delay(limits.total_seconds),
            wait=self._pause_seconds,
            retry=retry_if_exception_type(_Passing),
            sleep=anyio.sleep,
            reraise=True,
        )
        with anyio.move_on_after(limits.total_seconds):
            try:
                return await retrying(self._try, path, parameters, expected)
            except _Passing as passing:
                raise passing.failure from None
        raise self._failures.late(limits.total_seconds, writing=False)

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (),
    ) -> Received:
        """Write once. Raises `Unavailable` and `Broken`, with `outcome_unknown` where it may have been written."""
        content: dict[str, Any] = {} if body is None else {"json": body}
        with anyio.move_on_after(self._limits.total_seconds):
            try:
                raw = await self._once(method, path, headers=headers, **content)
            except Lost as lost:
                raise self._failures.lost(lost, writing=True) from None
            return await self._received(raw, expected, writing=True)
        raise self._failures.late(self._limits.total_seconds, writing=True)

    async def _try(self, path: str, parameters: Parameters, expected: Collection[int]) -> Received:
        try:
            raw = await self._once("GET", path, params=list(parameters) or None)
        except Lost as lost:
            raise _Passing(self._failures.lost(lost, writing=False)) from None
        if raw.status in PASSING and raw.status not in expected:
            failure = self._failures.status(raw.status, raw.headers, writing=False)
            raise _Passing(failure, asked_pause_seconds(raw.headers, self._clock()) or 0.0)
        return await self._received(raw, expected, writing=False)

    async def _once(self, method: str, path: str, **request: Any) -> _Raw:
        """One request and its answer. Raises `Lost`, outside of the handler: what was caught there holds the request."""
        try:
            return await self._fetch(method, path, **request)
        except httpx2.InvalidURL:
            raise Invalid.of("", "more was written than fits into an address; write fewer or shorter filters") from None
        except httpx2.RequestError as error:
            lost = Lost(error)
        raise lost

    async def _fetch(self, method: str, path: str, **request: Any) -> _Raw:
        limits = self._limits
        async with self._client.stream(method, path, **request) as response:
            content: bytes | None = b""
            if response.is_success:
                content = await _read(response, limits.largest_answer_bytes)
            else:
                with suppress(httpx2.RequestError):
                    await _read(response, limits.largest_refusal_bytes)
        return _Raw(response.status_code, response.headers, content)

    async def _received(self, raw: _Raw, expected: Collection[int], *, writing: bool) -> Received:
        """Raises what an answer comes to that is none."""
        if not 200 <= raw.status < 300:
            if raw.status not in expected:
                raise self._failures.status(raw.status, raw.headers, writing=writing)
            return Received(raw.status, None, raw.headers)
        if raw.content is None:
            raise self._failures.too_large(self._limits.largest_answer_bytes, writing=writing)
        if raw.status == HTTPStatus.NO_CONTENT:
            return Received(raw.status, None, raw.headers)
        with suppress(ValueError):
            return Received(raw.status, await self._json(raw.content), raw.headers)
        raise self._failures.broken("no JSON", writing=writing)

    async def _json(self, content: bytes) -> object:
        return await done_by_thread_if(len(content) > self._limits.quickly_read_bytes, read_json, content)

    def _pause_seconds(self, state: RetryCallState) -> float:
        """Before the next try: at random, longer each time, and not before the upstream asked for."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.pause_seconds if isinstance(error, _Passing) else 0.0
        first = self._limits.first_pause_seconds
        return wait_random_exponential(multiplier=first, max=10 * first)(state) + asked


async def _read(response: httpx2.Response, most_bytes: int) -> bytes | None:
    """The whole body, or None where it has more than `most_bytes`."""
    pieces = bytearray()
    async for piece in response.aiter_bytes():
        pieces += piece
        if len(pieces) > most_bytes:
            return None
    return bytes(pieces)
