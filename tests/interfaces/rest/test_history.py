"""What was done to an event, and bringing it back."""

from __future__ import annotations

import pytest

from milepost.domain.token import TokenScope
from tests.interfaces.rest.api import DEPLOYMENT, MISSING, Api, refused


async def test_the_history_tells_each_change_newest_first(api: Api):
    record = await api.record()
    sid = record["sid"]
    await api.put(f"events/{sid}", {"name": "v2"}, {"user-agent": "curl/8"})
    await api.delete(f"events/{sid}")
    await api.post(f"events/{sid}/restore")
    page = (await api.get(f"events/{sid}/history")).json()
    assert list(page) == ["hasMore", "records", "nextCursor"]
    assert [change["kind"] for change in page["records"]] == ["restored", "deleted", "changed"]
    assert page["records"][2]["before"] == record
    assert page["records"][2]["by"] == {"door": "rest", "token": "pipeline", "client": "curl/8"}
    assert page["records"][0]["before"] is None


async def test_the_history_is_paged(api: Api):
    sid = (await api.record())["sid"]
    for number in range(5):
        await api.put(f"events/{sid}", {"name": str(number)})
    answer = await api.get(f"events/{sid}/history", limit=2)
    versions: list[int] = []
    while True:
        versions += [change["version"] for change in answer.json()["records"]]
        if "next" not in answer.links:
            break
        answer = await api.get(answer.links["next"]["url"])
    assert versions == [6, 5, 4, 3, 2]
    assert answer.json()["nextCursor"] is None


@pytest.mark.parametrize("cursor", ["x", "AAAA", "MQ==", "é", "LTE", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA"])
async def test_a_cursor_that_no_page_had_is_told(cursor: str, api: Api):
    sid = (await api.record())["sid"]
    assert refused(await api.get(f"events/{sid}/history", cursor=cursor), 400)[0]["field"] == "cursor"


async def test_states_out_of_sight_are_left_out_and_paging_goes_on_past_them(api: Api):
    sid = (await api.record(bucketSids=["b1"]))["sid"]
    for buckets in (["b2"], ["b3"], ["b1"], ["b1", "b2"]):
        await api.put(f"events/{sid}", {"bucketSids": buckets})
    restricted = await api.with_token(buckets=("b1",))
    seen: list[list[str]] = []
    answer = await restricted.get(f"events/{sid}/history", limit=1)
    while True:
        seen += [change["before"]["bucketSids"] for change in answer.json()["records"]]
        if not answer.json()["hasMore"]:
            break
        answer = await restricted.get(f"events/{sid}/history", limit=1, cursor=answer.json()["nextCursor"])
    assert seen == [["b1"], ["b1"]]


async def test_what_never_was_has_no_history_and_can_not_come_back(api: Api):
    assert refused(await api.get(f"events/{MISSING}/history"), 404) == []
    assert refused(await api.post(f"events/{MISSING}/restore"), 404) == []


async def test_restoring_brings_the_event_back(api: Api):
    record = await api.record(dedupKey="run:1")
    sid = record["sid"]
    await api.delete(f"events/{sid}")
    answer = await api.post(f"events/{sid}/restore")
    restored = answer.json()
    assert answer.status_code == 200
    assert restored == record | {"updatedAt": restored["updatedAt"]}
    assert answer.headers["etag"] == (await api.get(f"events/{sid}")).headers["etag"]
    assert await api.found() == ["v1"]


async def test_restoring_what_is_there_changes_nothing(api: Api):
    record = await api.record()
    answer = await api.post(f"events/{record['sid']}/restore")
    assert (answer.status_code, answer.json(), answer.headers["etag"]) == (200, record, '"1"')


async def test_a_key_that_was_taken_meanwhile_is_a_conflict(api: Api):
    sid = (await api.record(dedupKey="run:1"))["sid"]
    await api.delete(f"events/{sid}")
    await api.post("events", DEPLOYMENT | {"dedupKey": "run:1"})
    assert refused(await api.post(f"events/{sid}/restore"), 409) == []


async def test_reading_is_not_enough_to_restore(api: Api):
    sid = (await api.record())["sid"]
    reader = await api.with_token(TokenScope.EVENTS_READ)
    answer = await reader.post(f"events/{sid}/restore")
    assert refused(answer, 403) == []
    assert "events:write" in answer.json()["error"]["message"]
