from typing import Any

import anyio
import pytest

from milepost.domain.errors import Conflict, Forbidden, Invalid
from milepost.domain.event import Check, Event, EventChange, EventType, Provenance, Severity
from milepost.domain.instant import DAY, HOUR
from milepost.domain.ports import Created
from milepost.domain.scope import ALL, Scope
from milepost.domain.sid import is_sid
from tests.services.world import ADMIN, NOON, READ, WRITE, World, ago, draft, fixed

KEY = "github:run:8123"


async def test_an_event_is_kept_with_every_field_as_written(world: World) -> None:
    fields: dict[str, Any] = {
        "type": EventType.INCIDENT,
        "name": "Database down \x07",
        "description": "über\n",
        "source": "pager",
        "metadata": {"b": 1, "a": [1.0, None, {"z": True}]},
        "severity": Severity.FATAL,
        "tags": {"Environment": ("Prod", "Dev")},
        "check": Check(42, "login", "Log in"),
        "dedup_key": KEY,
    }
    created = await world.record(
        **fields,
        started_at=fixed(NOON - HOUR),
        ended_at=fixed(NOON),
        buckets=("bkt_b", "bkt_a"),
        environments=("prod01",),
    )
    expected = Event(
        sid=created.sid,
        account_sid=world.account.sid,
        scope=Scope(("bkt_b", "bkt_a"), ("prod01",)),
        started_at=fixed(NOON - HOUR).at(NOON),
        ended_at=NOON,
        created_at=NOON,
        created_by=Provenance("cli"),
        **fields,
    )
    assert created == expected
    kept = await world.services.events.get(world.owner, created.sid)
    assert kept == created
    assert repr(kept.metadata) == repr(fields["metadata"])


async def test_what_is_left_out_has_its_default(world: World) -> None:
    event = await world.record()
    assert event.started_at == event.created_at == NOON
    assert event.scope == ALL
    assert event.version == 1
    left_out = ("description", "source", "metadata", "ended_at", "severity", "tags", "check", "dedup_key", "updated_at")
    assert [getattr(event, field) for field in left_out] == [None] * len(left_out)


async def test_a_new_event_has_a_sid_of_its_own(world: World) -> None:
    sids = {(await world.record()).sid for _ in range(20)}
    assert len(sids) == 20
    assert all(is_sid(sid) and sid.startswith("evt_") and len(sid) == 31 for sid in sids)


async def test_relative_times_count_from_the_moment_of_creation(world: World) -> None:
    event = await world.record(started_at=ago(2 * HOUR), ended_at=ago(HOUR))
    assert (event.started_at, event.ended_at) == (NOON - 2 * HOUR, NOON - HOUR)


@pytest.mark.parametrize(
    ("times", "field"),
    [
        ({"started_at": fixed(NOON), "ended_at": fixed(NOON - 1)}, "endedAt"),
        ({"ended_at": ago(1)}, "endedAt"),
        ({"started_at": fixed(NOON + 366 * DAY + 1)}, "startedAt"),
        ({"ended_at": fixed(NOON + 366 * DAY + 1)}, "endedAt"),
    ],
)
async def test_a_span_against_the_rules_is_refused_and_nothing_is_kept(
    world: World, times: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await world.record(**times)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert await world.found() == []


async def test_provenance_names_door_token_and_client(world: World) -> None:
    holder = await world.holder(WRITE, name="laptop")
    event = await world.record(holder)
    assert event.created_by == Provenance("mcp", "laptop", "claude-code/2.1")


async def test_the_same_dedup_key_gives_the_first_event_unchanged(world: World) -> None:
    first = await world.record(dedup_key=KEY, name="first")
    world.clock.advance(HOUR)
    again = await world.services.events.create(world.owner, draft(dedup_key=KEY, name="second", type=EventType.SCALE))
    assert again == Created(first, replayed=True)
    assert await world.found() == [first]


async def test_a_replay_after_a_change_shows_the_event_as_it_is_now(world: World) -> None:
    first = await world.record(dedup_key=KEY)
    changed = await world.services.events.change(world.owner, first.sid, EventChange(name="renamed"))
    again = await world.services.events.create(world.owner, draft(dedup_key=KEY))
    assert again == Created(changed, replayed=True)


async def test_many_at_once_with_one_key_make_one_event(world: World) -> None:
    results: list[Created] = []

    async def create(number: int) -> None:
        results.append(await world.services.events.create(world.owner, draft(dedup_key=KEY, name=f"try {number}")))

    async with anyio.create_task_group() as tasks:
        for number in range(32):
            tasks.start_soon(create, number)
    assert [result.replayed for result in results].count(False) == 1
    assert len({result.event.sid for result in results}) == 1
    assert len(await world.found(limit=100)) == 1


async def test_deleting_frees_the_key(world: World) -> None:
    first = await world.record(dedup_key=KEY)
    await world.services.events.delete(world.owner, first.sid)
    second = await world.record(dedup_key=KEY)
    assert second.sid != first.sid


async def test_changing_the_key_frees_the_old_one(world: World) -> None:
    first = await world.record(dedup_key=KEY)
    await world.services.events.change(world.owner, first.sid, EventChange(dedup_key=None))
    second = await world.record(dedup_key=KEY)
    assert second.sid != first.sid


async def test_keys_of_different_accounts_do_not_meet(world: World) -> None:
    await world.record(dedup_key=KEY)
    await world.record(await world.owner_of("other"), dedup_key=KEY)


async def test_keys_are_compared_to_the_letter(world: World) -> None:
    for key in (KEY, KEY.upper(), KEY + " ", "é", "e\u0301"):
        await world.record(dedup_key=key)
    assert len(await world.found()) == 5


async def test_a_key_held_by_an_event_out_of_sight_is_a_conflict_that_names_no_sid(world: World) -> None:
    hidden = await world.record(dedup_key=KEY, buckets=("bkt_b",), name="secret")
    holder = await world.holder(buckets=("bkt_a",))
    with pytest.raises(Conflict) as conflict:
        await world.record(holder, dedup_key=KEY)
    assert conflict.value.field == "dedupKey"
    assert hidden.sid not in str(conflict.value)
    assert "secret" not in str(conflict.value)
    assert await world.found() == [hidden]


async def test_a_key_held_by_an_event_in_sight_but_out_of_reach_is_replayed(world: World) -> None:
    wide = await world.record(dedup_key=KEY)
    holder = await world.holder(buckets=("bkt_a",))
    again = await world.services.events.create(holder, draft(dedup_key=KEY))
    assert again == Created(wide, replayed=True)


async def test_a_restricted_token_writes_into_its_own_scope_by_default(world: World) -> None:
    holder = await world.holder(buckets=("bkt_b", "bkt_a"), environments=("env_p",))
    assert (await world.record(holder)).scope == Scope(("bkt_a", "bkt_b"), ("env_p",))
    half = await world.holder(environments=("env_p",))
    assert (await world.record(half)).scope == Scope(("*",), ("env_p",))


@pytest.mark.parametrize("scope", [{"buckets": ("*",)}, {"buckets": ("bkt_b",)}, {"buckets": ("bkt_a", "bkt_b")}])
async def test_a_wider_scope_is_forbidden_and_nothing_is_kept(world: World, scope: dict[str, Any]) -> None:
    holder = await world.holder(buckets=("bkt_a",))
    with pytest.raises(Forbidden, match="writes only inside bucketSids bkt_a") as forbidden:
        await world.record(holder, **scope)
    assert forbidden.value.scope is None
    assert await world.found() == []


async def test_writing_needs_its_scope(world: World) -> None:
    for scopes in ((READ,), (ADMIN,), (READ, ADMIN)):
        with pytest.raises(Forbidden) as forbidden:
            await world.record(await world.holder(*scopes))
        assert forbidden.value.scope == WRITE


async def test_of_many_each_is_kept_or_told_why_not(world: World) -> None:
    broken = Invalid.of("type", "it is missing")
    drafts = [draft(name="one"), broken, draft(name="two", ended_at=ago(HOUR)), draft(name="three")]
    one, same, two, three = await world.services.events.create_all(world.owner, drafts)
    assert same is broken
    assert isinstance(two, Invalid)
    assert isinstance(one, Created)
    assert isinstance(three, Created)
    assert {event.name for event in await world.found()} == {"one", "three"}


async def test_of_many_with_one_key_the_first_is_kept(world: World) -> None:
    drafts = [draft(name=str(number), dedup_key=KEY) for number in range(20)]
    created = await world.services.events.create_all(world.owner, drafts)
    assert [isinstance(item, Created) and item.replayed for item in created] == [False] + [True] * 19
    assert [event.name for event in await world.found()] == ["0"]


async def test_of_many_none_is_taken_without_the_scope(world: World) -> None:
    with pytest.raises(Forbidden, match="events:write"):
        await world.services.events.create_all(await world.holder(READ), [draft()])
