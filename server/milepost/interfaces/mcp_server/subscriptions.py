"""Subscriptions to resources in both eras: a change made through any door, by any process, reaches who may know of it.

In the handshake era a client names addresses one by one and hears on its standing stream; in the modern era one
`subscriptions/listen` request stays open and is the stream. Both hear the services' notices, which are cut to the
token's reach, and both look again whether the token is still good before they pass one on.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import anyio
from anyio.abc import TaskGroup
from mcp.server.connection import Connection
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ServerEvent
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from milepost.domain.caller import Caller
from milepost.domain.errors import MilepostError, Unauthorized
from milepost.domain.history import Notice
from milepost.domain.text import shown
from milepost.domain.token import TokenScope
from milepost.interfaces.mcp_server.callers import current_caller
from milepost.interfaces.mcp_server.errors import report_bug, to_protocol_error
from milepost.interfaces.mcp_server.sdk import RequestContext, Server, connection_of, set_handler
from milepost.interfaces.mcp_server.uris import EVENT_TEMPLATE, TIMELINE, event_sid_of, event_uri
from milepost.services.services import Services

logger = logging.getLogger(__name__)

MOST_ADDRESSES: Final = 1_000
"""Addresses that one client may be subscribed to."""
MOST_SUBSCRIBERS: Final = 1_000
"""Clients of one process that may be subscribed to something at once."""

Deliver = Callable[[str], Awaitable[None]]


class Subscriptions:
    """Everybody who is subscribed to something in this process. Works while `running`."""

    def __init__(self, server: Server, services: Services, shared: InMemorySubscriptionBus) -> None:
        self._server = server
        self._services = services
        self._shared = shared
        self._tasks: TaskGroup | None = None
        self._watches: dict[Connection, _Watch] = {}
        self._listeners: set[ListenHandler] = set()
        self._ended = False
        set_handler(server, "resources/subscribe", SubscribeRequestParams, self._subscribe)
        set_handler(server, "resources/unsubscribe", UnsubscribeRequestParams, self._unsubscribe)
        set_handler(server, "subscriptions/listen", SubscriptionsListenRequestParams, self._listen)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Deliver notices meanwhile."""
        async with anyio.create_task_group() as self._tasks:
            try:
                yield
            finally:
                self._tasks.cancel_scope.cancel()

    def end_listening(self) -> None:
        """Bring every open `subscriptions/listen` to its answer, and take no more of them."""
        self._ended = True
        for listener in self._listeners:
            listener.close()

    async def _subscribe(self, context: RequestContext, params: SubscribeRequestParams) -> EmptyResult:
        caller = current_caller()
        await self._require_readable(caller, params.uri)
        watch = self._watches.get(connection := connection_of(context)) or self._open_watch(connection, caller)
        await watch.ready.wait()
        if len(watch.addresses) >= MOST_ADDRESSES:
            raise MCPError(
                code=INVALID_PARAMS, message=f"{MOST_ADDRESSES:,} subscriptions are the most; end some first"
            )
        watch.addresses.add(params.uri)
        return EmptyResult()

    async def _unsubscribe(self, context: RequestContext, params: UnsubscribeRequestParams) -> EmptyResult:
        if watch := self._watches.get(connection_of(context)):
            watch.addresses.discard(params.uri)
            if not watch.addresses:
                watch.scope.cancel()
        return EmptyResult()

    async def _listen(
        self, context: RequestContext, params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        self._require_room()
        caller = current_caller()
        addresses = [uri for uri in self._asked(params) if await self._readable(caller, uri)]
        narrowed = params.notifications.model_copy(update={"resource_subscriptions": addresses or None})
        bus = _OwnBus(self._shared)
        listener = ListenHandler(bus)
        self._listeners.add(listener)
        watch = self._start(caller, set(addresses), lambda uri: bus.publish(ResourceUpdated(uri=uri)), listener.close)
        try:
            await watch.ready.wait()
            # From here on the listener can be closed; what is ended before has to end here.
            if self._ended:
                raise MCPError(code=INTERNAL_ERROR, message="Milepost is stopping; listen again in a moment")
            return await listener(context, params.model_copy(update={"notifications": narrowed}))
        finally:
            self._listeners.discard(listener)
            watch.scope.cancel()

    def _open_watch(self, connection: Connection, caller: Caller) -> _Watch:
        self._require_room()
        watch = self._start(caller, set(), connection.send_resource_updated, lambda: self._forget(connection))
        self._watches[connection] = watch
        connection.exit_stack.callback(watch.scope.cancel)
        return watch

    def _forget(self, connection: Connection) -> None:
        del self._watches[connection]

    def _start(self, caller: Caller, addresses: set[str], deliver: Deliver, at_end: Callable[[], None]) -> _Watch:
        if self._tasks is None:
            raise RuntimeError("subscriptions aren't running")
        watch = _Watch(addresses)
        self._tasks.start_soon(self._keep, caller, watch, deliver, at_end)
        return watch

    async def _keep(self, caller: Caller, watch: _Watch, deliver: Deliver, at_end: Callable[[], None]) -> None:
        try:
            with watch.scope:
                await self._follow(caller, watch, deliver)
        finally:
            watch.ready.set()
            at_end()

    async def _follow(self, caller: Caller, watch: _Watch, deliver: Deliver) -> None:
        """Deliver the addresses that notices touch, until the token is dead or the feed fails."""
        try:
            async with self._services.history.listen(caller) as notices:
                watch.ready.set()
                async for notice in notices:
                    if touched := _touched(notice, watch.addresses):
                        await self._services.tokens.refresh(caller)
                        for uri in touched:
                            await deliver(uri)
        except Unauthorized:
            logger.info("a subscription ended with its token")
        except MilepostError as error:
            logger.warning("a subscription ended: %s", error)
        except Exception as error:  # noqa: BLE001 - one subscriber's failure is not to end the others
            report_bug("a subscription", error)

    async def _readable(self, caller: Caller, uri: str) -> bool:
        try:
            await self._require_readable(caller, uri)
        except MCPError:
            return False
        return True

    async def _require_readable(self, caller: Caller, uri: str) -> None:
        """Raises -32602 for what isn't there, and for what the token may not see, alike."""
        try:
            caller.require(TokenScope.EVENTS_READ)
            if (sid := event_sid_of(uri)) is not None:
                await self._services.events.get(caller, sid)
            elif uri not in {resource.uri for resource in await self._server.list_resources()}:
                message = f"There is nothing at {shown(uri)}; subscribe to {TIMELINE} or to {EVENT_TEMPLATE}"
                raise MCPError(code=INVALID_PARAMS, message=message, data={"uri": uri})
        except MilepostError as error:
            raise to_protocol_error(error, uri=uri) from None

    def _require_room(self) -> None:
        if len(self._watches) + len(self._listeners) >= MOST_SUBSCRIBERS:
            raise MCPError(
                code=INTERNAL_ERROR, message=f"{MOST_SUBSCRIBERS:,} clients are subscribed already; try later"
            )

    def _asked(self, params: SubscriptionsListenRequestParams) -> list[str]:
        asked = params.notifications.resource_subscriptions or []
        if len(asked) > MOST_ADDRESSES:
            raise MCPError(
                code=INVALID_PARAMS, message=f"{len(asked):,} addresses came; at most {MOST_ADDRESSES:,} are taken"
            )
        return list(dict.fromkeys(asked))


class _Watch:
    """The addresses that one subscriber listens for. `ready` is set once no change is missed any more, or it is over."""

    def __init__(self, addresses: set[str]) -> None:
        self.addresses = addresses
        self.scope = anyio.CancelScope()
        self.ready = anyio.Event()


class _OwnBus(InMemorySubscriptionBus):
    """What one listener hears: events for it alone, and those that go to all."""

    def __init__(self, shared: InMemorySubscriptionBus) -> None:
        super().__init__()
        self._shared = shared

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        ends = (super().subscribe(listener), self._shared.subscribe(listener))

        def unsubscribe() -> None:
            for end in ends:
                end()

        return unsubscribe


def _touched(notice: Notice, addresses: set[str]) -> list[str]:
    if notice.event_sid is None:
        return sorted(addresses)
    return [uri for uri in (event_uri(notice.event_sid), TIMELINE) if uri in addresses]
