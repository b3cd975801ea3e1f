"""What an operation is: all that is told about it, and what is done when it is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from milepost.domain.caller import Caller
from milepost.domain.instant import Clock, Instant
from milepost.domain.token import TokenScope
from milepost.middleware.body_limit import LARGEST_BODY_BYTES
from milepost.middleware.refusals import HeaderList
from milepost.services.services import Services
from milepost.wire.query_string import Pairs
from milepost.wire.reading import Input

P = TypeVar("P")
B = TypeVar("B")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """What every handler may use."""

    services: Services
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Generic[P, B]):
    """One request, read. `query` holds the parameters as they came, `base_url` scheme and host that were spoken to."""

    caller: Caller
    path: str
    names: Mapping[str, str]
    """The parts of the path that are variable, by their names in its pattern."""
    query: Pairs
    parameters: P
    body: B
    if_match: frozenset[int] | None
    if_none_match: Callable[[int], bool]
    base_url: str
    now: Instant

    def url(self, path: str) -> str:
        """An absolute address here."""
        return self.base_url + path

    def location(self, sid: str) -> tuple[bytes, bytes]:
        """The header that says where what was made under this path is found."""
        return (b"location", self.url(f"{quote(self.path)}/{sid}").encode("latin-1"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with; `content` is JSON, None for an answer without a body."""

    content: Json | list[Json] | None
    status: int = 200
    headers: HeaderList = field(default_factory=list[tuple[bytes, bytes]])


@dataclass(frozen=True, slots=True)
class Body(Generic[B]):
    """A body: how it is read, and what is told about it under `name`. `schema` and `examples` are called when somebody asks."""

    name: str
    read: Callable[[object], B]
    schema: Callable[[], Json]
    examples: Callable[[], Mapping[str, Json]]
    largest_bytes: int = LARGEST_BODY_BYTES


@dataclass(frozen=True, slots=True)
class Told:
    """One answer as it is told of: `schema` names one of the document's, `headers` some of its headers."""

    status: int
    description: str
    schema: str | None = None
    headers: tuple[str, ...] = ()
    example: Callable[[], Json | list[Json]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[P, B]):
    """A method of a route.

    `refusals` are the error statuses that it has beyond those that every operation has. `conditions` names the headers
    (`If-Match`, `If-None-Match`) that it minds.
    """

    method: str
    path: str
    name: str
    group: str
    summary: str
    description: str
    scope: TokenScope
    handle: Callable[[Context, Request[P, B]], Awaitable[Answer]]
    parameters: type[Input] | None = None
    body: Body[B] | None = None
    answers: tuple[Told, ...]
    refusals: tuple[int, ...] = ()
    conditions: tuple[str, ...] = ()


AnyOperation = Operation[Any, Any]
