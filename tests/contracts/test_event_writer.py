"""What every writer promises. An event is named by the sid that its creation answers, since a source may mint its own."""

from dataclasses import replace
from typing import Any

import anyio
import pytest

from milepost.domain.errors import Conflict, Forbidden, NotFound
from milepost.domain.event import Event
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.domain.scope import UNRESTRICTED
from tests.contracts.backends import Events
from tests.contracts.samples import ACCOUNT, BY, OTHER, make, make_full

NOW = Instant(9_000_000)


def bump(event: Event, **fields: Any) -> Event:
    return replace(event, version=event.version + 1, updated_at=NOW, **fields)


def content(event: Event) -> Event:
    """What was asked to be written, without what the source sets."""
    return replace(event, sid="", created_at=Instant(0), version=1)


def let(_: Event) -> None:
    """Anybody may."""


def refuse(_: Event) -> None:
    raise Forbidden("not yours")


async def create(events: Events, event: Event) -> Event:
    created = await events.create(event)
    assert not created.replayed
    return created.event


async def listed(events: Events, **filters: Any) -> list[str]:
    page = await events.find(ACCOUNT, EventQuery(limit=100, **filters))
    return [event.sid for event in page.events]


async def test_an_event_comes_back_as_it_was_written(events: Events) -> None:
    for event in (make(), make_full()):
        created = await create(events, event)
        assert content(created) == content(event)
        got = await events.get(ACCOUNT, created.sid)
        assert got == created
        assert repr(got.metadata) == repr(event.metadata), "key order and number types are kept"
        assert repr(got.tags) == repr(event.tags)


async def test_an_event_of_an_unknown_account_is_refused(events: Events) -> None:
    with pytest.raises(NotFound):
        await events.create(make(account_sid="acc_none"))


async def test_a_dedup_key_that_is_held_gives_back_its_holder(events: Events) -> None:
    first = await create(events, make(dedup_key="run:1"))
    created = await events.create(make(dedup_key="run:1"))
    assert (created.event, created.replayed) == (first, True)
    assert await listed(events) == [first.sid]


async def test_many_at_once_with_one_dedup_key_make_one_event(events: Events) -> None:
    replayed: list[bool] = []

    async def create_one() -> None:
        replayed.append((await events.create(make(dedup_key="run:1"))).replayed)

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(create_one)
    assert replayed.count(False) == 1
    assert len(await listed(events)) == 1


async def test_each_account_has_its_own_dedup_keys(events: Events) -> None:
    await create(events, make(dedup_key="run:1"))
    await create(events, make(dedup_key="run:1", account_sid=OTHER))


async def test_a_change_is_applied_to_what_is_really_there(events: Events) -> None:
    event = await create(events, make(description="0"))

    def count(found: Event) -> Event:
        return bump(found, description=str(int(found.description or "") + 1))

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(events.change, ACCOUNT, event.sid, count, BY)
    changed = await events.get(ACCOUNT, event.sid)
    assert changed.description == "20"
    assert changed.version != event.version


async def test_a_change_is_found_by_what_it_changed(events: Events) -> None:
    event = await create(events, make_full(dedup_key="old"))
    new = bump(event, name="Renamed", tags={"New": ("x",)}, dedup_key="new", started_at=Instant(5), source="ci")
    changed = await events.change(ACCOUNT, event.sid, lambda _: new, BY)
    assert replace(changed, version=new.version) == new
    assert await events.get(ACCOUNT, event.sid) == changed
    for filters in ({"source": "ci"}, {"dedup_key": "new"}, {"message": "renam"}, {"end": Instant(5)}):
        assert await listed(events, **filters) == [event.sid]
    for filters in ({"source": event.source}, {"dedup_key": "old"}, {"message": "database"}):
        assert await listed(events, **filters) == []


async def test_fields_can_be_emptied(events: Events) -> None:
    event = await create(events, make_full())
    empty = bump(event, description=None, source=None, metadata=None, ended_at=None, severity=None, tags=None)
    empty = replace(empty, check=None, dedup_key=None)
    changed = await events.change(ACCOUNT, event.sid, lambda _: empty, BY)
    assert replace(changed, version=empty.version) == empty
    assert await events.get(ACCOUNT, event.sid) == changed


async def test_a_change_that_changes_nothing_writes_nothing(events: Events) -> None:
    event = await create(events, make())
    assert await events.change(ACCOUNT, event.sid, lambda found: found, BY) == event
    assert await events.get(ACCOUNT, event.sid) == event


async def test_what_a_change_raises_is_raised_and_nothing_is_written(events: Events) -> None:
    event = await create(events, make())

    def fail(_: Event) -> Event:
        raise Forbidden("not yours")

    with pytest.raises(Forbidden, match="not yours"):
        await events.change(ACCOUNT, event.sid, fail, BY)
    with pytest.raises(Forbidden, match="not yours"):
        await events.delete(ACCOUNT, event.sid, refuse, BY, NOW)
    assert await events.get(ACCOUNT, event.sid) == event


async def test_a_change_onto_a_taken_dedup_key_conflicts_and_names_no_sid(events: Events) -> None:
    holder = await create(events, make(dedup_key="run:1"))
    event = await create(events, make())
    with pytest.raises(Conflict) as raised:
        await events.change(ACCOUNT, event.sid, lambda found: bump(found, dedup_key="run:1"), BY)
    assert raised.value.field == "dedupKey"
    assert holder.sid not in str(raised.value)
    kept = await events.change(ACCOUNT, holder.sid, lambda found: bump(found, name="same key"), BY)
    assert kept.dedup_key == "run:1"


async def test_another_accounts_event_is_not_found(events: Events) -> None:
    event = await create(events, make())
    for account_sid in (OTHER, "acc_none"):
        with pytest.raises(NotFound):
            await events.get(account_sid, event.sid)
        with pytest.raises(NotFound):
            await events.change(account_sid, event.sid, bump, BY)
        with pytest.raises(NotFound):
            await events.delete(account_sid, event.sid, let, BY, NOW)
        assert (await events.find(account_sid, EventQuery())).events == ()


async def test_deleting_hides_an_event_and_frees_its_dedup_key(events: Events) -> None:
    event = await create(events, make_full())
    assert await events.delete(ACCOUNT, event.sid, let, BY, NOW) == event
    with pytest.raises(NotFound):
        await events.get(ACCOUNT, event.sid)
    with pytest.raises(NotFound):
        await events.delete(ACCOUNT, event.sid, let, BY, NOW)
    for filters in ({}, {"source": event.source}, {"message": "database"}, {"bucket_sid": "bkt_a"}):
        assert await listed(events, **filters) == []
    assert await events.sources(ACCOUNT, "", 10, UNRESTRICTED) == ()
    await create(events, make(dedup_key=event.dedup_key))
