"""Every operation there is, in the order in which they are told of."""

from __future__ import annotations

from typing import Final

from milepost.interfaces.rest import events
from milepost.interfaces.rest.operation import AnyOperation

OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    events.LIST,
    events.CREATE,
    events.GET,
    events.UPDATE,
    events.DELETE,
)
PATHS: Final = tuple(dict.fromkeys(operation.path for operation in OPERATIONS))
