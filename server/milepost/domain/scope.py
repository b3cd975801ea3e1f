"""Where an event applies, and what a restricted token may reach.

A scope is `["*"]` (everywhere) or a list of SIDs. `"*"` beside a SID, an empty list and a repeated SID are errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from milepost.domain.errors import Invalid
from milepost.domain.text import check_text, shown

EVERYWHERE = ("*",)
MOST_SIDS = 100
LONGEST_REFERENCE = 128
"""A SID has at most 64 characters, the name of a bucket or environment 128; either may be written."""

SidTuple = tuple[str, ...]


def parse_scope(value: object, field: str) -> SidTuple:
    """Read a scope as written: SIDs or names, in their order; one string is a list of one."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise Invalid.of(field, f'{shown(value)} is not a list; write ["*"] or SIDs such as ["bkt_abc123"]')
    references = tuple(
        check_text(item, f"{field}[{index}]", LONGEST_REFERENCE, blank=False)
        for index, item in enumerate(cast("Iterable[object]", items))
    )
    check_scope(references, field)
    return references


def check_scope(sids: SidTuple, field: str) -> None:
    """Raises `Invalid` unless `sids` is a scope."""
    if not sids:
        raise Invalid.of(field, 'the list is empty; write ["*"] for everywhere, or leave the field out')
    if len(sids) > MOST_SIDS:
        raise Invalid.of(field, f"{len(sids)} SIDs came; at most {MOST_SIDS} are taken")
    if "*" in sids and len(sids) > 1:
        raise Invalid.of(field, '"*" stands beside SIDs; write ["*"] alone for everywhere, or only the SIDs')
    if len(set(sids)) < len(sids):
        repeated = next(sid for index, sid in enumerate(sids) if sid in sids[:index])
        raise Invalid.of(field, f"{shown(repeated)} is listed twice; write each once")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which buckets and which environments an event applies to; both hold together."""

    buckets: SidTuple = EVERYWHERE
    environments: SidTuple = EVERYWHERE


ALL = Scope()
"""Every bucket and every environment."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """The buckets and environments that a token is confined to; None is no confinement in that direction."""

    buckets: frozenset[str] | None = None
    environments: frozenset[str] | None = None

    def sees(self, scope: Scope) -> bool:
        """Whether an event of this scope applies to anything in reach: it is listed, or the scope is `*`."""
        return _touches(scope.buckets, self.buckets) and _touches(scope.environments, self.environments)

    def holds(self, scope: Scope) -> bool:
        """Whether the whole scope lies in reach, which is what writing needs."""
        return _inside(scope.buckets, self.buckets) and _inside(scope.environments, self.environments)

    def contains(self, other: Restriction) -> bool:
        """Whether whatever `other` reaches, this one reaches too."""
        return _narrower(other.buckets, self.buckets) and _narrower(other.environments, self.environments)


UNRESTRICTED = Restriction()


def _touches(sids: SidTuple, reach: frozenset[str] | None) -> bool:
    return reach is None or sids == EVERYWHERE or not reach.isdisjoint(sids)


def _inside(sids: SidTuple, reach: frozenset[str] | None) -> bool:
    return reach is None or reach.issuperset(sids)


def _narrower(inner: frozenset[str] | None, outer: frozenset[str] | None) -> bool:
    return outer is None or (inner is not None and inner <= outer)
