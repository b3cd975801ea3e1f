"""The operations of one way in, together with what all of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from milepost.middleware.credentials import BEARER, CredentialPlace
from milepost.operations.operation import AnyOperation


@dataclass(frozen=True, slots=True)
class OperationTable:
    """Every operation of a way in, in the order in which they are told of.

    `door` is what the way in is called, `records` are the schemas of what it answers, by their names, and `credentials`
    are the places where it takes a token.
    """

    door: str
    operations: tuple[AnyOperation, ...]
    records: Mapping[str, dict[str, Any]]
    credentials: Sequence[CredentialPlace] = (BEARER,)

    @property
    def paths(self) -> tuple[str, ...]:
        """The pattern of every path, once."""
        return tuple(dict.fromkeys(operation.path for operation in self.operations))
