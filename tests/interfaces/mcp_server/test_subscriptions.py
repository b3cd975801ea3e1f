"""Subscriptions: whatever changes an event, whoever may see it hears of it, in both eras."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp import Client
from mcp.client.subscriptions import ResourceUpdated
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError
from mcp_types import INVALID_PARAMS, ResourceUpdatedNotification

from milepost.domain.caller import Caller
from milepost.domain.event import EventChange
from milepost.domain.query import EventSearch
from milepost.domain.scope import Restriction
from tests.interfaces.mcp_server.workshop import READ, Era, Workshop, opened

TIMELINE = "milepost://timeline"
PATIENCE_SECONDS = 10.0
BURST = 100
Heard = Callable[[], Awaitable[str]]

pytestmark = pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")


def uri(sid: str) -> str:
    return f"milepost://events/{sid}"


def patiently(stream: MemoryObjectReceiveStream[str]) -> Heard:
    async def heard() -> str:
        with anyio.fail_after(PATIENCE_SECONDS):
            return await stream.receive()

    return heard


def noting(stream: MemoryObjectSendStream[str]) -> Callable[[Any], Awaitable[None]]:
    async def note(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            await stream.send(str(message.params.uri))

    return note


@asynccontextmanager
async def by_handshake(workshop: Workshop, caller: Caller | None, *uris: str) -> AsyncGenerator[Heard]:
    send, receive = anyio.create_memory_object_stream[str](100)
    async with workshop.client(caller, era="legacy", message_handler=noting(send)) as client:
        for each in uris:
            await client.subscribe_resource(each)  # pyright: ignore[reportDeprecated]
        with send, receive:
            yield patiently(receive)


@asynccontextmanager
async def by_listening(workshop: Workshop, caller: Caller | None, *uris: str) -> AsyncGenerator[Heard]:
    send, receive = anyio.create_memory_object_stream[str](100)

    async with (
        workshop.client(caller) as client,
        client.listen(resource_subscriptions=uris) as events,
        anyio.create_task_group() as tasks,
    ):

        async def note() -> None:
            async for event in events:
                assert isinstance(event, ResourceUpdated)
                await send.send(event.uri)

        tasks.start_soon(note)
        with send, receive:
            yield patiently(receive)
            tasks.cancel_scope.cancel()


SUBSCRIBE = {"legacy": by_handshake, "auto": by_listening}


async def test_a_new_event_is_heard_on_the_timeline(workshop: Workshop, era: Era):
    async with SUBSCRIBE[era](workshop, None, TIMELINE) as heard:
        await workshop.record("news")

        assert await heard() == TIMELINE


async def test_every_kind_of_change_to_an_event_is_heard(workshop: Workshop, era: Era):
    sid = await workshop.record("watched")
    services, owner = workshop.services, workshop.owner

    async with SUBSCRIBE[era](workshop, None, uri(sid)) as heard:
        for change in (
            services.events.change(owner, sid, EventChange(name="changed")),
            services.events.delete(owner, sid),
            services.history.restore(owner, sid),
        ):
            await workshop.record("another")
            await change
            assert await heard() == uri(sid)


async def test_a_change_by_another_process_is_heard(workshop: Workshop, era: Era):
    sid = await workshop.record("watched")
    with opened(workshop.store.path) as other:
        async with SUBSCRIBE[era](workshop, None, uri(sid)) as heard:
            await other.events.delete(
                workshop.owner.account_sid, sid, lambda _: None, workshop.owner.provenance, workshop.clock()
            )

            assert await heard() == uri(sid)


async def test_a_burst_of_changes_is_heard_in_few_notices_the_last_after_all_of_them(workshop: Workshop, era: Era):
    heard_of, told = 0, 0

    async with SUBSCRIBE[era](workshop, None, TIMELINE) as heard, anyio.create_task_group() as tasks:
        for number in range(BURST):
            tasks.start_soon(workshop.record, f"burst {number}")
        while heard_of < BURST:
            assert await heard() == TIMELINE
            told += 1
            heard_of = len((await workshop.services.events.find(workshop.owner, EventSearch(limit=BURST))).events)

    assert told < BURST


async def test_a_restricted_token_hears_only_of_what_it_may_see(workshop: Workshop, era: Era):
    own = await workshop.record("own", buckets=("bkt_1",))
    caller = await workshop.caller(READ, Restriction(buckets=frozenset({"bkt_1"})))

    async with SUBSCRIBE[era](workshop, caller, TIMELINE, uri(own)) as heard:
        await workshop.record("hidden", buckets=("bkt_2",))
        await workshop.services.events.change(workshop.owner, own, EventChange(name="changed"))

        # The hidden one came first, and nothing was said of it.
        assert await heard() == uri(own)
        assert await heard() == TIMELINE


async def test_an_event_that_leaves_the_reach_is_heard_once_more(workshop: Workshop, era: Era):
    sid = await workshop.record("moving", buckets=("bkt_1",))
    caller = await workshop.caller(READ, Restriction(buckets=frozenset({"bkt_1"})))

    async with SUBSCRIBE[era](workshop, caller, uri(sid)) as heard:
        await workshop.services.events.change(workshop.owner, sid, EventChange(buckets=("bkt_2",)))

        assert await heard() == uri(sid)


async def test_a_revoked_token_hears_nothing_more(workshop: Workshop, era: Era):
    caller = await workshop.caller(READ)
    assert caller.token is not None

    async with (
        SUBSCRIBE[era](workshop, caller, TIMELINE) as heard,
        SUBSCRIBE[era](workshop, None, TIMELINE) as owner_heard,
    ):
        await workshop.record("before")
        assert await heard() == await owner_heard() == TIMELINE
        await workshop.services.tokens.revoke(workshop.owner, caller.token.sid)
        await workshop.record("after")

        assert await owner_heard() == TIMELINE
        with pytest.raises(TimeoutError), anyio.fail_after(0.2):
            await heard()


async def test_whoever_unsubscribes_hears_nothing_more(workshop: Workshop):
    first, second = await workshop.record("one"), await workshop.record("two")
    send, receive = anyio.create_memory_object_stream[str](100)

    async with workshop.client(era="legacy", message_handler=noting(send)) as client, send, receive:
        for each in (uri(first), uri(second)):
            await client.subscribe_resource(each)  # pyright: ignore[reportDeprecated]
        await client.unsubscribe_resource(uri(first))  # pyright: ignore[reportDeprecated]
        for sid in (first, second):
            await workshop.services.events.delete(workshop.owner, sid)

        assert await patiently(receive)() == uri(second)


@pytest.mark.parametrize("address", ["milepost://events/evt_unknown", "milepost://elsewhere", "https://example.com/"])
async def test_what_isnt_there_cant_be_subscribed_to(address: str, workshop: Workshop):
    async with workshop.client(era="legacy") as client:
        with pytest.raises(MCPError) as refused, pytest.warns(MCPDeprecationWarning):
            await client.subscribe_resource(address)  # pyright: ignore[reportDeprecated]

    assert refused.value.error.code == INVALID_PARAMS


async def test_a_listener_is_told_which_of_its_addresses_are_honoured(workshop: Workshop):
    own, hidden = await workshop.record("own", buckets=("bkt_1",)), await workshop.record("hidden", buckets=("bkt_2",))
    caller = await workshop.caller(READ, Restriction(buckets=frozenset({"bkt_1"})))

    async with (
        workshop.client(caller) as client,
        client.listen(resource_subscriptions=[uri(hidden), uri(own), "milepost://elsewhere"]) as events,
    ):
        assert events.honored.resource_subscriptions == [uri(own)]


async def test_the_end_of_the_server_is_told_to_listeners(workshop: Workshop):
    server = workshop.server_for()
    async with (
        server.subscriptions.running(),
        Client(server) as client,
        client.listen(resource_subscriptions=[TIMELINE]) as events,
    ):
        server.subscriptions.end_listening()
        with anyio.fail_after(PATIENCE_SECONDS):
            assert [event async for event in events] == []


async def test_whoever_subscribes_again_hears_again(workshop: Workshop):
    send, receive = anyio.create_memory_object_stream[str](100)

    async with workshop.client(era="legacy", message_handler=noting(send)) as client, send, receive:
        for _ in range(3):
            await client.subscribe_resource(TIMELINE)  # pyright: ignore[reportDeprecated]
            await client.unsubscribe_resource(TIMELINE)  # pyright: ignore[reportDeprecated]
        await client.subscribe_resource(TIMELINE)  # pyright: ignore[reportDeprecated]
        await workshop.record("news")

        assert await patiently(receive)() == TIMELINE


async def test_a_feed_that_cant_be_followed_is_said(workshop: Workshop):
    async with workshop.client(era="legacy") as client:
        workshop.store.close()
        with pytest.raises(MCPError) as refused:
            await client.subscribe_resource(TIMELINE)  # pyright: ignore[reportDeprecated]

    assert "can't be followed" in refused.value.error.message
