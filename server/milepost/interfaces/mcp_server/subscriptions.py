"""Subscriptions to resources in both eras: a change made through any door, by any process, reaches who may know of it.

In the handshake era a client names addresses one by one and hears on its standing stream; in the modern era one
`subscriptions/listen` request stays open and is the stream. Both hear the services' notices, which are cut to the
token's reach, and both look again whether the token is still good before they pass one on.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
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
from milepost.domain.errors import MilepostError, Unauthorized, Unavailable
from milepost.domain.history import ChangeKind, Notice
from milepost.domain.text import shown
from milepost.domain.token import TokenScope
from milepost.interfaces.mcp_server.callers import current_caller
from milepost.interfaces.mcp_server.errors import report_bug, to_protocol_error
from milepost.interfaces.mcp_server.sdk import RequestContext, Server, connection_of, set_handler
from milepost.interfaces.mcp_server.uris import EVENT_TEMPLATE, TIMELINE, event_sid_of
from milepost.interfaces.mcp_server.watch import Watch
from milepost.services.services import Services

logger = logging.getLogger(__name__)

MOST_ADDRESSES: Final = 1_000
"""Addresses that one client may be subscribed to."""
MOST_SUBSCRIBERS: Final = 1_000
"""Clients of one process that may be subscribed to something at once."""
MOST_SUBSCRIBERS_OF_ACCOUNT: Final = 250
"""The same for one account, so that it leaves some to the others."""

PAUSE_SECONDS: Final = 0.05
"""What comes so soon after a notice of the same address goes out as one: many writes are no reason for as many look-ups."""

FIRST_RETRY_SECONDS: Final = 0.25
LONGEST_RETRY_SECONDS: Final = 30.0
"""How long a subscription waits before it looks again for a store that is out of reach; it doubles in between."""

Deliver = Callable[[str], Awaitable[None]]


class Subscriptions:
    """Everybody who is subscribed to something in this process. Works while `running`."""

    def __init__(self, server: Server, services: Services, shared: InMemorySubscriptionBus) -> None:
        self._server = server
        self._services = services
        self._shared = shared
        self._tasks: TaskGroup | None = None
        self._watches: dict[Connection, Watch] = {}
        self._listeners: set[ListenHandler] = set()
        self._subscribers: Counter[str] = Counter()
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
        self._require_going_on(watch)
        if len(watch.addresses) >= MOST_ADDRESSES:
            raise MCPError(
                code=INVALID_PARAMS, message=f"{MOST_ADDRESSES:,} subscriptions are the most; end some first"
            )
        watch.addresses.add(params.uri)
        return EmptyResult()

    async def _unsubscribe(self, context: RequestContext, params: UnsubscribeRequestParams) -> EmptyResult:
        if watch := self._watches.get(connection := connection_of(context)):
            watch.addresses.discard(params.uri)
            if not watch.addresses:
                self._forget(connection, watch)
        return EmptyResult()

    async def _listen(
        self, context: RequestContext, params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        caller = current_caller()
        addresses = [uri for uri in self._asked(params) if await self._readable(caller, uri)]
        narrowed = params.notifications.model_copy(update={"resource_subscriptions": addresses or None})
        bus = _OwnBus(self._shared)
        listener = ListenHandler(bus)
        watch = self._start(caller, set(addresses), lambda uri: bus.publish(ResourceUpdated(uri=uri)), listener.close)
        self._listeners.add(listener)
        try:
            await watch.ready.wait()
            # From here on the listener can be closed; what has ended before has to end here.
            self._require_going_on(watch)
            return await listener(context, params.model_copy(update={"notifications": narrowed}))
        finally:
            self._listeners.discard(listener)
            watch.scope.cancel()

    def _open_watch(self, connection: Connection, caller: Caller) -> Watch:
        watch = self._start(caller, set(), connection.send_resource_updated, lambda: self._forget(connection, watch))
        self._watches[connection] = watch
        connection.exit_stack.callback(watch.scope.cancel)
        return watch

    def _forget(self, connection: Connection, watch: Watch) -> None:
        watch.scope.cancel()
        # By now the client may have subscribed anew.
        if self._watches.get(connection) is watch:
            del self._watches[connection]

    def _start(self, caller: Caller, addresses: set[str], deliver: Deliver, at_end: Callable[[], None]) -> Watch:
        if self._tasks is None:
            raise RuntimeError("subscriptions aren't running")
        self._require_room(caller.account_sid)
        self._subscribers[caller.account_sid] += 1
        watch = Watch(addresses)
        self._tasks.start_soon(self._keep, caller, watch, deliver, at_end)
        return watch

    async def _keep(self, caller: Caller, watch: Watch, deliver: Deliver, at_end: Callable[[], None]) -> None:
        try:
            with watch.scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._deliver, caller, watch, deliver)
                    await self._follow(caller, watch)
                    watch.scope.cancel()
        finally:
            self._subscribers -= Counter([caller.account_sid])
            watch.over = True
            watch.ready.set()
            at_end()

    async def _follow(self, caller: Caller, watch: Watch) -> None:
        """Note what notices touch, until the feed ends; where it breaks off, as soon as it is back."""
        with _ending_quietly():
            pauses = _pauses()
            while True:
                began = anyio.current_time()
                try:
                    await self._note_notices(caller, watch)
                except Unavailable as error:
                    if not watch.ready.is_set():
                        raise
                    if anyio.current_time() > began + LONGEST_RETRY_SECONDS:
                        pauses = _pauses()
                    pause = next(pauses)
                    logger.warning("changes can't be followed; trying again in %g s: %s", pause, error)
                    await anyio.sleep(pause)
                else:
                    return

    async def _note_notices(self, caller: Caller, watch: Watch) -> None:
        async with self._services.history.listen(caller) as notices:
            if watch.ready.is_set():
                # What came meanwhile was missed.
                watch.note(Notice(kind=ChangeKind.MISSED, account_sid=caller.account_sid))
            watch.ready.set()
            async for notice in notices:
                watch.note(notice)

    async def _deliver(self, caller: Caller, watch: Watch, deliver: Deliver) -> None:
        """Deliver what was noted, until the token is dead."""
        with _ending_quietly():
            while True:
                for uri in await watch.noted():
                    await self._require_alive(caller)
                    await deliver(uri)
                await anyio.sleep(PAUSE_SECONDS)
        watch.scope.cancel()

    async def _require_alive(self, caller: Caller) -> None:
        """Raises `Unauthorized` for a dead token; waits for a store that can't tell."""
        for pause in _pauses():
            try:
                await self._services.tokens.refresh(caller)
            except Unavailable as error:
                logger.warning("a subscription's token can't be looked up; trying again in %g s: %s", pause, error)
                await anyio.sleep(pause)
            else:
                return

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

    def _require_room(self, account_sid: str) -> None:
        for subscribed, most, whose in (
            (self._subscribers.total(), MOST_SUBSCRIBERS, ""),
            (self._subscribers[account_sid], MOST_SUBSCRIBERS_OF_ACCOUNT, " of this account"),
        ):
            if subscribed >= most:
                text = f"{most:,} clients{whose} are subscribed already; end some subscriptions, or try later"
                raise MCPError(code=INTERNAL_ERROR, message=text)

    def _require_going_on(self, watch: Watch) -> None:
        if self._ended or watch.over:
            raise MCPError(code=INTERNAL_ERROR, message="Changes can't be followed at the moment; try again later")

    def _asked(self, params: SubscriptionsListenRequestParams) -> list[str]:
        asked = params.notifications.resource_subscriptions or []
        if len(asked) > MOST_ADDRESSES:
            raise MCPError(
                code=INVALID_PARAMS, message=f"{len(asked):,} addresses came; at most {MOST_ADDRESSES:,} are taken"
            )
        return list(dict.fromkeys(asked))


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


def _pauses() -> Iterator[float]:
    seconds = FIRST_RETRY_SECONDS
    while True:
        yield seconds
        seconds = min(2 * seconds, LONGEST_RETRY_SECONDS)


@contextmanager
def _ending_quietly() -> Generator[None]:
    """What ends one subscription ends neither the others nor the server."""
    try:
        yield
    except Unauthorized:
        logger.info("a subscription ended with its token")
    except MilepostError as error:
        logger.warning("a subscription ended: %s", error)
    except Exception as error:  # noqa: BLE001 - the edge: a bug is logged
        report_bug("a subscription", error)
