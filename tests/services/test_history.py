from dataclasses import replace
from typing import Any

import pytest

from milepost.domain.errors import Conflict, Forbidden, Invalid, NotFound
from milepost.domain.event import EventChange, Provenance
from milepost.domain.history import ChangeKind, PurgeSelection, Revision
from milepost.domain.instant import DAY, HOUR, Instant
from milepost.domain.scope import Scope
from tests.services.world import ADMIN, NOON, READ, WRITE, World, ago


async def revisions(world: World, sid: str) -> list[Revision]:
    return list((await world.services.history.revisions(world.owner, sid)).revisions)


async def test_each_change_leaves_who_when_through_which_door_and_what_was_before(world: World) -> None:
    event = await world.record(name="one")
    assert await revisions(world, event.sid) == []
    changed_at = world.clock.advance(HOUR)
    holder = await world.holder(name="laptop")
    changed = await world.services.events.change(holder, event.sid, EventChange(name="two"))
    deleted_at = world.clock.advance(HOUR)
    await world.services.events.delete(world.owner, event.sid)
    restored_at = world.clock.advance(HOUR)
    restored = await world.services.history.restore(world.owner, event.sid)

    newest, middle, oldest = await revisions(world, event.sid)
    assert (oldest.kind, oldest.at, oldest.before) == (ChangeKind.CHANGED, changed_at, event)
    assert oldest.by == Provenance("mcp", "laptop", "claude-code/2.1")
    assert (middle.kind, middle.at, middle.before) == (ChangeKind.DELETED, deleted_at, changed)
    assert middle.by == Provenance("cli")
    assert (newest.kind, newest.at, newest.before) == (ChangeKind.RESTORED, restored_at, None)
    assert newest.version == restored.version
    assert newest.version > middle.version > oldest.version == changed.version == 2


async def test_a_restored_event_is_as_it_was(world: World) -> None:
    event = await world.record(name="one", source="ci", tags={"a": ("b",)}, dedup_key="k", buckets=("bkt_a",))
    await world.services.events.delete(world.owner, event.sid)
    later = world.clock.advance(DAY)
    restored = await world.services.history.restore(world.owner, event.sid)
    assert restored.updated_at == later
    assert restored.version > event.version
    for field in ("sid", "name", "source", "tags", "dedup_key", "scope", "started_at", "created_at", "created_by"):
        assert getattr(restored, field) == getattr(event, field)
    searches: list[dict[str, Any]] = [{}, {"source": "ci"}, {"dedup_key": "k"}, {"message": "one"}, {"bucket": "bkt_a"}]
    for filters in searches:
        assert await world.found(**filters) == [restored]


async def test_restoring_a_live_event_changes_nothing(world: World) -> None:
    event = await world.record()
    world.clock.advance(DAY)
    assert await world.services.history.restore(world.owner, event.sid) == event
    assert await revisions(world, event.sid) == []


async def test_an_event_may_be_deleted_and_restored_again_and_again(world: World) -> None:
    event = await world.record()
    for _ in range(3):
        await world.services.events.delete(world.owner, event.sid)
        event = await world.services.history.restore(world.owner, event.sid)
    found = await revisions(world, event.sid)
    assert [revision.kind for revision in found] == [ChangeKind.RESTORED, ChangeKind.DELETED] * 3
    versions = [revision.version for revision in found]
    assert versions == sorted(set(versions), reverse=True)


async def test_an_undo_onto_a_taken_key_is_a_conflict_and_the_event_stays_deleted(world: World) -> None:
    event = await world.record(dedup_key="k")
    await world.services.events.delete(world.owner, event.sid)
    other = await world.record(dedup_key="k")
    with pytest.raises(Conflict) as conflict:
        await world.services.history.restore(world.owner, event.sid)
    assert conflict.value.field == "dedupKey"
    assert other.sid not in str(conflict.value)
    assert await world.found() == [other]
    await world.services.events.delete(world.owner, other.sid)
    assert (await world.services.history.restore(world.owner, event.sid)).dedup_key == "k"


async def test_history_comes_in_pages_newest_first(world: World) -> None:
    event = await world.record()
    for number in range(7):
        await world.services.events.change(world.owner, event.sid, EventChange(name=f"name {number}"))
    first = await world.services.history.revisions(world.owner, event.sid, limit=3)
    assert [revision.version for revision in first.revisions] == [8, 7, 6]
    assert first.has_more
    rest = await world.services.history.revisions(world.owner, event.sid, limit=4, below_version=6)
    assert [revision.version for revision in rest.revisions] == [5, 4, 3, 2]
    assert not rest.has_more
    for limit in (0, 101, -1):
        with pytest.raises(Invalid, match="limit: "):
            await world.services.history.revisions(world.owner, event.sid, limit=limit)


async def test_a_page_whose_revisions_are_all_out_of_reach_says_where_to_go_on(world: World) -> None:
    holder = await world.holder(buckets=("bkt_a",))
    event = await world.record(buckets=("bkt_a",))
    for buckets in (*[("bkt_b",), ("bkt_c",)] * 3, ("bkt_a",)):
        await world.services.events.change(world.owner, event.sid, EventChange(buckets=buckets))
    page = await world.services.history.revisions(holder, event.sid, limit=3)
    assert (page.revisions, page.next_below_version) == ((), 6)
    page = await world.services.history.revisions(holder, event.sid, limit=3, below_version=6)
    assert (page.revisions, page.next_below_version) == ((), 3)
    page = await world.services.history.revisions(holder, event.sid, limit=3, below_version=3)
    assert ([revision.version for revision in page.revisions], page.has_more) == ([2], False)


async def test_a_version_beyond_64_bits_is_refused(world: World) -> None:
    event = await world.record()
    with pytest.raises(Invalid, match=r"belowVersion: .* beyond 64 bits"):
        await world.services.history.revisions(world.owner, event.sid, below_version=2**63)


async def test_an_event_that_never_was_has_no_history(world: World) -> None:
    for attempt in (
        world.services.history.revisions(world.owner, "evt_unknown"),
        world.services.history.restore(world.owner, "evt_unknown"),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_former_state_out_of_sight_is_left_out(world: World) -> None:
    holder = await world.holder(buckets=("bkt_a",))
    event = await world.record(buckets=("bkt_b",), name="secret")
    await world.services.events.change(world.owner, event.sid, EventChange(buckets=("bkt_a",), name="open"))
    await world.services.events.change(world.owner, event.sid, EventChange(name="renamed"))
    seen = await world.services.history.revisions(holder, event.sid)
    assert [revision.before.name for revision in seen.revisions if revision.before] == ["open"]
    await world.services.events.change(world.owner, event.sid, EventChange(buckets=("bkt_b",)))
    with pytest.raises(NotFound):
        await world.services.history.revisions(holder, event.sid)


async def test_a_token_restores_only_what_lies_in_its_reach(world: World) -> None:
    holder = await world.holder(buckets=("bkt_a",))
    inside, wide = await world.record(holder), await world.record()
    outside = await world.record(buckets=("bkt_b",))
    for event in (inside, wide, outside):
        await world.services.events.delete(world.owner, event.sid)
    assert (await world.services.history.restore(holder, inside.sid)).scope == Scope(("bkt_a",))
    with pytest.raises(Forbidden):
        await world.services.history.restore(holder, wide.sid)
    with pytest.raises(NotFound):
        await world.services.history.restore(holder, outside.sid)


async def test_a_purged_event_leaves_no_trace(world: World) -> None:
    event = await world.record(name="Jane Doe", dedup_key="k")
    kept = await world.record(name="kept")
    await world.services.events.change(world.owner, event.sid, EventChange(name="J. Doe"))
    await world.services.events.delete(world.owner, event.sid)
    selection = PurgeSelection(account_sid=world.account.sid, event_sid=event.sid)
    assert await world.services.history.count_purge(world.owner, selection) == 1
    progress: list[int] = []
    assert await world.services.history.purge(world.owner, selection, progress.append) == 1
    assert progress[-1] == 1
    for attempt in (
        world.services.history.revisions(world.owner, event.sid),
        world.services.history.restore(world.owner, event.sid),
        world.services.events.get(world.owner, event.sid),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await world.services.history.count_purge(world.owner, selection) == 0
    assert await world.services.history.purge(world.owner, selection, progress.append) == 0
    assert await world.found() == [kept]
    await world.record(dedup_key="k")


async def test_a_purge_takes_what_meets_every_condition_deleted_ones_too(world: World) -> None:
    account = world.account.sid
    old = await world.record(name="old ci", source="ci", started_at=ago(2 * DAY))
    hidden = await world.record(name="hidden old ci", source="ci", started_at=ago(2 * DAY))
    await world.services.events.delete(world.owner, hidden.sid)
    await world.record(name="new ci", source="ci", started_at=ago(DAY))
    await world.record(name="old", started_at=ago(2 * DAY))
    await world.record(await world.owner_of("other"), name="not ours", source="ci", started_at=ago(2 * DAY))
    before = Instant(NOON - DAY)
    selection = PurgeSelection(account_sid=account, source="ci", before=before)
    selections = [replace(selection, before=None), replace(selection, source=None), selection]
    counts = [await world.services.history.count_purge(world.owner, each) for each in selections]
    assert counts == [3, 3, 2]
    assert await world.services.history.purge(world.owner, selection, lambda _: None) == 2
    assert {event.name for event in await world.found()} == {"new ci", "old"}
    with pytest.raises(NotFound):
        await world.services.events.get(world.owner, old.sid)


async def test_only_an_unrestricted_administrator_purges_and_only_its_own_account(world: World) -> None:
    event = await world.record()
    selection = PurgeSelection(account_sid=world.account.sid, event_sid=event.sid)
    for scopes in ((READ, WRITE), (READ,), (WRITE,)):
        with pytest.raises(Forbidden):
            await world.services.history.purge(await world.holder(*scopes), selection, lambda _: None)
    narrow = await world.holder(ADMIN, buckets=("bkt_a",))
    with pytest.raises(Forbidden, match="restricted"):
        await world.services.history.purge(narrow, selection, lambda _: None)
    with pytest.raises(NotFound):
        await world.services.history.purge(await world.owner_of("other"), selection, lambda _: None)
    assert await world.found() == [event]
