"""Many events at once."""

from __future__ import annotations

from typing import Any

import pytest

from milepost.interfaces.rest.batch import LARGEST_BATCH_BYTES, MOST_EVENTS
from milepost.services.events import EventService
from tests.interfaces.rest.api import DEPLOYMENT, Api, fields_refused, refused


async def results_of(api: Api, *events: Any) -> list[dict[str, Any]]:
    answer = await api.post("events:batch", {"events": list(events)})
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["results"]
    results = answer.json()["results"]
    assert [result["index"] for result in results] == list(range(len(events)))
    return results


def test_the_limits_are_these():
    assert (MOST_EVENTS, LARGEST_BATCH_BYTES) == (500, 1_048_576)


async def test_each_item_has_its_result_and_all_valid_ones_are_kept(api: Api):
    results = await results_of(
        api,
        DEPLOYMENT,
        {"type": "x", "nmae": "y"},
        5,
        None,
        DEPLOYMENT | {"name": "v2"},
        DEPLOYMENT | {"metadata": "{}"},
    )
    assert [result["status"] for result in results] == [201, 400, 400, 400, 201, 400]
    assert results[0]["record"]["name"] == "v1"
    assert results[0]["replayed"] is False
    assert {problem["field"] for problem in results[1]["error"]["details"]} == {"type", "name", "nmae"}
    assert results[1]["error"]["code"] == "VALIDATION_ERROR"
    assert results[5]["error"]["details"][0]["field"] == "metadata"
    assert sorted(await api.found()) == ["v1", "v2"]


async def test_a_batch_sent_again_writes_nothing(api: Api):
    events = [DEPLOYMENT | {"name": str(number), "dedupKey": f"run:{number}"} for number in range(20)]
    first, again = await results_of(api, *events), await results_of(api, *events)
    assert {(result["status"], result["replayed"]) for result in first} == {(201, False)}
    assert {(result["status"], result["replayed"]) for result in again} == {(200, True)}
    assert [result["record"] for result in again] == [result["record"] for result in first]
    assert len(await api.found()) == 20


async def test_of_several_with_one_key_the_first_is_kept(api: Api):
    events = [DEPLOYMENT | {"name": str(number), "dedupKey": "run:1"} for number in range(10)]
    results = await results_of(api, *events)
    assert [result["status"] for result in results] == [201] + [200] * 9
    assert {result["record"]["name"] for result in results} == {"0"}


async def test_the_largest_batch_is_kept_whole(api: Api):
    results = await results_of(api, *[DEPLOYMENT] * MOST_EVENTS)
    assert {result["status"] for result in results} == {201}
    assert len({result["record"]["sid"] for result in results}) == MOST_EVENTS
    many = await api.post("events:batch", {"events": [DEPLOYMENT] * (MOST_EVENTS + 1)})
    assert fields_refused(many) == {"events"}


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": {}}, {"events": None}, {"events": "x"}])
async def test_what_is_no_batch_is_told(body: Any, api: Api):
    assert fields_refused(await api.post("events:batch", body)) == {"events"}


async def test_a_batch_has_nothing_but_events(api: Api):
    assert fields_refused(await api.post("events:batch", {"events": [DEPLOYMENT], "dry": True})) == {"dry"}


async def test_items_beyond_the_tokens_reach_are_forbidden_one_by_one(api: Api):
    restricted = await api.with_token(buckets=("b1",))
    results = await results_of(restricted, DEPLOYMENT, DEPLOYMENT | {"bucketSids": ["b2"]})
    assert [result["status"] for result in results] == [201, 403]
    assert results[1]["error"]["code"] == "FORBIDDEN"


async def test_an_item_whose_key_is_out_of_sight_conflicts(api: Api):
    await api.record(bucketSids=["b2"], dedupKey="run:1")
    restricted = await api.with_token(buckets=("b1",))
    results = await results_of(restricted, DEPLOYMENT | {"dedupKey": "run:1"}, DEPLOYMENT)
    assert [result["status"] for result in results] == [409, 201]


async def test_a_bug_in_the_midst_of_a_batch_is_a_bug(api: Api, monkeypatch: pytest.MonkeyPatch):
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(EventService, "create", broken)
    assert refused(await api.post("events:batch", {"events": [DEPLOYMENT]}), 500) == []
