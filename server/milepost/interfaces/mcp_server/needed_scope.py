"""Which token scope a message will need: told before it is handled, where the transport can still refuse it as HTTP does.

On Streamable HTTP a lack of scope is a 403 with a challenge, by which a client can ask for more (MCP 2025-11-25,
Authorization, "Scope Challenge Handling"). Elsewhere the tool's own answer says it.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from milepost.domain.token import TokenScope
from milepost.interfaces.mcp_server.server import EventServer

_READING: Final = frozenset({"resources/read", "resources/subscribe", "completion/complete"})


def needed_scope(server: EventServer, body: bytes) -> TokenScope | None:
    """The scope that a message needs; None where it needs none, and for what is no message."""
    try:
        message: Any = orjson.loads(body)
        method: Any = message["method"]
        if method in _READING:
            return TokenScope.EVENTS_READ
        find = {"tools/call": server.scope_of, "prompts/get": server.scope_of_prompt}[method]
        name: Any = message["params"]["name"]
    except (orjson.JSONDecodeError, TypeError, KeyError, IndexError):
        return None
    return find(name) if isinstance(name, str) else None
