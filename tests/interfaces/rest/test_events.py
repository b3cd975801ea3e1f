"""The five routes of events."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost.domain.event import EventType
from milepost.domain.token import TokenKind
from tests.interfaces.http_world import free_port
from tests.interfaces.rest.api import DEPLOYMENT, MISSING, Api, refused, rest_api

SEED_KEYS = [
    "sid", "accountSid", "type", "name", "description", "source", "metadata", "bucketSids", "environmentSids",
    "startedAt", "endedAt", "createdAt",
]  # fmt: skip
OWN_KEYS = ["severity", "tags", "check", "dedupKey", "updatedAt", "createdBy"]
FULL = {
    "type": "incident",
    "name": "Checkout is slow",
    "description": "p99 over 2 s",
    "source": "pager",
    "metadata": {"z": 1, "a": [1.5, None, {"deep": "ä"}], "large": 2**63 - 1},
    "bucketSids": ["bkt_b", "bkt_a"],
    "environmentSids": ["prod01"],
    "startedAt": "2026-01-15T15:30:00.1239+01:00",
    "endedAt": "2026-01-15T16:00:00",
    "severity": "E",
    "tags": {"team": ["payments", "web"]},
    "check": {"id": 42, "symbol": "login", "descriptor": None},
    "dedupKey": "pager:1",
}  # fmt: skip


async def test_creating_answers_the_record_with_its_address_and_version(api: Api):
    answer = await api.post("events", DEPLOYMENT, {"user-agent": "deployer/1.2"})
    record = answer.json()
    assert answer.status_code == 201
    assert list(record) == SEED_KEYS + OWN_KEYS
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"{api.world.server.url}/v1/accounts/{api.account}/events/{record['sid']}"
    assert "dedup-replayed" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert (await api.get(answer.headers["location"])).json() == record
    assert record["createdBy"] == {"door": "rest", "token": "pipeline", "client": "deployer/1.2"}
    assert record["bucketSids"] == record["environmentSids"] == ["*"]
    assert record["endedAt"] is record["metadata"] is record["source"] is None


async def test_every_field_comes_back_as_it_was_written(api: Api):
    record = await api.record(**FULL)
    expected = FULL | {"startedAt": "2026-01-15T14:30:00.123Z", "endedAt": "2026-01-15T16:00:00.000Z"}
    assert {name: record[name] for name in FULL} == expected
    assert list(record["metadata"]) == ["z", "a", "large"]


async def test_null_counts_as_left_out_when_creating(api: Api):
    nothing = dict.fromkeys(FULL.keys() - {"type", "name"})
    assert (await api.record(**nothing))["bucketSids"] == ["*"]


async def test_creating_twice_with_one_key_answers_the_first_event(api: Api):
    first = await api.post("events", DEPLOYMENT | {"dedupKey": "run:1"})
    again = await api.post("events", {"type": "custom", "name": "other", "dedupKey": "run:1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["dedup-replayed"] == "true"
    assert again.json() == first.json()
    assert (again.headers["location"], again.headers["etag"]) == (first.headers["location"], '"1"')
    assert await api.found() == ["v1"]


async def test_a_page_has_the_form_of_the_api_that_it_follows(api: Api):
    await api.record()
    answer = await api.get("events")
    assert list(answer.json()) == ["hasMore", "records", "nextCursor"]
    assert answer.json()["hasMore"] is False
    assert answer.json()["nextCursor"] is None
    assert "link" not in answer.headers


async def test_pages_are_linked_with_their_filters(api: Api):
    for number in range(7):
        await api.record(name=f"ä {number}", startedAt=f"now-{10 + number}m", tags={"a&b": ["c=d"]})
    await api.record(type="custom")
    answer = await api.get("events?type=deployment&limit=3&includeTag=a%26b~c%3Dd&message=%C3%A4%20&startTime=now-1h")
    names: list[str] = []
    while True:
        names += [record["name"] for record in answer.json()["records"]]
        if "next" not in answer.links:
            break
        assert answer.json()["hasMore"] is True
        assert answer.json()["nextCursor"] in answer.links["next"]["url"]
        answer = await api.get(answer.links["next"]["url"])
        assert answer.status_code == 200
    assert names == [f"ä {number}" for number in range(7)]


async def test_links_are_under_the_public_address(tmp_path: Path):
    async with rest_api(tmp_path, public_url="https://milepost.example.com", port=str(free_port())) as api:
        created = [await api.post("events", DEPLOYMENT) for _ in range(2)]
        assert created[0].headers["location"].startswith("https://milepost.example.com/v1/accounts/")
        page = await api.get("events", limit=1)
        assert page.links["next"]["url"].startswith(
            f"https://milepost.example.com/v1/accounts/{api.account}/events?limit=1&"
        )


async def test_the_cursor_may_be_written_by_hand(api: Api):
    for number in range(3):
        await api.record(name=str(number), startedAt=f"now-{number}m")
    first = (await api.get("events", limit=2)).json()
    second = (await api.get("events", limit=2, cursor=first["nextCursor"])).json()
    assert [record["name"] for record in second["records"]] == ["2"]
    assert refused(await api.get("events", limit=2, cursor=first["nextCursor"], type="scale"), 400)
    assert refused(await api.get("events", limit=2, cursor=first["nextCursor"][:-1]), 400)


FILTERS = [
    {"type": "incident"},
    {"type": ["incident", "scale"]},
    {"startTime": "2026-01-15T15:50:00Z", "endTime": "2026-01-15T15:55:00Z"},
    {"bucketSid": "bkt_a", "type": "incident"},
    {"environmentSid": "prod01", "type": "incident"},
    {"ongoing": "false", "severity": "EF"},
    {"source": "pager"},
    {"severity": "E"},
    {"checkId": "42"},
    {"dedupKey": "pager:1"},
    {"message": "CHECKOUT"},
    {"includeTag": "team~web;none"},
    {"includeTag": ["team", "~payments"], "includeTagOp": "and"},
    {"excludeTag": "quiet"},
]


@pytest.mark.parametrize("filters", FILTERS, ids="+".join)
async def test_every_filter_filters(filters: dict[str, str], api: Api):
    await api.record(**FULL)
    await api.record(tags={"quiet": ["yes"]})
    assert await api.found(**filters) == ["Checkout is slow"]


async def test_every_type_can_be_written_and_found(api: Api):
    for kind in EventType:
        await api.record(type=kind, name=kind)
        assert await api.found(type=kind) == [kind]


async def test_getting_says_which_version_it_is(api: Api):
    record = await api.record()
    answer = await api.get(f"events/{record['sid']}")
    assert (answer.status_code, answer.json(), answer.headers["etag"]) == (200, record, '"1"')
    assert answer.headers["cache-control"] == "private, no-cache"
    await api.put(f"events/{record['sid']}", {"name": "v2"})
    assert (await api.get(f"events/{record['sid']}")).headers["etag"] == '"2"'


@pytest.mark.parametrize("known", ['"1"', 'W/"1"', '"7", "1"', "*"])
async def test_what_is_known_already_is_not_sent_again(known: str, api: Api):
    record = await api.record()
    answer = await api.get(f"events/{record['sid']}", {"if-none-match": known})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"1"')
    await api.put(f"events/{record['sid']}", {"name": "v2"})
    if known != "*":
        assert (await api.get(f"events/{record['sid']}", {"if-none-match": known})).status_code == 200


async def test_only_what_is_given_changes(api: Api):
    record = await api.record(**FULL)
    answer = await api.put(f"events/{record['sid']}", {"description": "resolved"})
    changed = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert changed == record | {"description": "resolved", "updatedAt": changed["updatedAt"]}


async def test_nothing_given_changes_nothing(api: Api):
    record = await api.record()
    answer = await api.put(f"events/{record['sid']}", {})
    assert (answer.status_code, answer.json(), answer.headers["etag"]) == (200, record, '"1"')


async def test_null_clears_and_reopens(api: Api):
    record = await api.record(**FULL)
    clearable = ["description", "source", "metadata", "endedAt", "severity", "tags", "check", "dedupKey"]
    changed = (await api.put(f"events/{record['sid']}", dict.fromkeys(clearable))).json()
    assert {changed[name] for name in clearable} == {None}
    assert await api.found(ongoing="true") == ["Checkout is slow"]


@pytest.mark.parametrize("field", ["type", "name", "startedAt", "bucketSids", "environmentSids"])
async def test_what_an_event_needs_can_not_be_cleared(field: str, api: Api):
    record = await api.record()
    details = refused(await api.put(f"events/{record['sid']}", {field: None}), 400)
    assert [problem["field"] for problem in details] == [field]


@pytest.mark.parametrize("condition", ['"1"', '"4" , "1"', "*", ',"1",'])
async def test_a_change_on_condition_is_made_while_it_holds(condition: str, api: Api):
    sid = (await api.record())["sid"]
    assert (await api.put(f"events/{sid}", {"name": "v2"}, {"if-match": condition})).status_code == 200


@pytest.mark.parametrize("condition", ['"2"', '"01"', 'W/"1"', '"1x"', '"2", "3"', '""'])
async def test_a_stale_condition_stops_changing_and_deleting(condition: str, api: Api):
    record = await api.record()
    sid = record["sid"]
    changed = await api.put(f"events/{sid}", {"name": "v2"}, {"if-match": condition})
    assert refused(changed, 412) == []
    assert changed.json()["error"]["code"] == "PRECONDITION_FAILED"
    assert refused(await api.delete(f"events/{sid}", {"if-match": condition}), 412) == []
    assert (await api.get(f"events/{sid}")).json() == record
    assert (await api.delete(f"events/{sid}", {"if-match": '"1"'})).status_code == 200


@pytest.mark.parametrize("condition", ["1", '"1', '"1" "2"', '*, "1"', "", 'w/"1"', '"a b"'])
async def test_a_condition_that_is_none_is_told(condition: str, api: Api):
    sid = (await api.record())["sid"]
    for answer in (
        await api.put(f"events/{sid}", {"name": "v2"}, {"if-match": condition}),
        await api.delete(f"events/{sid}", {"if-match": condition}),
    ):
        assert refused(answer, 400)[0]["field"] == "If-Match"
    assert refused(await api.get(f"events/{sid}", {"if-none-match": condition}), 400)[0]["field"] == "If-None-Match"


async def test_deleting_hides_and_the_second_time_finds_nothing(api: Api):
    sid = (await api.record(dedupKey="run:1"))["sid"]
    answer = await api.delete(f"events/{sid}")
    assert (answer.status_code, answer.json()) == (200, {"sid": sid, "deleted": True})
    for again in (await api.delete(f"events/{sid}"), await api.get(f"events/{sid}")):
        assert refused(again, 404) == []
    assert refused(await api.put(f"events/{sid}", {}), 404) == []
    assert (await api.post("events", DEPLOYMENT | {"dedupKey": "run:1"})).status_code == 201


async def test_a_taken_key_is_a_conflict(api: Api):
    await api.record(dedupKey="run:1")
    other = await api.record(dedupKey="run:2")
    answer = await api.put(f"events/{other['sid']}", {"dedupKey": "run:1"})
    assert refused(answer, 409) == []
    assert answer.json()["error"]["code"] == "CONFLICT"


@pytest.mark.parametrize("sid", ["%20", "a.b", "x" * 65, "a%0A", "%00"])
async def test_what_can_be_no_sid_is_told(sid: str, api: Api):
    for answer in (
        await api.get(f"events/{sid}"),
        await api.put(f"events/{sid}", {}),
        await api.delete(f"events/{sid}"),
    ):
        assert refused(answer, 400)[0]["field"] == "sid"


async def test_the_span_and_the_future_are_checked(api: Api):
    assert refused(await api.post("events", DEPLOYMENT | {"endedAt": "now-1h"}), 400)[0]["field"] == "endedAt"
    assert refused(await api.post("events", DEPLOYMENT | {"startedAt": "9999-01-01T00:00:00Z"}), 400)
    assert refused(await api.get("events", startTime="now", endTime="now-1h"), 400)[0]["field"] == "startTime"


@pytest.mark.parametrize("kind", list(TokenKind))
async def test_both_kinds_of_tokens_are_taken(kind: TokenKind, api: Api):
    assert (await (await api.with_token(kind=kind)).post("events", DEPLOYMENT)).status_code == 201


async def test_a_restricted_token_sees_and_writes_only_its_own(api: Api):
    mine = await api.record(bucketSids=["b1"])
    other = await api.record(bucketSids=["b2"])
    everywhere = await api.record()
    restricted = await api.with_token(buckets=("b1",))
    assert (await restricted.record())["bucketSids"] == ["b1"]
    assert (await restricted.get(f"events/{mine['sid']}")).status_code == 200
    assert (await restricted.get(f"events/{everywhere['sid']}")).status_code == 200
    assert refused(await restricted.get(f"events/{other['sid']}"), 404) == []
    assert refused(await restricted.put(f"events/{everywhere['sid']}", {"name": "x"}), 403) == []
    assert refused(await restricted.delete(f"events/{other['sid']}"), 404) == []
    assert refused(await restricted.post("events", DEPLOYMENT | {"bucketSids": ["b2"]}), 403) == []
    assert len(await restricted.found()) == 3


async def test_a_key_of_an_event_out_of_sight_is_a_conflict(api: Api):
    await api.record(bucketSids=["b2"], dedupKey="run:1")
    restricted = await api.with_token(buckets=("b1",))
    answer = await restricted.post("events", DEPLOYMENT | {"dedupKey": "run:1"})
    assert refused(answer, 409) == []
    assert "evt_" not in answer.text


async def test_nothing_is_found_where_there_is_nothing(api: Api):
    assert refused(await api.get(f"events/{MISSING}"), 404) == []
    assert await api.found() == []
