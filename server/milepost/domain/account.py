"""Accounts, and the buckets and environments that an account may register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from milepost.domain.errors import Invalid
from milepost.domain.instant import Instant
from milepost.domain.text import check_text, member, shown

LONGEST_NAME = 128
MOST_PLACES = 1_000
"""Buckets, and environments, that one account may register."""
MOST_LABELS = 50
LONGEST_LABEL_KEY = 128
LONGEST_LABEL_VALUE = 256


@dataclass(frozen=True, slots=True)
class Account:
    """Owns events and tokens. Nothing crosses accounts."""

    sid: str
    name: str
    created_at: Instant


class PlaceKind(StrEnum):
    """What a registered place is: a service, or an environment."""

    BUCKET = "bucket"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A registered bucket or environment. `labels` say which metrics are its own (`{"service": "checkout"}`)."""

    sid: str
    account_sid: str
    kind: PlaceKind
    name: str
    labels: Mapping[str, str]
    created_at: Instant
    updated_at: Instant | None = None


def parse_account_name(value: object, field: str = "name") -> str:
    """1-128 characters, not blank."""
    return check_text(value, field, LONGEST_NAME, blank=False)


def parse_place_name(value: object, field: str = "name") -> str:
    """1-128 characters, not blank, and not `*`, which means everywhere."""
    name = check_text(value, field, LONGEST_NAME, blank=False)
    if name == "*":
        raise Invalid.of(field, '"*" means everywhere; write another name')
    return name


def parse_labels(value: object, field: str = "labels") -> Mapping[str, str]:
    """`{key: value}` of strings, at most 50."""
    if not isinstance(value, dict):
        raise Invalid.of(field, f'{shown(value)} is not an object; write one such as {{"service": "checkout"}}')
    labels = cast("dict[object, object]", value)
    if len(labels) > MOST_LABELS:
        raise Invalid.of(field, f"{len(labels)} labels came; at most {MOST_LABELS} are taken")
    return {
        check_text(key, field, LONGEST_LABEL_KEY, blank=False): check_text(
            text, member(field, key), LONGEST_LABEL_VALUE
        )
        for key, text in labels.items()
    }


def resolve_place(reference: str, places: Iterable[Place], field: str, kind: PlaceKind) -> str:
    """The SID that `reference` means, itself a SID or a name; a SID wins over an equal name.

    Raises `Invalid` listing the known ones where it is neither.
    """
    known = tuple(places)
    for place in known:
        if place.sid == reference:
            return reference
    for place in known:
        if place.name == reference:
            return place.sid
    names = ", ".join(f"{shown(place.name)} ({place.sid})" for place in known[:50])
    raise Invalid.of(
        field, f"{shown(reference)} is no {kind.value} of this account; known: {names or 'none that you may use'}"
    )
