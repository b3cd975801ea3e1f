"""Subscriptions: whatever changes an event, whoever may see it hears of it, in both eras."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
import pytest
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp import Client
from mcp.client.subscriptions import ResourceUpdated
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError
from mcp_types import INVALID_PARAMS, ResourceUpdatedNotification

from milepost.domain.caller import Caller
from milepost.domain.errors import Unavailable
from milepost.domain.event import EventChange
from milepost.domain.history import ChangeKind, Notice
from milepost.domain.ports import ChangeFeed
from milepost.domain.query import EventSearch
from milepost.domain.scope import Restriction
from milepost.domain.token import Token
from milepost.interfaces.mcp_server import subscriptions
from milepost.interfaces.mcp_server.subscriptions import (
    FIRST_RETRY_SECONDS,
    LONGEST_RETRY_SECONDS,
    MOST_ADDRESSES,
    MOST_SUBSCRIBERS,
    MOST_SUBSCRIBERS_OF_ACCOUNT,
)
from milepost.services.services import Ports, Services
from milepost.stores.sqlite.tokens import SqliteTokens
from tests.interfaces.mcp_server.workshop import READ, Entropy, Era, Workshop, opened

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


class CutFeed:
    """A feed over a line that is cut once: what happens before is lost, and whoever listens gets the failure."""

    def __init__(self, feed: ChangeFeed) -> None:
        self._feed = feed
        self._lines = 0
        self.cut = anyio.Event()

    @asynccontextmanager
    async def listen(self) -> AsyncGenerator[AsyncIterator[Notice]]:
        self._lines += 1
        if self._lines == 1:
            yield self._silent_until_cut()
        else:
            async with self._feed.listen() as notices:
                yield notices

    async def _silent_until_cut(self) -> AsyncIterator[Notice]:
        await self.cut.wait()
        if self.cut.is_set():
            raise Unavailable("the line is cut")
        yield Notice(kind=ChangeKind.MISSED, account_sid=None)


class FailingTokens(SqliteTokens):
    """The store's tokens, out of reach for the next `failures` look-ups."""

    failures = 0

    async def get_token(self, account_sid: str, token_sid: str) -> Token:
        if self.failures:
            self.failures -= 1
            raise Unavailable("the store is out of reach")
        return await super().get_token(account_sid, token_sid)


def rewired(workshop: Workshop, **ports: Any) -> Workshop:
    """The same workshop over other ports."""
    store = workshop.store
    own = Ports(
        reader=store.events,
        writer=store.events,
        history=store.history,
        feed=store.feed,
        accounts=store.accounts,
        tokens=store.tokens,
        sessions=store.sessions,
        places=store.places,
        tag_numbers=store.tag_numbers,
    )
    return replace(workshop, services=Services.over(replace(own, **ports), workshop.clock, Entropy()))


async def test_a_subscription_outlives_a_store_that_is_out_of_reach_and_says_what_it_missed(
    workshop: Workshop, era: Era
):
    feed = CutFeed(workshop.store.feed)
    workshop = rewired(workshop, feed=feed)
    sid = await workshop.record("watched")

    async with SUBSCRIBE[era](workshop, None, uri(sid), TIMELINE) as heard:
        await workshop.services.events.delete(workshop.owner, sid)
        feed.cut.set()

        assert {await heard(), await heard()} == {uri(sid), TIMELINE}
        await workshop.record("and on it goes")
        assert await heard() == TIMELINE


async def test_a_notice_waits_for_tokens_that_can_not_be_looked_up(
    workshop: Workshop, era: Era, monkeypatch: pytest.MonkeyPatch
):
    caller = await workshop.caller(READ)

    async with SUBSCRIBE[era](workshop, caller, TIMELINE) as heard:
        tokens = FailingTokens.__new__(FailingTokens)
        tokens.__dict__ = workshop.store.tokens.__dict__
        monkeypatch.setattr(workshop.services.tokens, "_tokens", tokens)
        tokens.failures = 2
        await workshop.record("news")

        assert await heard() == TIMELINE
        assert tokens.failures == 0


async def test_one_account_leaves_subscriptions_to_the_others(workshop: Workshop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subscriptions, "MOST_SUBSCRIBERS_OF_ACCOUNT", 1)
    server = workshop.server_for()
    async with server.subscriptions.running(), Client(server) as one, Client(server, mode="legacy") as other:
        async with one.listen(resource_subscriptions=[TIMELINE]):
            with pytest.raises(MCPError, match="1 clients of this account are subscribed already"):
                await other.subscribe_resource(TIMELINE)  # pyright: ignore[reportDeprecated]
        with anyio.fail_after(PATIENCE_SECONDS):
            await until_subscribed(other)


async def until_subscribed(client: Client) -> None:
    """The place of a listener that has just left becomes free a moment later."""
    while True:
        try:
            await client.subscribe_resource(TIMELINE)  # pyright: ignore[reportDeprecated]
        except MCPError:
            await anyio.sleep(0.01)
        else:
            return


def test_the_limits_of_subscriptions_are_these():
    assert (MOST_SUBSCRIBERS, MOST_SUBSCRIBERS_OF_ACCOUNT, MOST_ADDRESSES) == (1_000, 250, 1_000)
    assert (FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS) == (0.25, 30.0)
