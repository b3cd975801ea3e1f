"""Going on beyond a page: nothing is lost, nothing comes twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from milepost.domain.event import EventDraft, EventType
from milepost.domain.instant import Instant, When
from milepost.wire.apica_parameters import LARGEST_PAGE
from tests.interfaces.apica_rest.asking import EVENTS, NOON, happened, messages, pages
from tests.interfaces.rest.api import Api, fields_refused

COUNT = 2_345


async def record_many(api: Api, names: Iterable[str]) -> None:
    """Three events a moment."""
    drafts = [
        EventDraft(
            type=EventType.CUSTOM, name=name, started_at=When(relative=False, offset=Instant(NOON + number // 3))
        )
        for number, name in enumerate(names)
    ]
    await api.world.server.services.events.create_all(api.world.owner, drafts)


async def test_more_than_a_thousand_events_come_whole_page_by_page(api: Api):
    await record_many(api, map(str, range(COUNT)))
    found = await pages(api, EVENTS)
    assert [len(page) for page in found] == [1_000, 1_000, 345]
    names = [row["event_message"] for page in found for row in page]
    assert sorted(names, key=int) == [str(number) for number in range(COUNT)]
    assert [int(name) // 3 for name in names] == sorted((int(name) // 3 for name in names), reverse=True)


async def test_a_page_is_as_large_as_is_asked_for(api: Api):
    await record_many(api, map(str, range(7)))
    assert [len(page) for page in await pages(api, EVENTS, limit=3)] == [3, 3, 1]
    assert [len(page) for page in await pages(api, EVENTS, limit=7)] == [7]
    assert LARGEST_PAGE == 1_000


async def test_the_link_keeps_the_filters_and_leads_to_this_very_server(api: Api):
    for number in range(3):
        await happened(api, at=NOON + number, name=f"ä {number}", tags={"Städte": ("a b&c",)})
        await happened(api, at=NOON + number, name="other")
    asked: dict[str, Any] = {
        "message": "ä ",
        "timestamp_utc_from": "2024-05-19T14:00:00+02:00",
        "include_tag": "Städte~a b&c",
        "limit": 2,
    }
    answer = await api.get(EVENTS, **asked)
    assert answer.links["next"]["url"].startswith(f"{api.world.server.url}{EVENTS}?")
    found = await pages(api, EVENTS, **asked)
    assert [[row["event_message"] for row in page] for page in found] == [["ä 2", "ä 1"], ["ä 0"]]


async def test_pages_hold_still_while_events_are_added(api: Api):
    await record_many(api, map(str, range(4)))
    first = await api.get(EVENTS, limit=2)
    await happened(api, at=NOON + 10_000, name="new")
    rest = await pages(api, first.links["next"]["url"])
    names = [row["event_message"] for page in [first.json(), *rest] for row in page]
    assert sorted(names) == ["0", "1", "2", "3"]


async def test_relative_times_keep_the_meaning_of_the_first_page(api: Api):
    await record_many(api, map(str, range(2)))
    answer = await api.get(EVENTS, timestamp_utc_to="now", limit=1)
    await api.record(name="since", startedAt="now")
    (page,) = await pages(api, answer.links["next"]["url"])
    assert len(page) == 1


@pytest.mark.parametrize("other", [{"severity": "I"}, {"message": "abc"}, {"milliseconds_utc_from": "1"}])
async def test_a_cursor_belongs_to_its_filters(other: dict[str, Any], api: Api):
    await record_many(api, map(str, range(2)))
    answer = await api.get(EVENTS, limit=1)
    cursor = answer.links["next"]["url"].rpartition("cursor=")[2]
    assert fields_refused(await api.get(EVENTS, cursor=cursor, **other)) == {"cursor"}
    assert await messages(api, cursor=cursor) != []


async def test_a_cursor_of_another_way_in_is_one_of_other_filters(api: Api):
    await record_many(api, map(str, range(2)))
    cursor = (await api.get("events", limit=1)).json()["nextCursor"]
    assert fields_refused(await api.get(EVENTS, cursor=cursor)) == {"cursor"}


@pytest.mark.parametrize("path", [EVENTS, "/v3/tags"])
@pytest.mark.parametrize(
    "cursor", ["x", "AQAAAZvE", "é", "a2V5IA", "a2V5IDF4", "bm9uZSAx", "a2V5IDk5OTk5OTk5OTk5OTk5OTk5OTk"]
)
async def test_a_damaged_cursor_is_told_and_where_a_good_one_is(path: str, cursor: str, api: Api):
    answer = await api.get(path, cursor=cursor)
    assert fields_refused(answer) == {"cursor"}
    assert "Link header" in answer.text
