from dataclasses import replace
from typing import Any

import anyio
import pytest

from milepost.domain.errors import Conflict, Forbidden, NotFound
from milepost.domain.event import Event
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.domain.scope import UNRESTRICTED
from tests.contracts.backends import Backend
from tests.contracts.samples import ACCOUNT, BY, OTHER, make, make_full

NOW = Instant(9_000_000)


def bump(event: Event, **fields: Any) -> Event:
    return replace(event, version=event.version + 1, updated_at=NOW, **fields)


def let(_: Event) -> None:
    """Anybody may."""


def refuse(_: Event) -> None:
    raise Forbidden("not yours")


async def listed(backend: Backend, **filters: Any) -> list[str]:
    page = await backend.events.find(ACCOUNT, EventQuery(limit=100, **filters))
    return [event.sid for event in page.events]


async def test_an_event_comes_back_as_it_was_kept(backend: Backend) -> None:
    for event in (make(), make_full()):
        created = await backend.events.create(event)
        assert (created.event, created.replayed) == (event, False)
        got = await backend.events.get(ACCOUNT, event.sid)
        assert got == event
        assert repr(got.metadata) == repr(event.metadata), "key order and number types are kept"
        assert repr(got.tags) == repr(event.tags)


async def test_an_event_of_an_unknown_account_is_refused(backend: Backend) -> None:
    with pytest.raises(NotFound):
        await backend.events.create(make(account_sid="acc_none"))


async def test_a_dedup_key_that_is_held_gives_back_its_holder(backend: Backend) -> None:
    first, second = make(dedup_key="run:1"), make(dedup_key="run:1")
    await backend.events.create(first)
    created = await backend.events.create(second)
    assert (created.event, created.replayed) == (first, True)
    assert await listed(backend) == [first.sid]


async def test_many_at_once_with_one_dedup_key_make_one_event(backend: Backend) -> None:
    replayed: list[bool] = []

    async def create() -> None:
        replayed.append((await backend.events.create(make(dedup_key="run:1"))).replayed)

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(create)
    assert replayed.count(False) == 1
    assert len(await listed(backend)) == 1


async def test_each_account_has_its_own_dedup_keys(backend: Backend) -> None:
    await backend.events.create(make(dedup_key="run:1"))
    assert not (await backend.events.create(make(dedup_key="run:1", account_sid=OTHER))).replayed


async def test_one_that_fails_takes_nothing_with_it(backend: Backend) -> None:
    good, failed = [make() for _ in range(10)], 0

    async def create_again(event: Event) -> None:
        nonlocal failed
        with pytest.raises(Conflict):
            await backend.events.create(replace(event, dedup_key=None))
        failed += 1

    taken = make()
    await backend.events.create(taken)
    async with anyio.create_task_group() as group:
        for event in good:
            group.start_soon(backend.events.create, event)
            group.start_soon(create_again, taken)
    assert failed == len(good)
    assert set(await listed(backend)) == {taken.sid, *(event.sid for event in good)}


async def test_a_change_is_applied_to_what_is_really_there(backend: Backend) -> None:
    event = make(description="0")
    await backend.events.create(event)

    def count(found: Event) -> Event:
        return bump(found, description=str(int(found.description or "") + 1))

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(backend.events.change, ACCOUNT, event.sid, count, BY)
    changed = await backend.events.get(ACCOUNT, event.sid)
    assert (changed.description, changed.version) == ("20", 21)


async def test_a_change_is_found_by_what_it_changed(backend: Backend) -> None:
    event = make_full(dedup_key="old")
    await backend.events.create(event)
    new = bump(event, name="Renamed", tags={"New": ("x",)}, dedup_key="new", started_at=Instant(5), source="ci")
    assert await backend.events.change(ACCOUNT, event.sid, lambda _: new, BY) == new
    for filters in ({"source": "ci"}, {"dedup_key": "new"}, {"message": "renam"}, {"end": Instant(5)}):
        assert await listed(backend, **filters) == [event.sid]
    for filters in ({"source": event.source}, {"dedup_key": "old"}, {"message": "database"}):
        assert await listed(backend, **filters) == []


async def test_a_change_that_changes_nothing_writes_nothing(backend: Backend) -> None:
    event = make()
    await backend.events.create(event)
    assert await backend.events.change(ACCOUNT, event.sid, lambda found: found, BY) == event
    assert (await backend.history.revisions(ACCOUNT, event.sid, 10, None)).revisions == ()


async def test_what_a_change_raises_is_raised_and_nothing_is_written(backend: Backend) -> None:
    event = make()
    await backend.events.create(event)

    def fail(_: Event) -> Event:
        raise Forbidden("not yours")

    with pytest.raises(Forbidden, match="not yours"):
        await backend.events.change(ACCOUNT, event.sid, fail, BY)
    with pytest.raises(Forbidden, match="not yours"):
        await backend.events.delete(ACCOUNT, event.sid, refuse, BY, NOW)
    assert await backend.events.get(ACCOUNT, event.sid) == event
    assert (await backend.history.revisions(ACCOUNT, event.sid, 10, None)).revisions == ()


async def test_a_change_onto_a_taken_dedup_key_conflicts_and_names_no_sid(backend: Backend) -> None:
    holder, event = make(dedup_key="run:1"), make()
    await backend.events.create(holder)
    await backend.events.create(event)
    with pytest.raises(Conflict) as raised:
        await backend.events.change(ACCOUNT, event.sid, lambda found: bump(found, dedup_key="run:1"), BY)
    assert raised.value.field == "dedupKey"
    assert holder.sid not in str(raised.value)
    kept = await backend.events.change(ACCOUNT, holder.sid, lambda found: bump(found, name="same key"), BY)
    assert kept.dedup_key == "run:1"


async def test_another_accounts_event_is_not_found(backend: Backend) -> None:
    event = make()
    await backend.events.create(event)
    for account_sid in (OTHER, "acc_none"):
        with pytest.raises(NotFound):
            await backend.events.get(account_sid, event.sid)
        with pytest.raises(NotFound):
            await backend.events.change(account_sid, event.sid, bump, BY)
        with pytest.raises(NotFound):
            await backend.events.delete(account_sid, event.sid, let, BY, NOW)
        assert (await backend.events.find(account_sid, EventQuery())).events == ()


async def test_deleting_hides_an_event_and_frees_its_dedup_key(backend: Backend) -> None:
    event = make_full()
    await backend.events.create(event)
    assert await backend.events.delete(ACCOUNT, event.sid, let, BY, NOW) == event
    with pytest.raises(NotFound):
        await backend.events.get(ACCOUNT, event.sid)
    with pytest.raises(NotFound):
        await backend.events.delete(ACCOUNT, event.sid, let, BY, NOW)
    for filters in ({}, {"source": event.source}, {"message": "database"}, {"bucket_sid": "bkt_a"}):
        assert await listed(backend, **filters) == []
    assert await backend.events.sources(ACCOUNT, "", 10, UNRESTRICTED) == ()
    assert not (await backend.events.create(make(dedup_key=event.dedup_key))).replayed


async def test_the_sid_of_a_deleted_event_stays_taken(backend: Backend) -> None:
    event = make()
    await backend.events.create(event)
    await backend.events.delete(ACCOUNT, event.sid, let, BY, NOW)
    with pytest.raises(Conflict):
        await backend.events.create(event)
