"""What our own stores promise of events beyond the ports: they keep sids, count versions and number tags."""

from dataclasses import replace

import anyio
import pytest

from milepost.domain.archive import ArchivedEvent
from milepost.domain.errors import Conflict, NotFound
from milepost.domain.event import Event
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.domain.scope import UNRESTRICTED, Restriction
from milepost.domain.tags import TagFilter, TagId
from tests.contracts.backends import Backend
from tests.contracts.samples import ACCOUNT, BY, make, make_full

NOW = Instant(9_000_000)


async def test_an_event_is_kept_as_it_is(backend: Backend) -> None:
    for event in (make(), make_full()):
        created = await backend.events.create(event)
        assert (created.event, created.replayed) == (event, False)
        got = await backend.events.get(ACCOUNT, event.sid)
        assert got == event
        assert repr(got.metadata) == repr(event.metadata), "key order and number types are kept"
        assert repr(got.tags) == repr(event.tags)


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
    found = (await backend.events.find(ACCOUNT, EventQuery(limit=100))).events
    assert {event.sid for event in found} == {taken.sid, *(event.sid for event in good)}


async def test_versions_count_changes(backend: Backend) -> None:
    event = make(description="0")
    await backend.events.create(event)

    def count(found: Event) -> Event:
        text = str(int(found.description or "") + 1)
        return replace(found, description=text, version=found.version + 1, updated_at=NOW)

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(backend.events.change, ACCOUNT, event.sid, count, BY)
    changed = await backend.events.get(ACCOUNT, event.sid)
    assert (changed.description, changed.version) == ("20", 21)


async def test_what_is_not_written_leaves_no_history(backend: Backend) -> None:
    event = make()
    await backend.events.create(event)
    assert await backend.events.change(ACCOUNT, event.sid, lambda found: found, BY) == event
    assert (await backend.history.revisions(ACCOUNT, event.sid, 10, None)).revisions == ()


async def test_the_sid_of_a_deleted_event_stays_taken(backend: Backend) -> None:
    event = make()
    await backend.events.create(event)
    await backend.events.delete(ACCOUNT, event.sid, lambda _: None, BY, NOW)
    with pytest.raises(Conflict):
        await backend.events.create(event)


async def test_an_event_of_an_unknown_account_is_refused(backend: Backend) -> None:
    with pytest.raises(NotFound):
        await backend.events.create(make(account_sid="acc_none"))


async def test_events_at_both_ends_of_time_are_in_order(backend: Backend) -> None:
    moments = [-62_135_596_800_000, -1, 0, 1, 253_402_300_799_999]
    events = [make(started_at=Instant(moment)) for moment in moments]
    for event in events:
        await backend.events.create(event)
    assert list((await backend.events.find(ACCOUNT, EventQuery())).events) == events[::-1]


async def test_a_tag_id_that_stands_for_nothing_finds_nothing(backend: Backend) -> None:
    nothing = (TagFilter(TagId(10**9), ()),)
    event = make(tags={"Environment": ("Prod",)})
    await backend.events.create(event)
    assert (await backend.events.find(ACCOUNT, EventQuery(include_tags=nothing))).events == ()
    assert (await backend.events.find(ACCOUNT, EventQuery(exclude_tags=nothing))).events == (event,)


async def test_of_thousands_of_sources_those_of_the_newest_events_complete(backend: Backend) -> None:
    events = [make(source=f"run-{number:05}", started_at=Instant(10**9 + number)) for number in range(2_500)]
    await backend.archive.load(map(ArchivedEvent, events))
    newest = tuple(f"run-{number:05}" for number in range(2_499, 2_489, -1))
    assert await backend.events.sources(ACCOUNT, "run", 10, UNRESTRICTED) == newest
    assert await backend.events.sources(ACCOUNT, "run", 10, Restriction(frozenset({"b"}))) == newest
    assert await backend.events.sources(ACCOUNT, "run-00001", 10, UNRESTRICTED) == ("run-00001",)
