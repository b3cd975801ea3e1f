"""How an upstream is spoken to: one pooled client, deadlines, retries of reads alone, bounded answers, errors of ours.

A GET is tried up to three times, with jitter and as `Retry-After` says, ten seconds in all. A write is sent once: where
no answer came to it, what became of it is unknown, and said to be. Redirects aren't followed: they would carry the
credential elsewhere. What an upstream writes in an error is shown to nobody, and neither is an address, which may hold
a credential.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import anyio
import httpx2
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_random_exponential

from milepost.domain.errors import Broken, Unavailable
from milepost.domain.instant import Clock
from milepost.upstreams.pause import asked_pause_seconds
from milepost.wire.reading import read_json

Parameters = Sequence[tuple[str, str]]
_NOTHING_WRITTEN: Final = "nothing was written"
_OUTCOME_UNKNOWN: Final = "whether it was written is unknown; look before you write it again"
_REFUSALS: Final = {
    HTTPStatus.UNAUTHORIZED: "refuses Milepost's own credential; whoever runs Milepost has to set another one",
    HTTPStatus.FORBIDDEN: "doesn't let Milepost's own credential do this; whoever runs Milepost has to allow it there",
}
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be another one a moment later."""
_NOT_TAKEN: Final = frozenset({408, 425, 429})
"""Those of them that say that nothing was done."""
_NEVER_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class ExchangeLimits:
    """How long and how often is asked, and how much is read."""

    tries: int = 3
    total_seconds: float = 10.0
    connect_seconds: float = 3.0
    largest_answer_bytes: int = 8 * 1024 * 1024
    connections: int = 16
    first_pause_seconds: float = 0.2


LIMITS: Final = ExchangeLimits()


class AnswerTooLarge(Broken):
    """More came than is read; asking for less may help."""


@dataclass(frozen=True, slots=True)
class Received:
    """An answer: its status, its JSON, its headers (names in any case)."""

    status: int
    content: object
    headers: Mapping[str, str]


class _Passing(Exception):
    """A read failed in a way that another try may not."""

    def __init__(self, failure: Unavailable, pause_seconds: float | None = None) -> None:
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

    async def get(self, path: str, parameters: Parameters = (), expected: Collection[int] = ()) -> Received:
        """What is at `path`; a status beyond 2xx only where it is `expected`.

        Raises `Unavailable`, `Broken`, `AnswerTooLarge`.
        """
        limits = self._limits
        retrying = AsyncRetrying(
            stop=stop_after_attempt(limits.tries) | stop_before_delay(limits.total_seconds),
            wait=self._pause,
            retry=retry_if_exception_type(_Passing),
            sleep=anyio.sleep,
            reraise=True,
        )
        async with self._deadline(""):
            try:
                return await retrying(self._try, path, parameters, expected)
            except _Passing as passing:
                raise passing.failure from None

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (),
    ) -> Received:
        """Write once. Raises `Unavailable` and `Broken`, with `outcome_unknown` where it may have been written."""
        async with self._deadline(_OUTCOME_UNKNOWN):
            try:
                received = await self._once(method, path, (), headers or {}, body)
            except _NEVER_SENT:
                raise self._failure(f"can't be reached; {_NOTHING_WRITTEN}") from None
            except (httpx2.TransportError, httpx2.StreamError):
                raise self._failure(f"gave no whole answer; {_OUTCOME_UNKNOWN}", outcome_unknown=True) from None
        if received.status not in expected:
            self._require_success(received, writing=True)
        return received

    async def _try(self, path: str, parameters: Parameters, expected: Collection[int]) -> Received:
        try:
            received = await self._once("GET", path, parameters, {}, None)
        except (httpx2.TransportError, httpx2.StreamError) as error:
            what = "can't be reached" if isinstance(error, _NEVER_SENT) else "gave no whole answer"
            raise _Passing(self._failure(what)) from None
        if received.status in _PASSING:
            raise _Passing(self._busy(received, ""), asked_pause_seconds(received.headers, self._clock()))
        if received.status not in expected:
            self._require_success(received, writing=False)
        return received

    async def _once(
        self, method: str, path: str, parameters: Parameters, headers: Mapping[str, str], body: object
    ) -> Received:
        """One request, and its answer to the end, unless there is none."""
        content: dict[str, Any] = {} if body is None else {"json": body}
        async with self._client.stream(
            method, path, params=list(parameters) or None, headers=headers, **content
        ) as response:
            raw = await self._read(response)
        if not response.is_success:
            return Received(response.status_code, None, response.headers)
        try:
            return Received(response.status_code, read_json(raw), response.headers)
        except ValueError:
            raise self._broken("no JSON", writing=method != "GET") from None

    async def _read(self, response: httpx2.Response) -> bytes:
        pieces = bytearray()
        async for piece in response.aiter_bytes():
            pieces += piece
            if len(pieces) > self._limits.largest_answer_bytes:
                most = self._limits.largest_answer_bytes
                unknown = response.request.method != "GET"
                raise AnswerTooLarge(
                    f"{self.name} answered more than {most:,} bytes"
                    + (f"; {_OUTCOME_UNKNOWN}" if unknown else "; ask for less, such as a shorter time"),
                    outcome_unknown=unknown,
                )
        return bytes(pieces)

    def _require_success(self, received: Received, *, writing: bool) -> None:
        """Raises what a status beyond 2xx comes to."""
        status = received.status
        if 200 <= status < 300:
            return
        if status in _PASSING:
            outcome = _NOTHING_WRITTEN if status in _NOT_TAKEN else _OUTCOME_UNKNOWN
            raise self._busy(received, outcome if writing else "")
        if status in _REFUSALS:
            raise self._failure(_REFUSALS[HTTPStatus(status)], retry_after_seconds=60)
        what = "a redirect, which isn't followed" if 300 <= status < 400 else f"status {status}"
        raise self._broken(what, writing=writing and not 400 <= status < 500)

    def _busy(self, received: Received, outcome: str) -> Unavailable:
        pause = asked_pause_seconds(received.headers, self._clock())
        what = "is asked too often" if received.status == HTTPStatus.TOO_MANY_REQUESTS else "is in trouble"
        text = f"{what} (status {received.status})" + (f"; {outcome}" if outcome else "")
        return self._failure(
            text, retry_after_seconds=max(1, round(pause or 1)), outcome_unknown=outcome == _OUTCOME_UNKNOWN
        )

    def _failure(self, text: str, *, retry_after_seconds: int = 1, outcome_unknown: bool = False) -> Unavailable:
        return Unavailable(f"{self.name} {text}", retry_after_seconds, outcome_unknown=outcome_unknown)

    def _broken(self, what: str, *, writing: bool) -> Broken:
        text = f"{self.name} answered what can't be understood ({what})"
        return Broken(text + (f"; {_OUTCOME_UNKNOWN}" if writing else ""), outcome_unknown=writing)

    def _pause(self, state: RetryCallState) -> float:
        """Before the next try: at random, longer each time, and not before the upstream asked for."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.pause_seconds if isinstance(error, _Passing) else None
        first = self._limits.first_pause_seconds
        return wait_random_exponential(multiplier=first, max=10 * first)(state) + (asked or 0.0)

    @asynccontextmanager
    async def _deadline(self, outcome: str) -> AsyncGenerator[None]:
        seconds = self._limits.total_seconds
        with anyio.move_on_after(seconds) as scope:
            yield
        if scope.cancelled_caught:
            text = f"didn't answer within {seconds:g} seconds" + (f"; {outcome}" if outcome else "")
            raise self._failure(text, outcome_unknown=bool(outcome))
