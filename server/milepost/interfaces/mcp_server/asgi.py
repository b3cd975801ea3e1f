"""MCP over HTTP: the ASGI applications behind `/mcp` (Streamable HTTP, both eras) and `/sse` (the legacy transport).

They expect everything around them to be done: Host, Origin, sizes and rates checked, the caller in
`scope["state"]["caller"]`, streams of dead tokens cut off.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.sse import SseServerTransport
from mcp.server.streamable_http import EventStore
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from milepost.domain.caller import Caller
from milepost.interfaces.mcp_server.sdk import serve_streams, session_manager
from milepost.interfaces.mcp_server.server import EventServer

MESSAGES_PATH: Final = "/sse/messages"
MOST_SESSIONS: Final = 1_000
"""Handshake sessions of one process; a further one is told 503."""
IDLE_SECONDS: Final = 30 * 60
"""A handshake session without a request or open stream for so long is forgotten, and its id answers 404."""


class HttpEndpoints:
    """The HTTP ways to one MCP server. They answer while `running`.

    `event_store` and `retry_milliseconds` make broken streams resumable, which needs memory for what was sent; a
    server for one's own tests may want it.
    """

    def __init__(
        self, server: EventServer, *, event_store: EventStore | None = None, retry_milliseconds: int | None = None
    ) -> None:
        self._server = server
        self._sessions: StreamableHTTPSessionManager = session_manager(
            server,
            event_store=event_store,
            retry_interval=retry_milliseconds,
            session_idle_timeout=IDLE_SECONDS,
            max_sessions=MOST_SESSIONS,
        )
        self._sse = SseServerTransport(MESSAGES_PATH)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep sessions and subscriptions meanwhile; once only."""
        async with self._server.subscriptions.running(), self._sessions.run():
            yield

    def end_listening(self) -> None:
        """Bring what would stay open for ever to its answer, before the server stops."""
        self._server.subscriptions.end_listening()

    async def streamable_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`/mcp`: GET, POST and DELETE."""
        _tell_owner(scope)
        await self._sessions.handle_request(scope, receive, send)

    async def sse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`/sse`: GET opens a stream, on which the address of `sse_messages` for this client comes first."""
        if scope["method"] != "GET":
            await Response(status_code=405, headers={"Allow": "GET"})(scope, receive, send)
            return
        _tell_owner(scope)
        async with self._sse.connect_sse(scope, receive, send) as (incoming, outgoing):
            await serve_streams(self._server, incoming, outgoing)

    async def sse_messages(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`/sse/messages`: POST a message to an open stream."""
        _tell_owner(scope)
        await self._sse.handle_post_message(scope, receive, send)


def _tell_owner(scope: Scope) -> None:
    """Say in the SDK's words whose request this is: it answers 404 to one that names another token's session."""
    caller = scope.get("state", {}).get("caller")
    if isinstance(caller, Caller) and caller.token is not None:
        sid = caller.token.sid
        scope["user"] = AuthenticatedUser(AccessToken(token=sid, client_id=sid, scopes=[]))
