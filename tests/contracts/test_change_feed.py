from collections.abc import AsyncIterator
from dataclasses import replace

import anyio

from milepost.domain.history import ChangeKind, Notice, PurgeSelection
from milepost.domain.instant import Instant
from milepost.domain.scope import Scope
from tests.contracts.backends import Backend
from tests.contracts.samples import ACCOUNT, BY, OTHER, make

SOON_SECONDS = 10


async def take(notices: AsyncIterator[Notice], count: int) -> list[Notice]:
    with anyio.fail_after(SOON_SECONDS):
        return [await anext(notices) for _ in range(count)]


async def test_every_kind_of_change_is_told_in_order_with_its_scopes(backend: Backend) -> None:
    event = make(scope=Scope(("b1",), ("*",)))
    moved = replace(event, scope=Scope(("b2",), ("*",)), version=2, updated_at=Instant(5))
    async with backend.feed.listen() as notices:
        await backend.events.create(event)
        await backend.events.change(ACCOUNT, event.sid, lambda _: moved, BY)
        await backend.events.delete(ACCOUNT, event.sid, lambda _: None, BY, Instant(6))
        await backend.history.restore(ACCOUNT, event.sid, lambda found: replace(found, version=4), BY)
        told = await take(notices, 4)
    assert [notice.kind for notice in told] == ["created", "changed", "deleted", "restored"]
    assert {(notice.account_sid, notice.event_sid) for notice in told} == {(ACCOUNT, event.sid)}
    assert [notice.scopes for notice in told] == [
        (event.scope,),
        (event.scope, moved.scope),
        (moved.scope,),
        (moved.scope,),
    ]


async def test_only_what_comes_after_entering_is_told(backend: Backend) -> None:
    await backend.events.create(make())
    after = make(account_sid=OTHER)
    async with backend.feed.listen() as notices:
        await backend.events.create(after)
        assert [notice.event_sid for notice in await take(notices, 1)] == [after.sid]


async def test_every_listener_hears_everything(backend: Backend) -> None:
    events = [make() for _ in range(50)]
    sids = [event.sid for event in events]
    async with backend.feed.listen() as first, backend.feed.listen() as second:
        for event in events:
            await backend.events.create(event)
        assert [notice.event_sid for notice in await take(first, 50)] == sids
        async with backend.feed.listen() as third:
            assert [notice.event_sid for notice in await take(second, 50)] == sids
            late = make()
            await backend.events.create(late)
            for notices in (first, second, third):
                assert [notice.event_sid for notice in await take(notices, 1)] == [late.sid]


async def test_what_is_refused_or_replayed_is_not_told(backend: Backend) -> None:
    await backend.events.create(make(dedup_key="run:1"))
    async with backend.feed.listen() as notices:
        await backend.events.create(make(dedup_key="run:1"))
        event = make()
        await backend.events.create(event)
        assert [notice.event_sid for notice in await take(notices, 1)] == [event.sid]


async def test_a_slow_listener_is_told_that_it_missed_some(backend: Backend) -> None:
    async with backend.feed.listen() as notices:
        async with anyio.create_task_group() as group:
            for _ in range(1_500):
                group.start_soon(backend.events.create, make())
        with anyio.fail_after(SOON_SECONDS):
            missed = [notice async for notice in _until_missed(notices)][-1]
        assert missed.account_sid is None


async def _until_missed(notices: AsyncIterator[Notice]) -> AsyncIterator[Notice]:
    async for notice in notices:
        yield notice
        if notice.kind is ChangeKind.MISSED:
            return


async def test_a_purge_is_told_without_naming_the_event(backend: Backend) -> None:
    event = make()
    await backend.events.create(event)
    async with backend.feed.listen() as notices:
        await backend.history.purge(PurgeSelection(account_sid=ACCOUNT, event_sid=event.sid), lambda _: None)
        assert await take(notices, 1) == [Notice(kind=ChangeKind.MISSED, account_sid=ACCOUNT)]


async def test_listening_again_after_everybody_left_works(backend: Backend) -> None:
    for _ in range(3):
        async with backend.feed.listen() as notices:
            event = make()
            await backend.events.create(event)
            assert [notice.event_sid for notice in await take(notices, 1)] == [event.sid]
