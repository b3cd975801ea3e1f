"""Which token scope a message will need: told before it is handled, where the transport can still refuse it as HTTP does.

On Streamable HTTP a lack of scope is a 403 with a challenge, by which a client can ask for more (MCP 2025-11-25,
Authorization, "Scope Challenge Handling"). Elsewhere the tool's own answer says it.
"""

from __future__ import annotations

from typing import Any

import orjson

from milepost.domain.token import TokenScope
from milepost.interfaces.mcp_server.server import EventServer


def needed_scope(server: EventServer, body: bytes) -> TokenScope | None:
    """The scope that a tool call needs; None for any other message, and for what is none."""
    try:
        message: Any = orjson.loads(body)
        if message["method"] != "tools/call":
            return None
        name: Any = message["params"]["name"]
    except (orjson.JSONDecodeError, TypeError, KeyError, IndexError):
        return None
    return server.scope_of(name) if isinstance(name, str) else None
