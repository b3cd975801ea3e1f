"""What went wrong between Milepost and an upstream, in our own words: no text of the upstream's, no address.

An address may hold a credential. So what the HTTP library raised isn't carried along either: it holds the request.
"""

from __future__ import annotations

import math
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast

import httpx2

from milepost.domain.errors import Broken, Unavailable
from milepost.domain.instant import Clock
from milepost.upstreams.pause import asked_pause_seconds

PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be another one a moment later."""
_NOT_TAKEN: Final = frozenset({408, 425, 429})
"""Those of them that say that nothing was done."""
_REFUSALS: Final = {
    HTTPStatus.UNAUTHORIZED: "refuses Milepost's own credential; whoever runs Milepost has to set another one",
    HTTPStatus.FORBIDDEN: "doesn't let Milepost's own credential do this; whoever runs Milepost has to allow it there",
}
_REFUSAL_SECONDS: Final = 60
_NOTHING_WRITTEN: Final = "nothing was written"
_OUTCOME_UNKNOWN: Final = "whether it was written is unknown; look before you write it again"

_NEVER_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
_REASONS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (httpx2.PoolTimeout, "all connections to it are in use"),
    (httpx2.ConnectTimeout, "it takes no connection in time"),
    (httpx2.ProxyError, "the proxy doesn't let it through"),
    (ssl.SSLCertVerificationError, "its certificate isn't trusted"),
    (ssl.SSLError, "no TLS connection comes about"),
    (socket.gaierror, "its name isn't known"),
    (ConnectionRefusedError, "it refuses the connection"),
)


class AnswerTooLarge(Broken):
    """More came than is read; asking for less may help."""


class Lost(Exception):
    """No whole answer came, and why; `sent` is False where the request can't have arrived."""

    def __init__(self, error: httpx2.RequestError) -> None:
        self.sent = not isinstance(error, _NEVER_SENT)
        super().__init__("gave no whole answer" if self.sent else f"can't be reached{_reason(error)}")


@dataclass(frozen=True, slots=True)
class Failures:
    """The errors of the upstream that people call `name`. To a write, each of them says what became of it."""

    name: str
    clock: Clock

    def lost(self, lost: Lost, *, writing: bool) -> Unavailable:
        """For want of an answer."""
        return self._unavailable(str(lost), writing=writing, done=None if lost.sent else False)

    def late(self, seconds: float, *, writing: bool) -> Unavailable:
        """When time is up."""
        return self._unavailable(f"didn't answer within {seconds:g} seconds", writing=writing)

    def too_large(self, most_bytes: int, *, writing: bool) -> AnswerTooLarge:
        """For more than `most_bytes`."""
        advice = _OUTCOME_UNKNOWN if writing else "ask for less, such as a shorter time"
        return AnswerTooLarge(f"{self.name} answered more than {most_bytes:,} bytes; {advice}", outcome_unknown=writing)

    def broken(self, what: str, *, writing: bool, done: bool | None = None) -> Broken:
        """For an answer that isn't one; `done` as below."""
        outcome, unknown = _outcome(writing=writing, done=done)
        return Broken(f"{self.name} answered what can't be understood ({what}){outcome}", outcome_unknown=unknown)

    def status(self, status: int, headers: Mapping[str, str], *, writing: bool) -> Unavailable:
        """For a status beyond 2xx."""
        if status in PASSING:
            what = "is asked too often" if status == HTTPStatus.TOO_MANY_REQUESTS else "is in trouble"
            done = False if status in _NOT_TAKEN else None
            pause = math.ceil(asked_pause_seconds(headers, self.clock()) or 1)
            return self._unavailable(f"{what} (status {status})", pause, writing=writing, done=done)
        if status in _REFUSALS:
            return self._unavailable(_REFUSALS[HTTPStatus(status)], _REFUSAL_SECONDS, writing=writing, done=False)
        what = "a redirect, which isn't followed" if 300 <= status < 400 else f"status {status}"
        return self.broken(what, writing=writing, done=False if 400 <= status < 500 else None)

    def _unavailable(
        self, text: str, retry_after_seconds: int = 1, *, writing: bool, done: bool | None = None
    ) -> Unavailable:
        outcome, unknown = _outcome(writing=writing, done=done)
        return Unavailable(f"{self.name} {text}{outcome}", retry_after_seconds, outcome_unknown=unknown)


def _outcome(*, writing: bool, done: bool | None) -> tuple[str, bool]:
    """What is said of it, and whether it is unknown: `done` False says that nothing was written, None that nobody knows."""
    unknown = writing and done is None
    return f"; {_OUTCOME_UNKNOWN if unknown else _NOTHING_WRITTEN}" if writing else "", unknown


def _reason(error: BaseException) -> str:
    """What lies behind it, where that is one of the things that an operator can do something about."""
    causes = tuple(_causes(error))
    for kind, text in _REASONS:
        if any(isinstance(cause, kind) for cause in causes):
            return f" ({text})"
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    yield error
    if isinstance(error, BaseExceptionGroup):
        for one in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _causes(one)
    if (behind := error.__cause__ or error.__context__) is not None:
        yield from _causes(behind)
