"""Who is asking: found anew for every request, so that a revoked token is good for nothing from then on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any, cast

from mcp_types import Implementation

from milepost.domain.caller import Caller
from milepost.domain.errors import Unauthorized
from milepost.interfaces.mcp_server.sdk import RequestContext

DOOR = "mcp"
CallerFinder = Callable[[RequestContext], Awaitable[Caller]]

_current: ContextVar[Caller] = ContextVar("milepost_mcp_caller")


def current_caller() -> Caller:
    """The caller of the request that is being answered."""
    return _current.get()


async def identify(find: CallerFinder, context: RequestContext) -> Caller:
    """Find the caller of a request and remember it for the rest of that request; raises `Unauthorized`."""
    caller = (await find(context)).with_client(_client_name(context))
    _current.set(caller)
    return caller


async def caller_of_http_request(context: RequestContext) -> Caller:
    """The caller whom the sign-in in front of `/mcp` and `/sse` left in the ASGI scope, under `state.caller`."""
    scope = cast("Mapping[str, Any]", getattr(context.request, "scope", {}))
    caller = cast("Mapping[str, Any]", scope.get("state", {})).get("caller")
    if not isinstance(caller, Caller):
        raise Unauthorized("a bearer token is needed")
    return caller


def _client_name(context: RequestContext) -> str | None:
    """`name/version` as the client introduced itself: in the handshake, or in the envelope of a modern request."""
    params = context.session.client_params
    if params is None:
        return None
    client: Implementation = params.client_info
    return f"{client.name}/{client.version}" if client.version else client.name
