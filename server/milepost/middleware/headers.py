"""Reading request headers as ASGI has them: pairs of bytes, names in lower case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.types import Scope

_ANSWER_HEADERS: Final = "answer_headers"


def header(scope: Scope, name: bytes) -> str | None:
    """The header's value, None where it is missing; of several the first."""
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return None


def header_values(scope: Scope, name: bytes) -> list[str]:
    """Every value that came under the name."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def answer_with(scope: Scope, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Put these headers on the answer to this request, whatever will become of it: a result, a refusal or a bug."""
    scope.setdefault("state", {}).setdefault(_ANSWER_HEADERS, []).extend(headers)


def answer_headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    """What `answer_with` was called with."""
    return scope.get("state", {}).get(_ANSWER_HEADERS, [])
