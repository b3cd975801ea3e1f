"""Where a token may stand, as the document says it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from milepost.middleware.credentials import BASIC, BEARER, TICKET, TICKET_PARAMETER, CredentialPlace
from milepost.operations.openapi.schemas import Schema

SCHEMES: Final[dict[str, Schema]] = {
    BEARER.name: {"type": "http", "scheme": "bearer", "description": "An `mcp_…` or `tok_…` token"},
    BASIC.name: {
        "type": "http",
        "scheme": "basic",
        "description": "The same as the password, with any user name; or as the user name, with an empty password",
    },
    TICKET.name: {
        "type": "apiKey",
        "in": "query",
        "name": TICKET_PARAMETER,
        "description": "The same in the address. Proxies write addresses into their logs: prefer a header",
    },
}


def requirements(credentials: Iterable[CredentialPlace]) -> list[Schema]:
    """Any one of these places will do."""
    return [{place.name: []} for place in credentials]
