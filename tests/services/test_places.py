import pytest

from milepost.domain.account import Place, PlaceKind
from milepost.domain.errors import Conflict, Forbidden, Invalid, NotFound
from milepost.domain.event import EventChange
from milepost.domain.instant import HOUR
from milepost.domain.scope import Scope
from milepost.services.places import PlaceDraft
from tests.services.world import ADMIN, NOON, READ, WRITE, World

BUCKET, ENVIRONMENT = PlaceKind.BUCKET, PlaceKind.ENVIRONMENT


async def register(world: World, name: str, kind: PlaceKind = BUCKET, sid: str | None = None) -> Place:
    return await world.services.places.create(world.owner, kind, PlaceDraft(name=name, labels={}, sid=sid))


async def test_a_place_is_kept_as_registered(world: World) -> None:
    draft = PlaceDraft(name="Check out", labels={"service": "checkout", "a": "b"})
    place = await world.services.places.create(world.owner, BUCKET, draft)
    assert place.sid.startswith("bkt_")
    assert (place.name, place.labels, place.created_at, place.updated_at) == (draft.name, draft.labels, NOON, None)
    assert await world.services.places.list(world.owner, BUCKET) == (place,)
    assert await world.services.places.list(world.owner, ENVIRONMENT) == ()
    assert (await register(world, "prod", ENVIRONMENT)).sid.startswith("env_")


async def test_places_are_listed_by_name(world: World) -> None:
    for name in ("search", "checkout", "Zoo"):
        await register(world, name)
    names = [place.name for place in await world.services.places.list(world.owner, BUCKET)]
    assert names == sorted(names)


async def test_a_place_is_found_by_sid_or_name(world: World) -> None:
    place = await register(world, "checkout", sid="prod01")
    for reference in ("prod01", "checkout"):
        assert await world.services.places.get(world.owner, BUCKET, reference) == place
    with pytest.raises(NotFound):
        await world.services.places.get(world.owner, ENVIRONMENT, "checkout")


async def test_a_taken_name_or_sid_is_a_conflict(world: World) -> None:
    place = await register(world, "checkout", sid="prod01")
    with pytest.raises(Conflict, match="name: "):
        await register(world, "checkout")
    with pytest.raises(Conflict, match="sid: "):
        await register(world, "other", sid="prod01")
    other = await register(world, "other")
    with pytest.raises(Conflict, match="name: "):
        await world.services.places.change(world.owner, BUCKET, other.sid, "checkout", None)
    await register(world, "checkout", ENVIRONMENT, sid="prod01")
    assert await world.services.places.get(world.owner, BUCKET, "checkout") == place


async def test_a_change_of_a_place_is_dated_and_leaves_the_rest(world: World) -> None:
    place = await register(world, "checkout")
    later = world.clock.advance(HOUR)
    assert await world.services.places.change(world.owner, BUCKET, "checkout", "checkout", None) == place
    changed = await world.services.places.change(world.owner, BUCKET, "checkout", "pay", {"service": "pay"})
    assert (changed.sid, changed.name, changed.labels, changed.updated_at) == (
        place.sid,
        "pay",
        {"service": "pay"},
        later,
    )
    assert await world.services.places.list(world.owner, BUCKET) == (changed,)


async def test_before_any_is_registered_every_sid_is_taken_as_it_comes(world: World) -> None:
    event = await world.record(buckets=("bkt_any", "prod01"))
    assert event.scope == Scope(("bkt_any", "prod01"))
    assert await world.found(bucket="prod01") == [event]
    await register(world, "prod", ENVIRONMENT)
    assert await world.found(bucket="prod01") == [event]


async def test_a_name_is_taken_wherever_a_sid_is(world: World) -> None:
    checkout, prod = await register(world, "check out"), await register(world, "prod", ENVIRONMENT)
    event = await world.record(buckets=("check out",), environments=("prod",))
    assert event.scope == Scope((checkout.sid,), (prod.sid,))
    assert await world.found(bucket="check out", environment="prod") == [event]
    search = await register(world, "search")
    changed = await world.services.events.change(
        world.owner, event.sid, EventChange(buckets=("search", checkout.sid), environments=("*",))
    )
    assert changed.scope == Scope((search.sid, checkout.sid))
    holder = await world.holder(buckets=("search",))
    assert holder.restriction.buckets == {search.sid}


async def test_once_any_is_registered_an_unknown_one_is_an_error_listing_the_known(world: World) -> None:
    place = await register(world, "checkout")
    message = f'"chekout" is no bucket of this account; known: "checkout" \\({place.sid}\\)'
    event = await world.record()
    with pytest.raises(Invalid, match=f"bucketSids\\[1\\]: {message}"):
        await world.record(buckets=("checkout", "chekout"))
    with pytest.raises(Invalid, match=f"bucketSid: {message}"):
        await world.found(bucket="chekout")
    with pytest.raises(Invalid, match=f"bucketSids\\[0\\]: {message}"):
        await world.services.events.change(world.owner, event.sid, EventChange(buckets=("chekout",)))
    with pytest.raises(Invalid, match=f"bucketSids\\[0\\]: {message}"):
        await world.holder(buckets=("chekout",))
    assert await world.found() == [event]


async def test_a_name_and_its_own_sid_are_the_same_one_listed_twice(world: World) -> None:
    place = await register(world, "checkout")
    with pytest.raises(Invalid, match=r"bucketSids: .* is listed twice"):
        await world.record(buckets=("checkout", place.sid))


async def test_everywhere_needs_no_registration(world: World) -> None:
    await register(world, "checkout")
    assert (await world.record(buckets=("*",))).scope == Scope()


async def test_a_forgotten_place_leaves_events_as_they_are(world: World) -> None:
    place = await register(world, "checkout")
    await register(world, "search")
    event = await world.record(buckets=("checkout",))
    assert await world.services.places.delete(world.owner, BUCKET, "checkout") == place
    assert await world.found() == [event]
    with pytest.raises(NotFound):
        await world.services.places.delete(world.owner, BUCKET, place.sid)
    with pytest.raises(Invalid):
        await world.found(bucket=place.sid)


async def test_a_renamed_place_keeps_its_events(world: World) -> None:
    await register(world, "checkout")
    event = await world.record(buckets=("checkout",))
    await world.services.places.change(world.owner, BUCKET, "checkout", "pay", None)
    assert await world.found(bucket="pay") == [event]


async def test_places_of_different_accounts_do_not_meet(world: World) -> None:
    place = await register(world, "checkout")
    stranger = await world.owner_of("other")
    assert await world.services.places.list(stranger, BUCKET) == ()
    for reference in (place.sid, "checkout"):
        with pytest.raises(NotFound):
            await world.services.places.get(stranger, BUCKET, reference)
        with pytest.raises(NotFound):
            await world.services.places.change(stranger, BUCKET, reference, "x", None)
        with pytest.raises(NotFound):
            await world.services.places.delete(stranger, BUCKET, reference)
    assert (await world.record(stranger, buckets=("anything",))).scope == Scope(("anything",))


async def test_a_restricted_token_knows_its_own_places_only(world: World) -> None:
    own, other = await register(world, "checkout"), await register(world, "secret")
    holder = await world.holder(buckets=("checkout",))
    assert await world.services.places.list(holder, BUCKET) == (own,)
    with pytest.raises(NotFound):
        await world.services.places.get(holder, BUCKET, "secret")
    for reference in ("secret", other.sid):
        with pytest.raises(Invalid) as refused:
            await world.found(holder, bucket=reference)
        assert f'known: "checkout" ({own.sid})' in str(refused.value)
        with pytest.raises(Invalid):
            await world.record(holder, buckets=(reference,))


async def test_only_an_unrestricted_administrator_changes_which_places_there_are(world: World) -> None:
    await register(world, "checkout")
    editor = await world.holder(READ, WRITE)
    narrow = await world.holder(READ, ADMIN, buckets=("checkout",))
    for holder, scope in ((editor, ADMIN), (narrow, None)):
        for attempt in (
            world.services.places.create(holder, BUCKET, PlaceDraft(name="new", labels={})),
            world.services.places.change(holder, BUCKET, "checkout", "new", None),
            world.services.places.delete(holder, BUCKET, "checkout"),
        ):
            with pytest.raises(Forbidden) as forbidden:
                await attempt
            assert forbidden.value.scope == scope
    administrator = await world.holder(ADMIN)
    await world.services.places.change(administrator, BUCKET, "checkout", "pay", None)
    await world.services.places.delete(administrator, BUCKET, "pay")
    assert await world.services.places.list(world.owner, BUCKET) == ()
