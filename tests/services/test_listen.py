from collections.abc import AsyncIterator

import anyio
import pytest

from milepost.domain.caller import Caller
from milepost.domain.errors import Forbidden
from milepost.domain.event import EventChange
from milepost.domain.history import ChangeKind, Notice
from milepost.domain.scope import Scope
from tests.services.world import WRITE, World

LONG_ENOUGH_SECONDS = 10


async def next_of(notices: AsyncIterator[Notice]) -> Notice:
    with anyio.fail_after(LONG_ENOUGH_SECONDS):
        return await anext(notices)


async def heard_before_the_signal(world: World, caller: Caller, notices: AsyncIterator[Notice]) -> list[Notice]:
    """What is heard up to an event that everybody in the account hears of."""
    signal = await world.record(Caller(account_sid=caller.account_sid, door="cli"), name="signal")
    heard: list[Notice] = []
    while (notice := await next_of(notices)).event_sid != signal.sid:
        heard.append(notice)
    return heard


async def test_every_change_is_heard_in_order(world: World) -> None:
    async with world.services.history.listen(world.owner) as notices:
        event = await world.record(buckets=("bkt_a",))
        await world.services.events.change(world.owner, event.sid, EventChange(buckets=("bkt_b",)))
        await world.services.events.delete(world.owner, event.sid)
        await world.services.history.restore(world.owner, event.sid)
        heard = await heard_before_the_signal(world, world.owner, notices)
    assert [notice.kind for notice in heard] == [
        ChangeKind.CREATED,
        ChangeKind.CHANGED,
        ChangeKind.DELETED,
        ChangeKind.RESTORED,
    ]
    assert {notice.event_sid for notice in heard} == {event.sid}
    assert set(heard[1].scopes) == {Scope(("bkt_a",)), Scope(("bkt_b",))}


async def test_what_was_before_listening_is_not_heard(world: World) -> None:
    await world.record()
    async with world.services.history.listen(world.owner) as notices:
        assert await heard_before_the_signal(world, world.owner, notices) == []


async def test_what_writes_nothing_is_not_heard(world: World) -> None:
    event = await world.record(name="same", dedup_key="k")
    async with world.services.history.listen(world.owner) as notices:
        await world.services.events.change(world.owner, event.sid, EventChange(name="same"))
        await world.services.history.restore(world.owner, event.sid)
        assert await heard_before_the_signal(world, world.owner, notices) == []


async def test_other_accounts_are_not_heard(world: World) -> None:
    stranger = await world.owner_of("other")
    async with world.services.history.listen(world.owner) as notices:
        await world.record(stranger)
        assert await heard_before_the_signal(world, world.owner, notices) == []


async def test_a_restricted_token_hears_of_what_it_sees_before_or_after(world: World) -> None:
    holder = await world.holder(buckets=("bkt_a",))
    async with world.services.history.listen(holder) as notices:
        outside = await world.record(buckets=("bkt_b",))
        straddling = await world.record(buckets=("bkt_a", "bkt_b"))
        await world.services.events.change(world.owner, outside.sid, EventChange(name="still outside"))
        await world.services.events.change(world.owner, outside.sid, EventChange(buckets=("bkt_a",)))
        await world.services.events.change(world.owner, outside.sid, EventChange(buckets=("bkt_b",)))
        await world.services.events.delete(world.owner, outside.sid)
        heard = await heard_before_the_signal(world, holder, notices)
    assert [(notice.kind, notice.event_sid) for notice in heard] == [
        (ChangeKind.CREATED, straddling.sid),
        (ChangeKind.CHANGED, outside.sid),
        (ChangeKind.CHANGED, outside.sid),
    ]


async def test_several_listeners_hear_the_same(world: World) -> None:
    async with (
        world.services.history.listen(world.owner) as one,
        world.services.history.listen(world.owner) as other,
    ):
        event = await world.record()
        assert (await next_of(one)).event_sid == (await next_of(other)).event_sid == event.sid


async def test_listening_needs_the_scope_to_read(world: World) -> None:
    with pytest.raises(Forbidden) as forbidden:
        async with world.services.history.listen(await world.holder(WRITE)):
            pass
    assert forbidden.value.scope == "events:read"
