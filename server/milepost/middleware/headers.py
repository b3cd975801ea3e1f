"""Reading request headers as ASGI has them: pairs of bytes, names in lower case."""

from __future__ import annotations

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
