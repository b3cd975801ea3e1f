"""Every operation there is, in the order in which they are told of."""

from __future__ import annotations

from typing import Final

from milepost.interfaces.rest import batch, charts, events, history
from milepost.interfaces.rest.door import DOOR
from milepost.interfaces.rest.places import BUCKETS, ENVIRONMENTS
from milepost.interfaces.rest.records import RECORDS
from milepost.interfaces.rest.tokens import API_TOKENS, MCP_TOKENS
from milepost.operations.operation import AnyOperation
from milepost.operations.table import OperationTable

OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    events.LIST,
    events.CREATE,
    events.GET,
    events.UPDATE,
    events.DELETE,
    history.LIST,
    history.RESTORED,
    batch.CREATE,
    charts.DRAW,
    *BUCKETS.operations(),
    *ENVIRONMENTS.operations(),
    *MCP_TOKENS.operations(),
    *API_TOKENS.operations(),
)
TABLE: Final = OperationTable(DOOR, OPERATIONS, RECORDS)
