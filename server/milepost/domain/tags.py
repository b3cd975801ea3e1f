"""Tags on events, and the language that filters by them.

    filter = key [ "~" values ] | "~" values
    values = value { ";" value }
    key, value = name | "." id

`Environment` is any event with that key, `Environment~Dev;Prod` one with that key and either value, `~Dev` one with
that value under any key. A name that begins with `.` is the id that Milepost minted for it (`.4568~Prod`). So a tag's
key or value holds no `~`, no `;` and doesn't begin with `.`. Names are compared exactly.

Several filters that include are joined by `or` (any of them matches; the default) or by `and` (all of them match). The
values of one filter are alternatives under either. Filters that exclude aren't joined: none of them may match. The source
of the language is Apica ASM's events API, "Filtering by Tags".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from milepost.domain.errors import Invalid
from milepost.domain.text import LARGEST_INTEGER, check_text, member, shown

Tags = Mapping[str, tuple[str, ...]]
"""Each key with its values, in the order in which they were written; no key is without a value."""

MOST_VALUES = 50
LONGEST_NAME = 128
LONGEST_FILTER = 4_096
_HOW = "write key~value;value, a key alone, or ~value, such as Environment~Dev;Prod"


@dataclass(frozen=True, slots=True)
class TagId:
    """The id of a key or of a value, as `.4568` names it."""

    number: int


TagName = str | TagId


@dataclass(frozen=True, slots=True)
class TagFilter:
    """One parsed filter; `key` None is any key, `values` empty is any value, never both."""

    key: TagName | None
    values: tuple[TagName, ...]


def parse_tags(value: object, field: str) -> Tags | None:
    """Read `{key: [value, …]}`; one string is a list of one, and no key at all is None."""
    if not isinstance(value, dict):
        raise Invalid.of(field, f'{shown(value)} is not an object; write one such as {{"Environment": ["Prod"]}}')
    tags: dict[str, tuple[str, ...]] = {}
    for key, values in cast("dict[object, object]", value).items():
        name = _check_name(key, field)
        tags[name] = _parse_values(values, member(field, name))
    count = sum(map(len, tags.values()))
    if count > MOST_VALUES:
        raise Invalid.of(field, f"{count} values came; at most {MOST_VALUES} in all are taken")
    return tags or None


def parse_tag_filter(value: object, field: str) -> TagFilter:
    """Read one filter of the language in this module's description."""
    text = check_text(value, field, LONGEST_FILTER, blank=False)
    key, tilde, rest = text.partition("~")
    if "~" in rest or ";" in key or (tilde and not rest):
        raise Invalid.of(field, f"{shown(text)} is no tag filter; {_HOW}")
    values = tuple(_parse_name(part, text, field) for part in rest.split(";")) if tilde else ()
    return TagFilter(_parse_name(key, text, field) if key else None, values)


def format_tag_filter(tag_filter: TagFilter) -> str:
    """The filter in the language: what `parse_tag_filter` reads as the same."""
    key = "" if tag_filter.key is None else _format_name(tag_filter.key)
    return f"{key}~{';'.join(map(_format_name, tag_filter.values))}" if tag_filter.values else key


def _format_name(name: TagName) -> str:
    return f".{name.number}" if isinstance(name, TagId) else name


def _parse_name(part: str, text: str, field: str) -> TagName:
    if not part:
        raise Invalid.of(field, f"{shown(text)} holds an empty name; {_HOW}")
    if not part.startswith("."):
        return part
    digits = part[1:]
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20 and int(digits) <= LARGEST_INTEGER):
        raise Invalid.of(field, f"{shown(part)} is no tag id; write a period and digits such as .4568")
    return TagId(int(digits))


def _parse_values(values: object, field: str) -> tuple[str, ...]:
    items = [values] if isinstance(values, str) else values
    if not isinstance(items, list | tuple) or not items:
        raise Invalid.of(field, f'{shown(values)} is no list of values; write one such as ["Prod"]')
    names = tuple(_check_name(item, field) for item in cast("list[object]", items))
    if len(set(names)) < len(names):
        raise Invalid.of(field, "a value is listed twice; write each once")
    return names


def _check_name(value: object, field: str) -> str:
    name = check_text(value, field, LONGEST_NAME, blank=False)
    if name.startswith(".") or "~" in name or ";" in name:
        raise Invalid.of(field, f'{shown(name)} holds "~" or ";" or begins with "."; the tag filters use those')
    return name
