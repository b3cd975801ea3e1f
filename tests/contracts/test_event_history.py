from dataclasses import replace

import pytest

from milepost.domain.errors import Conflict, Forbidden, NotFound
from milepost.domain.event import Event
from milepost.domain.history import ChangeKind, PurgeSelection, Revision
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.domain.scope import UNRESTRICTED
from tests.contracts.backends import Backend
from tests.contracts.samples import ACCOUNT, BY, OTHER, make, make_full

LATER = Instant(8_000_000)
NOW = Instant(9_000_000)


def bump(event: Event) -> Event:
    return replace(event, version=event.version + 1, updated_at=NOW)


async def delete(backend: Backend, event: Event) -> None:
    await backend.events.delete(event.account_sid, event.sid, lambda _: None, BY, LATER)


async def kinds(backend: Backend, sid: str) -> list[tuple[ChangeKind, int]]:
    page = await backend.history.revisions(ACCOUNT, sid, 10, None)
    return [(revision.kind, revision.version) for revision in page.revisions]


async def test_each_change_leaves_the_former_state_with_who_when_and_how(backend: Backend) -> None:
    event = make_full(version=1)
    await backend.events.create(event)
    await backend.events.change(ACCOUNT, event.sid, lambda found: replace(bump(found), name="new"), BY)
    page = await backend.history.revisions(ACCOUNT, event.sid, 10, None)
    expected = Revision(
        event_sid=event.sid, account_sid=ACCOUNT, version=2, kind=ChangeKind.CHANGED, at=NOW, by=BY, before=event
    )
    assert (page.revisions, page.has_more) == ((expected,), False)


async def test_revisions_come_newest_first_and_in_pages(backend: Backend) -> None:
    event = make()
    await backend.events.create(event)
    for _ in range(5):
        await backend.events.change(ACCOUNT, event.sid, bump, BY)
    first = await backend.history.revisions(ACCOUNT, event.sid, 3, None)
    assert ([revision.version for revision in first.revisions], first.has_more) == ([6, 5, 4], True)
    rest = await backend.history.revisions(ACCOUNT, event.sid, 3, 4)
    assert ([revision.version for revision in rest.revisions], rest.has_more) == ([3, 2], False)


async def test_history_of_what_never_was_is_not_found(backend: Backend) -> None:
    event = make()
    await backend.events.create(event)
    assert (await backend.history.revisions(ACCOUNT, event.sid, 10, None)).revisions == ()
    for account_sid, sid in ((ACCOUNT, "evt_none"), (OTHER, event.sid), ("acc_none", event.sid)):
        with pytest.raises(NotFound):
            await backend.history.revisions(account_sid, sid, 10, None)
        with pytest.raises(NotFound):
            await backend.history.latest(account_sid, sid)


async def test_a_deleted_event_comes_back_as_it_was(backend: Backend) -> None:
    event = make_full(version=1)
    await backend.events.create(event)
    await delete(backend, event)
    hidden = await backend.history.latest(ACCOUNT, event.sid)
    assert replace(hidden, version=1) == event
    restored = await backend.history.restore(ACCOUNT, event.sid, bump, BY)
    assert replace(restored, version=1, updated_at=event.updated_at) == event
    assert await backend.events.get(ACCOUNT, event.sid) == restored
    assert await kinds(backend, event.sid) == [(ChangeKind.RESTORED, 3), (ChangeKind.DELETED, 2)]
    found = await backend.events.find(ACCOUNT, EventQuery(message="database", source=event.source))
    assert found.events == (restored,)


async def test_an_event_can_be_deleted_and_restored_again_and_again(backend: Backend) -> None:
    event = make()
    await backend.events.create(event)
    for _ in range(3):
        await delete(backend, event)
        await backend.history.restore(ACCOUNT, event.sid, bump, BY)
    versions = [version for _, version in await kinds(backend, event.sid)]
    assert versions == sorted(set(versions), reverse=True)
    assert (await backend.events.get(ACCOUNT, event.sid)).version == versions[0]


async def test_restoring_a_live_event_writes_nothing_but_asks_for_leave(backend: Backend) -> None:
    event = make()
    await backend.events.create(event)
    assert await backend.history.restore(ACCOUNT, event.sid, bump, BY) == event

    def refuse(_: Event) -> Event:
        raise Forbidden("not yours")

    with pytest.raises(Forbidden):
        await backend.history.restore(ACCOUNT, event.sid, refuse, BY)
    assert await kinds(backend, event.sid) == []


async def test_restoring_onto_a_taken_dedup_key_conflicts(backend: Backend) -> None:
    event = make(dedup_key="run:1")
    await backend.events.create(event)
    await delete(backend, event)
    await backend.events.create(make(dedup_key="run:1"))
    with pytest.raises(Conflict):
        await backend.history.restore(ACCOUNT, event.sid, bump, BY)
    assert (await backend.history.latest(ACCOUNT, event.sid)).dedup_key == "run:1"


async def test_a_purge_takes_events_and_all_that_was_known_of_them(backend: Backend) -> None:
    kept, changed, deleted = make(source="ci"), make(source="person"), make(source="person")
    for event in (kept, changed, deleted, make(source="person", account_sid=OTHER)):
        await backend.events.create(event)
    await backend.events.change(ACCOUNT, changed.sid, bump, BY)
    await delete(backend, deleted)
    selection = PurgeSelection(account_sid=ACCOUNT, source="person")
    counts: list[int] = []
    assert await backend.history.count_purge(selection) == 2
    assert await backend.history.purge(selection, counts.append) == 2
    assert counts[-1] == 2
    for event in (changed, deleted):
        with pytest.raises(NotFound):
            await backend.history.latest(ACCOUNT, event.sid)
    assert [event.sid for event in (await backend.events.find(ACCOUNT, EventQuery())).events] == [kept.sid]
    assert await backend.events.sources(ACCOUNT, "", 9, UNRESTRICTED) == ("ci",)
    assert len((await backend.events.find(OTHER, EventQuery())).events) == 1
    assert await backend.history.count_purge(selection) == 0
    assert await backend.history.purge(selection, counts.append) == 0


async def test_a_purge_meets_every_condition(backend: Backend) -> None:
    events = [make(sid=f"e{number}", source="ci", started_at=Instant(number)) for number in range(600)]
    for event in events:
        await backend.events.create(event)
    before = PurgeSelection(account_sid=ACCOUNT, source="ci", before=Instant(500))
    assert await backend.history.count_purge(before) == 500
    assert await backend.history.purge(before, lambda _: None) == 500
    assert len((await backend.events.find(ACCOUNT, EventQuery(limit=100))).events) == 100
    one = PurgeSelection(account_sid=ACCOUNT, event_sid="e550", source="other")
    assert await backend.history.purge(one, lambda _: None) == 0
    assert await backend.history.purge(replace(one, source=None), lambda _: None) == 1


async def test_a_purged_sid_may_be_used_again(backend: Backend) -> None:
    event = make_full()
    await backend.events.create(event)
    await backend.history.purge(PurgeSelection(account_sid=ACCOUNT, event_sid=event.sid), lambda _: None)
    assert not (await backend.events.create(event)).replayed
    found = await backend.events.find(ACCOUNT, EventQuery(message="database", source=event.source))
    assert found.events == (event,)


async def test_what_expires_is_gone_with_its_history_and_deleted_events_too(backend: Backend) -> None:
    changed, deleted, kept = (
        make(started_at=Instant(moment), source=f"s{moment}", tags={"t": ("v",)}) for moment in (1, 2, 3)
    )
    for event in (changed, deleted, kept, make(started_at=Instant(1), account_sid=OTHER)):
        await backend.events.create(event)
    await backend.events.change(ACCOUNT, changed.sid, bump, BY)
    await delete(backend, deleted)
    assert [await backend.history.expire(ACCOUNT, Instant(3), 9) for _ in range(3)] == [1, 1, 0]
    await backend.history.sweep(ACCOUNT)
    for event in (changed, deleted):
        with pytest.raises(NotFound):
            await backend.history.latest(ACCOUNT, event.sid)
    assert [event.sid for event in (await backend.events.find(ACCOUNT, EventQuery())).events] == [kept.sid]
    assert await backend.events.sources(ACCOUNT, "", 9, UNRESTRICTED) == ("s3",)
    assert len((await backend.events.find(OTHER, EventQuery())).events) == 1
    assert [tag.name for tag in await backend.tag_numbers.tag_numbers(ACCOUNT, 9, None)] == ["t", "v"]


async def test_no_more_expires_at_once_than_was_asked_for(backend: Backend) -> None:
    for number in range(25):
        await backend.events.create(make(started_at=Instant(number)))
    assert [await backend.history.expire(ACCOUNT, Instant(25), 10) for _ in range(4)] == [10, 10, 5, 0]


async def test_a_change_meanwhile_keeps_an_event_from_expiring(backend: Backend) -> None:
    event = make(started_at=Instant(1))
    await backend.events.create(event)
    await backend.events.change(ACCOUNT, event.sid, lambda now: replace(bump(now), started_at=Instant(5)), BY)
    assert await backend.history.expire(ACCOUNT, Instant(5), 10) == 0


async def test_nothing_expires_in_an_account_that_is_unknown(backend: Backend) -> None:
    assert await backend.history.expire("acc_none", Instant(5), 10) == 0
    await backend.history.sweep("acc_none")
