"""Text and JSON values that users hand in: what is taken, what is refused, how they are compared.

Refused everywhere: U+0000, lone surrogates, NaN, infinities, integers beyond 64 bits. Other control characters are
kept here and escaped where they are shown.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from typing import TypeAlias, cast

import orjson

from milepost.domain.errors import Invalid

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = "dict[str, JsonValue]"

SMALLEST_INTEGER = -(2**63)
LARGEST_INTEGER = 2**63 - 1
_LONGEST_SHOWN = 80
_REFUSED = re.compile("[\x00\ud800-\udfff]")
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
_UNSEEN_LETTERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""Fillers, variation selectors and the empty Braille pattern: by their category they are letters, marks or symbols."""


def shown(value: object) -> str:
    """A value as an error message quotes it: as JSON, short, on one line."""
    try:
        return on_one_line(json.dumps(value, ensure_ascii=False, default=repr))
    except (ValueError, TypeError, RecursionError):  # too large or too deep to be written, or its keys are no strings
        return f"this {type(value).__name__}"


def member(field: str, key: object) -> str:
    """The name of a part of a field, such as `metadata.commit`, fit to be shown however odd the key is."""
    return f"{field}.{on_one_line(str(key))}"


def on_one_line(text: str) -> str:
    """At most 80 characters of it, those that can't be seen escaped."""
    if len(text) <= _LONGEST_SHOWN and text.isprintable():
        return text  # nearly always: an import names every field of every line so
    text = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[: _LONGEST_SHOWN * 2]
    )
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def without_refused(text: str) -> str:
    """`text` with each character that is refused everywhere replaced by U+FFFD; for what can't be sent back."""
    return _REFUSED.sub("\ufffd", text)


def cut(text: str, longest: int) -> str:
    """At most `longest` characters of it, `…` being the last of them where there are more."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def fold(text: str) -> str:
    """The form in which substrings are compared: canonical caseless, so `École` finds `école` however it is composed."""
    if text.isascii():
        return text.lower()  # the same, in a tenth of the time
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def is_visible(text: str) -> bool:
    """Whether a character of it leaves a mark; one that Python doesn't know yet, such as a new emoji, does."""
    if text[:1].isalnum() and text.isascii():
        return True  # nearly always
    return any(
        unicodedata.category(char) not in _UNSEEN_CATEGORIES and not _UNSEEN_LETTERS.match(char) for char in text
    )


def check_text(value: object, field: str, longest: int, *, blank: bool = True) -> str:
    """Take a string of at most `longest` characters; `blank=False` refuses one without a visible character."""
    if not isinstance(value, str):
        raise Invalid.of(field, f"{shown(value)} is not a string; write text of at most {longest:,} characters")
    if len(value) > longest:
        raise Invalid.of(field, f"{len(value):,} characters came; at most {longest:,} are taken")
    if not blank and not is_visible(value):
        raise Invalid.of(field, f"{shown(value)} is blank; write 1-{longest:,} characters or leave the field out")
    _check_characters(value, field)
    return value


def check_integer(value: object, field: str) -> int:
    """Take a signed 64-bit integer."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid.of(field, f"{shown(value)} is not a whole number; write one such as 42")
    if not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
        raise Invalid.of(field, f"{shown(value)} is beyond 64 bits; write it as a string")
    return value


def check_json_object(value: object, field: str, *, most_bytes: int, depth: int) -> JsonObject:
    """Take a JSON object of at most `most_bytes` (compact UTF-8) nested at most `depth` deep, itself being depth 1."""
    if not isinstance(value, dict):
        raise Invalid.of(field, f'{shown(value)} is not an object; write one such as {{"commitSha": "a1b2c3d"}}')
    _check_json(cast("object", value), field, depth)
    size = len(orjson.dumps(value))
    if size > most_bytes:
        raise Invalid.of(field, f"{size:,} bytes of JSON came; at most {most_bytes:,} are taken")
    return cast("JsonObject", value)


def _check_characters(text: str, field: str) -> None:
    if found := _REFUSED.search(text):
        name = "U+0000" if found[0] == "\x00" else f"the lone surrogate U+{ord(found[0]):04X}"
        raise Invalid.of(field, f"it holds {name} at character {found.start() + 1}; take it out")


def _check_json(value: object, field: str, depth: int) -> None:
    match value:
        case None | bool():
            return
        case str():
            _check_characters(value, field)
        case int():
            check_integer(value, field)
        case float():
            if not math.isfinite(value):
                raise Invalid.of(field, f"{value} is no JSON number; write a finite one, or a string")
        case dict() | list():
            _check_container(cast("dict[object, object] | list[object]", value), field, depth)
        case _:
            raise Invalid.of(field, f"{shown(value)} is no JSON value")


def _check_container(value: dict[object, object] | list[object], field: str, depth: int) -> None:
    if depth == 0:
        raise Invalid.of(field, "it is nested too deep; at most 8 levels are taken, the object itself being the first")
    if isinstance(value, list):
        for index, item in enumerate(value):
            _check_json(item, f"{field}[{index}]", depth - 1)
        return
    for key, item in value.items():
        if not isinstance(key, str):
            raise Invalid.of(field, f"the key {shown(key)} is not a string")
        _check_characters(key, field)
        _check_json(item, member(field, key), depth - 1)
