"""Every operation there is, and where a token is taken: also where Apica's clients put theirs."""

from __future__ import annotations

from typing import Final

from milepost.interfaces.apica_rest import events, tags
from milepost.interfaces.apica_rest.door import DOOR
from milepost.interfaces.apica_rest.records import RECORDS
from milepost.middleware.credentials import BASIC, BEARER, TICKET
from milepost.operations.table import OperationTable

TABLE: Final = OperationTable(DOOR, (events.LIST, tags.LIST), RECORDS, (BEARER, BASIC, TICKET))
