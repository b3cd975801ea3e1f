import pytest

from milepost.domain.archive import TagPart
from milepost.domain.caller import Caller
from milepost.domain.errors import Forbidden
from milepost.services.tags import TagsFound
from tests.services.world import ADMIN, READ, WRITE, World


def names(found: TagsFound) -> list[str | None]:
    return [tag.name for tag in found.tags]


async def everything(world: World, caller: Caller) -> list[str | None]:
    """Two at a time."""
    found = [await world.services.tags.list(caller, 2)]
    while found[-1].following is not None:
        found.append(await world.services.tags.list(caller, 2, found[-1].following))
    return [name for page in found for name in names(page)]


async def test_tags_are_listed_keys_first_until_there_are_no_more(world: World) -> None:
    assert await world.services.tags.list(world.owner, 10) == TagsFound((), None)
    await world.record(tags={"team": ("a", "b"), "stage": ("c",)})
    found = await world.services.tags.list(world.owner, 5)
    assert [tag.part for tag in found.tags] == [TagPart.KEY] * 2 + [TagPart.VALUE] * 3
    assert found.following is None
    assert await everything(world, world.owner) == names(found)


async def test_a_holder_learns_of_what_events_in_reach_bear(world: World) -> None:
    for side in ("a", "b"):
        await world.record(tags={f"key {side}": (f"value {side}", "shared")}, buckets=(f"bkt_{side}",))
    holder = await world.holder(READ, buckets=("bkt_a",))
    assert sorted(map(str, await everything(world, holder))) == ["key a", "shared", "value a"]
    assert set(await everything(world, await world.holder(READ))) == {"key a", "key b", "value a", "value b", "shared"}


async def test_a_tag_goes_with_the_last_event_that_bears_it_and_comes_back_with_it(world: World) -> None:
    first, last = [await world.record(tags={"team": ("a",)}) for _ in range(2)]
    await world.services.events.delete(world.owner, first.sid)
    assert await everything(world, world.owner) == ["team", "a"]
    await world.services.events.delete(world.owner, last.sid)
    assert await everything(world, world.owner) == []
    await world.services.history.restore(world.owner, last.sid)
    assert await everything(world, world.owner) == ["team", "a"]


async def test_other_accounts_have_tags_of_their_own(world: World) -> None:
    await world.record(tags={"team": ("a",)})
    assert await everything(world, await world.owner_of("other")) == []


async def test_listing_tags_needs_the_scope_to_read(world: World) -> None:
    with pytest.raises(Forbidden, match="events:read"):
        await world.services.tags.list(await world.holder(WRITE, ADMIN), 10)
