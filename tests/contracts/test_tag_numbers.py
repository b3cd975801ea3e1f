import pytest

from milepost.domain.archive import TagNumber, TagPart
from milepost.domain.history import PurgeSelection
from milepost.domain.query import EventQuery
from milepost.domain.tags import TagFilter, TagId
from tests.contracts.backends import Backend
from tests.contracts.samples import ACCOUNT, BY, OTHER, make

KEY, VALUE = TagPart.KEY, TagPart.VALUE


async def named(backend: Backend, account_sid: str = ACCOUNT) -> dict[tuple[TagPart, str | None], int]:
    found = await backend.tag_numbers.tag_numbers(account_sid, 100, None)
    assert all(tag.account_sid == account_sid for tag in found)
    return {(tag.part, tag.name): tag.number for tag in found}


async def test_every_key_and_value_has_a_number_once(backend: Backend) -> None:
    for _ in range(2):
        await backend.events.create(make(tags={"Environment": ("Prod", "Dev"), "team": ("Prod",)}))
    numbers = await named(backend)
    assert set(numbers) == {(KEY, "Environment"), (KEY, "team"), (VALUE, "Prod"), (VALUE, "Dev")}
    for part in TagPart:
        own = [number for (each, _), number in numbers.items() if each is part]
        assert len(set(own)) == len(own)
        assert min(own) >= 1


async def test_keys_come_before_values_each_by_number(backend: Backend) -> None:
    await backend.events.create(make(tags={"z": ("b", "a"), "y": ("c",), "x": ("a",)}))
    listed = [(tag.part, tag.number) for tag in await backend.tag_numbers.tag_numbers(ACCOUNT, 100, None)]
    assert [part for part, _ in listed] == [KEY] * 3 + [VALUE] * 3
    assert listed == sorted(listed)


async def test_a_list_goes_on_behind_a_place(backend: Backend) -> None:
    await backend.events.create(make(tags={f"key {number}": (f"value {number}",) for number in range(5)}))
    everything = await backend.tag_numbers.tag_numbers(ACCOUNT, 100, None)
    read: list[TagNumber] = []
    while page := await backend.tag_numbers.tag_numbers(ACCOUNT, 3, (read[-1].part, read[-1].number) if read else None):
        assert len(page) <= 3
        read += page
    assert tuple(read) == everything
    assert len(read) == 10


async def test_numbers_belong_to_an_account(backend: Backend) -> None:
    await backend.events.create(make(tags={"mine": ("a",)}))
    await backend.events.create(make(account_sid=OTHER, tags={"theirs": ("b",)}))
    assert set(await named(backend)) == {(KEY, "mine"), (VALUE, "a")}
    assert set(await named(backend, OTHER)) == {(KEY, "theirs"), (VALUE, "b")}
    assert await named(backend, "acc_none") == {}


async def test_a_number_means_in_a_filter_what_it_is_listed_for(backend: Backend) -> None:
    one = make(tags={"Environment": ("Prod",)})
    two = make(tags={"Environment": ("Dev",), "team": ("Prod",)})
    for event in (one, two):
        await backend.events.create(event)
    numbers = await named(backend)
    environment, production = TagId(numbers[KEY, "Environment"]), TagId(numbers[VALUE, "Prod"])
    for tags, expected in (
        (TagFilter(environment, ()), {one.sid, two.sid}),
        (TagFilter(environment, (production,)), {one.sid}),
        (TagFilter(None, (production,)), {one.sid, two.sid}),
    ):
        page = await backend.events.find(ACCOUNT, EventQuery(include_tags=(tags,)))
        assert {event.sid for event in page.events} == expected


@pytest.mark.parametrize("deleted", [False, True])
async def test_a_purged_tag_is_not_listed_and_its_number_is_never_given_again(backend: Backend, deleted: bool) -> None:
    gone = make(tags={"secret": ("Jane",)})
    await backend.events.create(gone)
    await backend.events.create(make(tags={"kept": ("a",)}))
    before = await named(backend)
    if deleted:
        await backend.events.delete(ACCOUNT, gone.sid, lambda _: None, BY, gone.created_at)
        assert await named(backend) == before
    await backend.history.purge(PurgeSelection(account_sid=ACCOUNT, event_sid=gone.sid), lambda _: None)
    assert set(await named(backend)) == {(KEY, "kept"), (VALUE, "a")}
    await backend.events.create(make(tags={"new": ("b",)}))
    after = await named(backend)
    assert after[KEY, "new"] not in {before[KEY, "secret"], before[KEY, "kept"]}
    assert after[VALUE, "b"] not in {before[VALUE, "Jane"], before[VALUE, "a"]}
