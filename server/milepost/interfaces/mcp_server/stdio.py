"""MCP over stdin and stdout, from start to a clean end.

SIGINT, SIGTERM and the end of stdin all end it the same way: nothing more is read, calls in flight get a moment to
answer, what is left is cancelled and told so. All of it within two seconds, even towards a client that stopped reading.
"""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import anyio
import orjson
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    RequestId,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

from milepost.interfaces.mcp_server.pipes import LONGEST_LINE_BYTES, TooLong, claimed_streams, read_lines, write_all
from milepost.interfaces.mcp_server.sdk import serve_streams
from milepost.interfaces.mcp_server.server import EventServer

GRACE_SECONDS: Final = 0.8
"""What calls in flight get to end by themselves once the end has come."""
CUT_OFF_SECONDS: Final = 1.1
"""How long after that end has come a client that doesn't even read its last answers is given up."""
MOST_IN_FLIGHT: Final = 1_000
"""Requests of one client that may wait for their answers at once."""

_ONE_LINE: Final = orjson.OPT_APPEND_NEWLINE
Incoming = MemoryObjectReceiveStream[SessionMessage | Exception]
Outgoing = MemoryObjectSendStream[SessionMessage]
Serve = Callable[[Incoming, Outgoing], Awaitable[None]]


async def run_stdio(server: EventServer) -> None:
    """Serve one client on the standard streams until it hangs up or a signal comes."""
    subscriptions = server.subscriptions
    with claimed_streams() as (reading, writing):
        async with subscriptions.running():
            conversation = _Conversation(reading, writing, subscriptions.end_listening)
            await conversation.run(partial(serve_streams, server))


class _Conversation:
    """One client on a pair of descriptors, and those of its requests that have no answer yet."""

    def __init__(self, reading: int, writing: int, on_ending: Callable[[], None]) -> None:
        self._reading = reading
        self._writing = writing
        self._on_ending = on_ending
        self._to_server, self._incoming = anyio.create_memory_object_stream[SessionMessage | Exception]()
        self._outgoing, self._from_server = anyio.create_memory_object_stream[SessionMessage]()
        self._hearing = anyio.CancelScope()
        self._speaking = anyio.CancelScope()
        self._unanswered: set[RequestId] = set()
        self._settled = anyio.Event()

    async def run(self, serve: Serve) -> None:
        async with anyio.create_task_group() as helpers:
            helpers.start_soon(self._watch_signals)
            helpers.start_soon(self._hear)
            # Leaving the inner group waits until the last answer is out.
            async with anyio.create_task_group() as speaker:
                speaker.start_soon(self._speak)
                await serve(self._incoming, self._outgoing)
            helpers.cancel_scope.cancel()

    async def _watch_signals(self) -> None:
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                if self._hearing.cancel_called:
                    self._speaking.cancel()
                self._hearing.cancel()

    async def _hear(self) -> None:
        async with self._to_server:
            with self._hearing:
                async for line in read_lines(self._reading):
                    await self._take(line)
            await self._settle()
        await anyio.sleep(CUT_OFF_SECONDS - GRACE_SECONDS)
        self._speaking.cancel()

    async def _take(self, line: bytes | TooLong) -> None:
        if isinstance(line, TooLong):
            await self._refuse(None, INVALID_REQUEST, f"Skipped a message of more than {LONGEST_LINE_BYTES:,} bytes")
        elif line.strip():
            try:
                message = jsonrpc_message_adapter.validate_json(line, by_name=False)
            except ValidationError as error:
                await self._refuse(None, *_what_is_wrong(error))
            else:
                await self._pass_on(message)

    async def _pass_on(self, message: JSONRPCMessage) -> None:
        match message:
            case JSONRPCRequest(id=request_id):
                if len(self._unanswered) >= MOST_IN_FLIGHT:
                    text = (
                        f"{MOST_IN_FLIGHT:,} requests are waiting already; send this one again when some are answered"
                    )
                    await self._refuse(request_id, INTERNAL_ERROR, text)
                    return
                await self._begin(request_id, message)
                return
            case JSONRPCNotification(
                method="notifications/cancelled", params={"requestId": str() | int() as request_id}
            ):
                self._unanswered.discard(request_id)
            case _:
                pass
        await self._to_server.send(SessionMessage(message))

    async def _begin(self, request_id: RequestId, message: JSONRPCRequest) -> None:
        self._unanswered.add(request_id)
        try:
            await self._to_server.send(SessionMessage(message))
        except anyio.get_cancelled_exc_class():
            # The end came before the server took it: it isn't begun, and nobody waits for it.
            self._unanswered.discard(request_id)
            raise

    async def _refuse(self, request_id: RequestId | None, code: int, text: str) -> None:
        error = JSONRPCError(jsonrpc="2.0", id=request_id, error=ErrorData(code=code, message=text))
        await self._outgoing.send(SessionMessage(error))

    async def _settle(self) -> None:
        """Give the calls in flight their moment."""
        self._hearing.cancel()
        self._on_ending()
        if self._unanswered:
            with anyio.move_on_after(GRACE_SECONDS):
                await self._settled.wait()

    async def _speak(self) -> None:
        with self._speaking:
            try:
                async for item in self._from_server:
                    await write_all(self._writing, _line(item.message))
                    self._answered(item.message)
            except OSError:
                # The client closed its end: nobody is left to answer.
                self._hearing.cancel()
        self._from_server.close()

    def _answered(self, message: JSONRPCMessage) -> None:
        if isinstance(message, JSONRPCResponse | JSONRPCError) and message.id is not None:
            self._unanswered.discard(message.id)
            if self._hearing.cancel_called and not self._unanswered:
                self._settled.set()


def _line(message: JSONRPCMessage) -> bytes:
    if isinstance(message, JSONRPCResponse):
        # A result is plain JSON by now; on a full page this is three times as fast.
        return orjson.dumps({"jsonrpc": "2.0", "id": message.id, "result": message.result}, option=_ONE_LINE)
    return message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"


def _what_is_wrong(error: ValidationError) -> tuple[int, str]:
    if any(problem["type"] == "json_invalid" for problem in error.errors(include_url=False)):
        return PARSE_ERROR, "This line is no JSON; send one JSON-RPC message a line, in UTF-8"
    return INVALID_REQUEST, "This is no JSON-RPC 2.0 message; send an object with jsonrpc, method, params and id"
