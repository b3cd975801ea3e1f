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
from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError
from starlette.types import Message, Receive, Scope, Send

from milepost.domain.caller import Caller
from milepost.domain.errors import Problem
from milepost.interfaces.mcp_server.sdk import Sessions, serve_streams
from milepost.interfaces.mcp_server.server import EventServer
from milepost.middleware.refusals import Refusal, method_not_allowed

MESSAGES_PATH: Final = "/sse/messages"
MOST_SESSIONS: Final = 1_000
"""Handshake sessions of one process; a further one is told 503."""
MOST_SESSIONS_OF_ONE: Final = 50
"""Handshake sessions of one token; a further one ends that which was idle for longest."""
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
        self._sessions = Sessions(
            server,
            most=MOST_SESSIONS,
            most_of_one=MOST_SESSIONS_OF_ONE,
            event_store=event_store,
            retry_interval=retry_milliseconds,
            session_idle_timeout=IDLE_SECONDS,
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
        """`/mcp`: GET, POST and DELETE. Raises `Refusal` 405 for others, and where no session can be opened."""
        _require_method(scope, "GET", "POST", "DELETE")
        _tell_owner(scope)
        await self._sessions.handle_request(scope, receive, send)

    async def sse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`/sse`: GET opens a stream, on which the address of `sse_messages` for this client comes first."""
        _require_method(scope, "GET")
        _tell_owner(scope)
        async with self._sse.connect_sse(scope, receive, send) as (incoming, outgoing):
            await serve_streams(self._server, incoming, outgoing)

    async def sse_messages(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`/sse/messages`: POST a message to an open stream. Raises `Refusal` for what is none, or for no stream."""
        _require_method(scope, "POST")
        _tell_owner(scope)
        first = await receive()
        _require_message(first.get("body", b""))
        pending: list[Message] = [first]

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        await self._sse.handle_post_message(scope, replay, _without_bare_text(send))


def _require_method(scope: Scope, *methods: str) -> None:
    if scope["method"] not in methods:
        raise method_not_allowed(", ".join(methods))


def _require_message(body: bytes) -> None:
    """The SDK would log what came, as an error of its own. The body is here in one piece: `BodyLimit` saw to it."""
    try:
        jsonrpc_message_adapter.validate_json(body, by_name=False)
    except ValidationError:
        text = "this is no JSON-RPC 2.0 message; send an object with jsonrpc, method, params and id, in UTF-8"
        raise Refusal(400, "VALIDATION_ERROR", text) from None


def _without_bare_text(send: Send) -> Send:
    """The SDK refuses in a word or two of plain text; here it is said as everywhere."""

    async def refusing(message: Message) -> None:
        match message.get("status"):
            case 400:
                text = "the address holds no session_id that is one; post to the address that came first on the stream"
                raise Refusal(400, "VALIDATION_ERROR", text, [Problem("session_id", text)])
            case 404:
                text = "there is no such stream, or it is another token's; open one with GET /sse"
                raise Refusal(404, "RESOURCE_NOT_FOUND", text)
            case _:
                await send(message)

    return refusing


def _tell_owner(scope: Scope) -> None:
    """Say in the SDK's words whose request this is: it answers 404 to one that names another token's session."""
    caller = scope.get("state", {}).get("caller")
    if isinstance(caller, Caller) and caller.token is not None:
        sid = caller.token.sid
        scope["user"] = AuthenticatedUser(AccessToken(token=sid, client_id=sid, scopes=[]))
