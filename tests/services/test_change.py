from typing import Any

import anyio
import pytest

from milepost.domain.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from milepost.domain.event import Event, EventChange, EventType
from milepost.domain.instant import HOUR, MINUTE
from milepost.domain.scope import Scope
from tests.services.world import NOON, World, ago, fixed


async def test_a_change_changes_what_is_given_and_leaves_the_rest(world: World) -> None:
    event = await world.record(description="old", source="ci", metadata={"a": 1}, buckets=("bkt_a",))
    later = world.clock.advance(HOUR)
    changed = await world.services.events.change(world.owner, event.sid, EventChange(description="new"))
    assert (changed.description, changed.updated_at, changed.version) == ("new", later, 2)
    assert (changed.source, changed.metadata, changed.scope) == ("ci", {"a": 1}, Scope(("bkt_a",)))
    assert (changed.created_at, changed.created_by) == (event.created_at, event.created_by)
    assert await world.services.events.get(world.owner, event.sid) == changed


async def test_closing_and_reopening_an_incident(world: World) -> None:
    incident = await world.record(type=EventType.INCIDENT, started_at=ago(HOUR))
    assert await world.found(ongoing=True) == [incident]
    closed = await world.services.events.change(world.owner, incident.sid, EventChange(ended_at=ago(MINUTE)))
    assert closed.ended_at == NOON - MINUTE
    assert await world.found(ongoing=True) == []
    reopened = await world.services.events.change(world.owner, incident.sid, EventChange(ended_at=None))
    assert reopened.ongoing
    assert await world.found(ongoing=True) == [reopened]


async def test_a_change_that_changes_nothing_writes_nothing(world: World) -> None:
    event = await world.record(name="same")
    world.clock.advance(HOUR)
    assert await world.services.events.change(world.owner, event.sid, EventChange(name="same")) == event
    revisions = await world.services.history.revisions(world.owner, event.sid)
    assert revisions.revisions == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (EventChange(ended_at=fixed(NOON - 1)), "endedAt"),
        (EventChange(started_at=fixed(NOON + 400 * 24 * HOUR)), "startedAt"),
        (EventChange(buckets=("no sid",)), "bucketSids[0]"),
    ],
)
async def test_a_change_against_the_rules_is_refused_and_nothing_changes(
    world: World, change: EventChange, field: str
) -> None:
    event = await world.record()
    with pytest.raises(Invalid) as refused:
        await world.services.events.change(world.owner, event.sid, change)
    assert refused.value.problems[0].field == field
    assert await world.found() == [event]


async def test_a_change_onto_a_taken_key_is_a_conflict_that_names_no_sid(world: World) -> None:
    holder = await world.record(dedup_key="taken")
    event = await world.record(dedup_key="own")
    with pytest.raises(Conflict) as conflict:
        await world.services.events.change(world.owner, event.sid, EventChange(dedup_key="taken", name="new"))
    assert conflict.value.field == "dedupKey"
    assert holder.sid not in str(conflict.value)
    assert await world.services.events.get(world.owner, event.sid) == event


async def test_a_key_may_be_written_again_onto_its_own_event(world: World) -> None:
    event = await world.record(dedup_key="own")
    change = EventChange(dedup_key="own", name="renamed")
    assert (await world.services.events.change(world.owner, event.sid, change)).name == "renamed"


async def test_an_event_that_moved_on_is_stale(world: World) -> None:
    event = await world.record()
    change = EventChange(name="one")
    assert (await world.services.events.change(world.owner, event.sid, change, if_versions={1})).version == 2
    with pytest.raises(Stale) as stale:
        await world.services.events.change(world.owner, event.sid, EventChange(name="two"), if_versions={1})
    assert stale.value.version == 2
    with pytest.raises(Stale):
        await world.services.events.delete(world.owner, event.sid, if_versions={1})
    await world.services.events.delete(world.owner, event.sid, if_versions={2})


async def test_of_many_changes_at_one_version_one_wins(world: World) -> None:
    event = await world.record()
    won: list[Event] = []
    lost: list[Stale] = []

    async def change(number: int) -> None:
        try:
            change = EventChange(name=f"by {number}")
            won.append(await world.services.events.change(world.owner, event.sid, change, if_versions={1}))
        except Stale as stale:
            lost.append(stale)

    async with anyio.create_task_group() as tasks:
        for number in range(16):
            tasks.start_soon(change, number)
    assert len(won) == 1
    assert len(lost) == 15
    assert await world.found() == won


async def test_many_changes_without_a_version_are_all_made(world: World) -> None:
    event = await world.record()

    async def change(number: int) -> None:
        await world.services.events.change(world.owner, event.sid, EventChange(name=f"by {number}"))

    async with anyio.create_task_group() as tasks:
        for number in range(16):
            tasks.start_soon(change, number)
    assert (await world.services.events.get(world.owner, event.sid)).version == 17


async def test_a_token_may_not_move_an_event_out_of_its_reach_or_into_it(world: World) -> None:
    holder = await world.holder(buckets=("bkt_a",))
    inside = await world.record(holder)
    outside = await world.record(buckets=("bkt_b",))
    straddling = await world.record(buckets=("bkt_a", "bkt_b"))
    for buckets in (("*",), ("bkt_b",), ("bkt_a", "bkt_b")):
        with pytest.raises(Forbidden):
            await world.services.events.change(holder, inside.sid, EventChange(buckets=buckets))
    with pytest.raises(Forbidden):
        await world.services.events.change(holder, straddling.sid, EventChange(buckets=("bkt_a",)))
    with pytest.raises(NotFound):
        await world.services.events.change(holder, outside.sid, EventChange(buckets=("bkt_a",)))
    assert {event.version for event in await world.found()} == {1}


async def test_a_deleted_event_is_gone_the_second_time_too(world: World) -> None:
    event = await world.record()
    assert await world.services.events.delete(world.owner, event.sid) == event
    for attempt in (
        world.services.events.get(world.owner, event.sid),
        world.services.events.delete(world.owner, event.sid),
        world.services.events.change(world.owner, event.sid, EventChange(name="x")),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await world.found() == []


async def test_of_many_deletions_at_once_one_wins(world: World) -> None:
    event = await world.record()
    outcomes: list[str] = []

    async def delete() -> None:
        try:
            await world.services.events.delete(world.owner, event.sid)
            outcomes.append("deleted")
        except NotFound:
            outcomes.append("not found")

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(delete)
    assert sorted(outcomes) == ["deleted"] + ["not found"] * 7


@pytest.mark.parametrize("sid", ["evt_unknown", "prod01", "x" * 64])
async def test_an_unknown_sid_is_not_found_prefix_or_not(world: World, sid: str) -> None:
    with pytest.raises(NotFound) as missing:
        await world.services.events.get(world.owner, sid)
    assert str(missing.value) == f"no event {sid}"


@pytest.mark.parametrize("sid", ["", "x" * 65, "evt 1", "évt", "evt_1'--"])
async def test_what_cannot_be_a_sid_is_invalid(world: World, sid: str) -> None:
    attempts: list[Any] = [
        world.services.events.get(world.owner, sid),
        world.services.events.delete(world.owner, sid),
        world.services.events.change(world.owner, sid, EventChange()),
        world.services.history.revisions(world.owner, sid),
        world.services.history.restore(world.owner, sid),
        world.services.tokens.get(world.owner, sid),
        world.services.tokens.revoke(world.owner, sid),
    ]
    for attempt in attempts:
        with pytest.raises(Invalid) as refused:
            await attempt
        assert refused.value.problems[0].field == "sid"


async def test_another_accounts_event_is_not_found(world: World) -> None:
    event = await world.record()
    stranger = await world.owner_of("other")
    for attempt in (
        world.services.events.get(stranger, event.sid),
        world.services.events.delete(stranger, event.sid),
        world.services.events.change(stranger, event.sid, EventChange(name="x")),
        world.services.history.revisions(stranger, event.sid),
        world.services.history.restore(stranger, event.sid),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await world.found(stranger) == []
    assert await world.found() == [event]
