"""Conditional requests (RFC 9110, section 13). An event's entity tag is its version: `"3"`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from starlette.types import Scope

from milepost.domain.errors import Invalid
from milepost.domain.text import shown
from milepost.middleware.headers import header_values

IF_MATCH: Final = "If-Match"
IF_NONE_MATCH: Final = "If-None-Match"
_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_VERSION: Final = re.compile(r"[1-9]\d{0,17}", re.ASCII)


def etag(version: int) -> tuple[bytes, bytes]:
    """The header that names a version."""
    return (b"etag", b'"%d"' % version)


def versions_to_match(scope: Scope) -> frozenset[int] | None:
    """The versions that `If-Match` names; None where it names none in particular (`*`), or isn't there.

    Weak tags name none (RFC 9110, 13.1.1: the strong comparison). Raises `Invalid` for bad syntax.
    """
    tags = _tags(scope, IF_MATCH)
    if tags is None or tags == "*":
        return None
    return frozenset(int(tag) for weak, tag in tags if not weak and _VERSION.fullmatch(tag))


def unchanged(scope: Scope) -> Callable[[int], bool]:
    """Whether a version is one that `If-None-Match` says is known already. Raises `Invalid` for bad syntax."""
    tags = _tags(scope, IF_NONE_MATCH)
    if tags is None:
        return lambda _: False
    if tags == "*":
        return lambda _: True
    known = {tag for _, tag in tags}
    return lambda version: str(version) in known


def _tags(scope: Scope, name: str) -> list[tuple[bool, str]] | str | None:
    values = header_values(scope, name.lower().encode())
    if not values:
        return None
    text = ",".join(values).strip()
    if text == "*":
        return text
    tags: list[tuple[bool, str]] = []
    rest = text
    while rest := rest.lstrip(" \t,"):
        found = _TAG.match(rest)
        if found is None or rest[found.end() :].lstrip(" \t")[:1] not in {"", ","}:
            break
        tags.append((found[1] is not None, found[2]))
        rest = rest[found.end() :]
    if rest or not tags:
        raise Invalid.of(name, f'{shown(text)} is no list of entity tags; write one as it came, such as "3", or *')
    return tags
