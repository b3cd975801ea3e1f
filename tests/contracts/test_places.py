from dataclasses import replace

import pytest

from milepost.domain.account import MOST_PLACES, Place, PlaceKind
from milepost.domain.errors import Conflict, Invalid, NotFound
from milepost.domain.instant import Instant
from tests.contracts.backends import Backend
from tests.contracts.samples import ACCOUNT, OTHER

BUCKET, ENVIRONMENT = PlaceKind.BUCKET, PlaceKind.ENVIRONMENT


def make(name: str = "checkout", kind: PlaceKind = BUCKET, account_sid: str = ACCOUNT) -> Place:
    return Place(
        sid=f"bkt_{name}",
        account_sid=account_sid,
        kind=kind,
        name=name,
        labels={"z": "1", "a": "ä"},
        created_at=Instant(1),
    )


async def test_places_are_listed_by_name_and_apart_by_kind_and_account(backend: Backend) -> None:
    for name in ("b", "c", "a"):
        await backend.places.add_place(make(name))
    await backend.places.add_place(make("b", ENVIRONMENT))
    await backend.places.add_place(make("b", account_sid=OTHER))
    assert await backend.places.places(ACCOUNT, BUCKET) == (make("a"), make("b"), make("c"))
    assert await backend.places.places(ACCOUNT, ENVIRONMENT) == (make("b", ENVIRONMENT),)
    assert await backend.places.places("acc_none", BUCKET) == ()


@pytest.mark.parametrize(("field", "value"), [("sid", "bkt_checkout"), ("name", "checkout")])
async def test_a_taken_sid_or_name_conflicts(backend: Backend, field: str, value: str) -> None:
    await backend.places.add_place(make())
    with pytest.raises(Conflict) as raised:
        await backend.places.add_place(replace(make("other"), **{field: value}))
    assert raised.value.field == field


async def test_a_place_is_changed_as_it_is_there(backend: Backend) -> None:
    await backend.places.add_place(make("a"))
    await backend.places.add_place(make("b"))
    changed = replace(make("a"), name="z", labels={}, updated_at=Instant(2))
    assert await backend.places.change_place(ACCOUNT, BUCKET, "bkt_a", lambda _: changed) == changed
    assert await backend.places.places(ACCOUNT, BUCKET) == (make("b"), changed)
    with pytest.raises(Conflict):
        await backend.places.change_place(ACCOUNT, BUCKET, "bkt_a", lambda found: replace(found, name="b"))


async def test_a_deleted_place_is_gone(backend: Backend) -> None:
    await backend.places.add_place(make())
    await backend.places.delete_place(ACCOUNT, BUCKET, "bkt_checkout")
    assert await backend.places.places(ACCOUNT, BUCKET) == ()
    with pytest.raises(NotFound):
        await backend.places.delete_place(ACCOUNT, BUCKET, "bkt_checkout")
    with pytest.raises(NotFound):
        await backend.places.change_place(ACCOUNT, BUCKET, "bkt_checkout", lambda found: found)


async def test_an_account_has_room_for_a_thousand_of_a_kind(backend: Backend) -> None:
    await backend.archive.load(make(str(number)) for number in range(MOST_PLACES))
    with pytest.raises(Invalid, match="1,000"):
        await backend.places.add_place(make("one more"))
    assert len(await backend.places.places(ACCOUNT, BUCKET)) == MOST_PLACES
