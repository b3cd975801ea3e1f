"""Headers as ASGI has them: pairs of bytes, names in lower case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.types import Scope


def header(scope: Scope, name: bytes) -> str | None:
    """The header's value, None where it is missing; of several the first."""
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return None


def header_values(scope: Scope, name: bytes) -> list[str]:
    """Every value that came under the name."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def say_on_answer(scope: Scope, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Have these headers on the request's answer, whoever gives it in the end: the outermost layer adds them."""
    scope.setdefault("state", {})["said"] = [*said_on_answer(scope), *headers]


def said_on_answer(scope: Scope) -> Sequence[tuple[bytes, bytes]]:
    """What `say_on_answer` was told."""
    return scope.get("state", {}).get("said", ())
