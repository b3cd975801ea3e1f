"""What an export holds: everything of a store, one entry at a time, so that another store can be filled with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from milepost.domain.account import Account, Place
from milepost.domain.event import Event
from milepost.domain.history import Revision
from milepost.domain.token import Token


@dataclass(frozen=True, slots=True)
class ArchivedToken:
    """A token with the hash of its secret, so that it goes on working where it is imported."""

    token: Token
    digest: bytes


@dataclass(frozen=True, slots=True)
class ArchivedEvent:
    """An event, and whether it is deleted (hidden, to be restored)."""

    event: Event
    deleted: bool = False


class TagPart(StrEnum):
    """Keys and values are numbered apart."""

    KEY = "key"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class TagNumber:
    """The id that an account's tag key or value has, so that filters by id keep their meaning.

    Without a name it is one that was purged: the number stays taken.
    """

    account_sid: str
    part: TagPart
    number: int
    name: str | None


ArchiveEntry = Account | Place | ArchivedToken | TagNumber | ArchivedEvent | Revision
"""Exported in this order: whatever an entry needs stands before it."""
