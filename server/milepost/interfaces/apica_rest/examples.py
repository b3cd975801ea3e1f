"""The examples that the API's document shows, rendered by the same code as real answers."""

from __future__ import annotations

from typing import Final

from milepost.domain.archive import TagNumber, TagPart
from milepost.domain.event import Check, Event, EventType, Severity
from milepost.domain.instant import MINUTE, Instant
from milepost.operations.operation import Json
from milepost.wire.apica_row import apica_row
from milepost.wire.apica_tag import apica_tag

_AT: Final = Instant(1_768_487_400_000)
_ACCOUNT: Final = "acc_2aGxVqkEUpaJQgfIWd0DzRPhMnO"
_CHECKED: Final = Event(
    sid="evt_38JkQYd3nnvNnZsBTKfnPb0aVGs",
    account_sid=_ACCOUNT,
    type=EventType.INCIDENT,
    name="Checkout is slow",
    started_at=_AT,
    created_at=_AT,
    severity=Severity.ERROR,
    check=Check(12345, "checkout", "Checkout, from Stockholm"),
)
_DEPLOYED: Final = Event(
    sid="evt_38JkJ5pRzXyL1uVQJ3hWcTgN0aK",
    account_sid=_ACCOUNT,
    type=EventType.DEPLOYMENT,
    name="v2.3.1 production release",
    started_at=Instant(_AT - 5 * MINUTE),
    created_at=_AT,
)
_TAGS: Final = (TagNumber(_ACCOUNT, TagPart.KEY, 4568, "Environment"), TagNumber(_ACCOUNT, TagPart.VALUE, 6985, "Prod"))


def rows() -> list[Json]:
    """Two events, the newer one first."""
    return [apica_row(event, Instant(_AT + MINUTE)) for event in (_CHECKED, _DEPLOYED)]


def tags() -> list[Json]:
    """A key and a value."""
    return [apica_tag(tag) for tag in _TAGS]
