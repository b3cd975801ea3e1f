"""Every operation there is, in the order in which they are told of."""

from __future__ import annotations

from typing import Final

from milepost.interfaces.rest import batch, events, history
from milepost.interfaces.rest.operation import AnyOperation
from milepost.interfaces.rest.places import BUCKETS, ENVIRONMENTS
from milepost.interfaces.rest.tokens import API_TOKENS, MCP_TOKENS

OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    events.LIST,
    events.CREATE,
    events.GET,
    events.UPDATE,
    events.DELETE,
    history.LIST,
    history.RESTORED,
    batch.CREATE,
    *BUCKETS.operations(),
    *ENVIRONMENTS.operations(),
    *MCP_TOKENS.operations(),
    *API_TOKENS.operations(),
)
PATHS: Final = tuple(dict.fromkeys(operation.path for operation in OPERATIONS))
