"""All that Milepost uses of the MCP SDK without its leave: everything private there is named here and nowhere else.

Written against `mcp` 2.3. Each piece says what the public interface lacks.
"""

# pyright: reportPrivateUsage=false, reportPrivateImportUsage=false
from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from math import inf
from typing import Any, Final, TypeVar

from mcp.server import MCPServer
from mcp.server.connection import Connection
from mcp.server.context import HandlerResult, ServerRequestContext
from mcp.server.mcpserver import server as server_module
from mcp.server.mcpserver.tools import Tool
from mcp.server.streamable_http_manager import StreamableHTTPServerTransport, StreamableHTTPSessionManager
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import SessionMessage
from pydantic import BaseModel

from milepost.domain.errors import Unavailable
from milepost.middleware.refusals import too_many_requests

_SESSION_RETRY_SECONDS: Final = 60

Server = MCPServer[Any]
RequestContext = ServerRequestContext[Any, Any]
P = TypeVar("P", bound=BaseModel)
Handler = Callable[[RequestContext, P], Awaitable[HandlerResult]]


@contextmanager
def leaving_logging_alone() -> Generator[None]:
    """For making an `MCPServer`, which would set up the log of the whole process, and import rich for it if it is there."""
    configure = server_module.configure_logging
    server_module.configure_logging = lambda level="INFO": None  # noqa: ARG005 - the SDK's signature
    try:
        yield
    finally:
        server_module.configure_logging = configure


def set_handler(server: Server, method: str, params: type[P], handler: Handler[P]) -> None:
    """Answer `method` by `handler`. `MCPServer` has no public way to subscriptions, log levels or a listener of one's own."""
    server._lowlevel_server.add_request_handler(method, params, handler)


def handler_of(server: Server, method: str) -> Handler[Any]:
    """What answers `method` so far."""
    entry = server._lowlevel_server.get_request_handler(method)
    if entry is None:
        raise LookupError(method)
    return entry.handler


def has_tool(server: Server, name: str) -> bool:
    """Whether a tool of that name is registered; the public list builds every tool's description."""
    return server._tool_manager.get_tool(name) is not None


def has_prompt(server: Server, name: str) -> bool:
    """Whether a prompt of that name is registered."""
    return server._prompt_manager.get_prompt(name) is not None


def add_tool(server: Server, tool: Tool) -> None:
    """Add a ready-made `Tool`; the public way builds one from a function's signature."""
    server._tool_manager._tools[tool.name] = tool


def connection_of(context: RequestContext) -> Connection:
    """The client's connection: the same object for all requests of one handshake, a new one for each modern request."""
    return context.session._connection


async def serve_streams(
    server: Server,
    incoming: ReadStream[SessionMessage | Exception],
    outgoing: WriteStream[SessionMessage],
) -> None:
    """Serve one client over a pair of streams, in the era it opens with, until `incoming` ends."""
    lowlevel = server._lowlevel_server
    await lowlevel.run(incoming, outgoing, lowlevel.create_initialization_options())


class Sessions(StreamableHTTPSessionManager):
    """The handshake sessions of `/mcp`. The SDK's have one limit for all, which a single token could fill."""

    def __init__(self, server: Server, *, most: int, most_of_one: int, **settings: Any) -> None:
        """Host and Origin are checked in front of it, so the SDK's own check, which knows only localhost, is off."""
        super().__init__(server._lowlevel_server, security_settings=None, max_sessions=most, **settings)
        self._most = most
        self._most_of_one = most_of_one

    def _admit_session(self, requestor: Any) -> StreamableHTTPServerTransport | None:
        """Where a token has its share, its longest idle session makes room.

        Clients that died without a word leave theirs behind. Raises `Refusal` 429 where all of them are in use, and
        `Unavailable` where the process has all that it takes.
        """
        own = [sid for sid, owner in self._session_owners.items() if owner == requestor]
        if len(own) >= self._most_of_one:
            self._end_longest_idle(own)
        if len(self._server_instances) >= self._most:
            raise Unavailable(f"{self._most:,} sessions are open here; try again in a moment", _SESSION_RETRY_SECONDS)
        return super()._admit_session(requestor)

    def _end_longest_idle(self, sids: list[str]) -> None:
        sid = min(sids, key=self._idle_until)
        if self._idle_until(sid) == inf:
            text = f"this token has {len(sids)} sessions in use; end some of them first"
            raise too_many_requests(text, _SESSION_RETRY_SECONDS)
        transport = self._server_instances.pop(sid)
        del self._session_owners[sid]
        if transport.idle_scope is not None:
            transport.idle_scope.cancel()

    def _idle_until(self, sid: str) -> float:
        """When the session would end by itself: the sooner, the longer it is idle, and never while it is in use."""
        transport = self._server_instances.get(sid)
        return transport.idle_scope.deadline if transport and transport.idle_scope else inf
