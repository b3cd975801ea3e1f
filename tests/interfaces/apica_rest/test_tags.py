"""The ids by which filters may name tag keys and values."""

from __future__ import annotations

from typing import Any

import pytest

from milepost.domain.event import EventChange
from milepost.domain.token import TokenScope
from tests.interfaces.apica_rest.asking import EVENTS, NOON, TAGS, happened, messages, pages, rows
from tests.interfaces.rest.api import Api, fields_refused


async def ids(api: Api) -> dict[tuple[str, str], int]:
    return {(tag["part"], tag["name"]): tag["id"] for tag in await rows(api, TAGS)}


async def test_keys_come_before_values_by_id(api: Api):
    await happened(api, tags={"Environment": ("Prod", "Dev"), "team": ("payments",)})
    tags = await rows(api, TAGS)
    assert [list(tag) for tag in tags] == [["id", "part", "name"]] * 5
    assert [(tag["part"], tag["id"]) for tag in tags] == sorted((tag["part"], tag["id"]) for tag in tags)
    assert {(tag["part"], tag["name"]) for tag in tags} == {
        ("key", "Environment"),
        ("key", "team"),
        ("value", "Prod"),
        ("value", "Dev"),
        ("value", "payments"),
    }


async def test_an_id_stands_for_its_key_or_value_in_a_filter(api: Api):
    await happened(api, name="both", tags={"Environment": ("Prod",)})
    await happened(api, at=NOON - 1, name="key", tags={"Environment": ("Dev",)})
    await happened(api, at=NOON - 2, name="value", tags={"stage": ("Prod",)})
    known = await ids(api)
    key, value = known["key", "Environment"], known["value", "Prod"]
    assert await messages(api, include_tag=f".{key}") == ["both", "key"]
    assert await messages(api, include_tag=f".{key}~Prod") == ["both"]
    assert await messages(api, include_tag=f"Environment~.{value}") == ["both"]
    assert await messages(api, include_tag=f"~.{value}") == ["both", "value"]
    assert await messages(api, exclude_tag=f".{key}~.{value}") == ["key", "value"]
    assert await messages(api, include_tag=".4568~Prod") == []


async def test_a_page_goes_on_where_the_last_one_ended(api: Api):
    await happened(api, tags={f"key {number}": (f"value {number}",) for number in range(4)})
    everything = await rows(api, TAGS)
    found = await pages(api, TAGS, limit=3)
    assert [len(page) for page in found] == [3, 3, 2]
    assert [tag for page in found for tag in page] == everything
    assert [len(page) for page in await pages(api, TAGS, limit=8)] == [8]


async def test_tags_that_no_event_bears_any_more_are_not_listed_and_keep_their_ids(api: Api):
    deleted = await happened(api, tags={"gone": ("a",)})
    changed = await happened(api, tags={"was": ("b",)})
    before = await ids(api)
    await api.delete(f"events/{deleted.sid}")
    await api.world.server.services.events.change(api.world.owner, changed.sid, EventChange(tags={"is": ("b",)}))
    assert set(await ids(api)) == {("key", "is"), ("value", "b")}
    await api.post(f"events/{deleted.sid}/restore")
    assert (await ids(api))["key", "gone"] == before["key", "gone"]


async def test_a_restricted_token_learns_only_of_tags_in_its_reach_page_by_page(api: Api):
    for number in range(6):
        side = "bkt_a" if number % 3 == 0 else "bkt_b"
        await happened(api, tags={f"{side} {number}": (f"of {side}",)}, buckets=(side,))
    restricted = await api.with_token(TokenScope.EVENTS_READ, buckets=("bkt_a",))
    assert {name for _, name in await ids(restricted)} == {"bkt_a 0", "bkt_a 3", "of bkt_a"}
    found = await pages(restricted, TAGS, limit=2)
    assert [[tag["name"] for tag in page] for page in found] == [["bkt_a 0"], ["bkt_a 3"], [], ["of bkt_a"]]
    assert await messages(restricted, include_tag=f".{(await ids(api))['key', 'bkt_b 1']}") == []


@pytest.mark.parametrize(("name", "value"), [("limit", "0"), ("limit", "1001"), ("message", "x"), ("include_tag", "a")])
async def test_a_parameter_that_can_not_be_taken_is_told_by_name(name: str, value: Any, api: Api):
    assert fields_refused(await api.get(TAGS, **{name: value})) == {name}


async def test_there_are_no_tags_to_begin_with(api: Api):
    assert await rows(api, TAGS) == []
    await happened(api)
    assert await rows(api, TAGS) == []
    assert len(await rows(api, EVENTS)) == 1
