"""Reading the object on a line of an export strictly: every field accounted for, each error naming its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar, cast

from milepost.domain.errors import Invalid
from milepost.domain.instant import Instant, parse_instant
from milepost.domain.text import member, shown

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Parse = Callable[[object, str], T]


class LineFields:
    """The fields of one JSON object; each is taken once, and `close` refuses those that nobody took."""

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise Invalid.of(path, f"{shown(value)} is not an object")
        self._left = dict(cast("Mapping[str, object]", value))
        self._path = path
        self._known: list[str] = []

    def name_of(self, field: str) -> str:
        """A field's whole name, such as `event.startedAt`."""
        return member(self._path, field)

    def take(self, name: str, parse: Parse[T]) -> T:
        """A field that has to be there; raises `Invalid`."""
        self._known.append(name)
        field = f"{self._path}.{name}"
        if name not in self._left:
            raise Invalid.of(field, "it is missing")
        return parse(self._left.pop(name), field)

    def maybe(self, name: str, parse: Parse[T]) -> T | None:
        """A field that may be null or left out."""
        self._known.append(name)
        value = self._left.pop(name, None)
        return None if value is None else parse(value, f"{self._path}.{name}")

    def instant(self, name: str) -> Instant:
        """A moment that has to be there."""
        return self.take(name, parse_instant)

    def maybe_instant(self, name: str) -> Instant | None:
        """A moment that may be null or left out."""
        return self.maybe(name, parse_instant)

    def close(self) -> None:
        """Raises `Invalid` for a field that is none."""
        for name in self._left:
            raise Invalid.of(self.name_of(name), f"there is no such field; known: {', '.join(self._known)}")


def read_choice(kind: type[E]) -> Parse[E]:
    """Takes one of the values of an enumeration."""

    def read(value: object, field: str) -> E:
        for choice in kind:
            if choice.value == value:
                return choice
        raise Invalid.of(field, f"{shown(value)} is not one of {', '.join(kind)}")

    return read


def read_flag(value: object, field: str) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise Invalid.of(field, f"{shown(value)} is neither true nor false")
    return value
