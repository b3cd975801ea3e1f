"""What is asked, parameter by parameter."""

from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

from milepost.domain.errors import Invalid, NotFound
from milepost.domain.event import EventType, Severity
from milepost.domain.instant import LATEST, Instant
from milepost.domain.query import EventQuery, Position
from milepost.domain.scope import Restriction
from milepost.domain.tags import TagFilter, TagId
from milepost.upstreams.apitraffic.timeline import LIMITS
from tests.contracts.samples import ACCOUNT
from tests.upstreams.apitraffic.documented import DocumentedApi, adapter, refusal

NOON = Instant(1_705_320_000_000)
BEFORE, AT, BEHIND = (f"2024-01-15T{text}Z" for text in ("11:59:59.999", "12:00:00.000", "12:00:00.001"))
INCIDENT, SCALE = EventType.INCIDENT, EventType.SCALE


@dataclass(frozen=True)
class Asked:
    """Filters, and the parameters that go out for them besides the limit."""

    filters: dict[str, Any]
    parameters: dict[str, str]


FILTERS: dict[str, list[Asked]] = {
    "types": [
        Asked({"types": frozenset({INCIDENT})}, {"type": "incident"}),
        Asked({"types": frozenset({INCIDENT, SCALE})}, {}),
    ],
    "start": [Asked({"start": NOON}, {}), Asked({"start": NOON, "starts_only": True}, {"startTime": BEFORE})],
    "end": [
        Asked({"end": NOON}, {"endTime": BEHIND}),
        Asked({"end": Instant(10**15)}, {"endTime": "9999-12-31T23:59:59.999Z"}),
        Asked({"end": Instant(NOON + 5), "after": Position(NOON, "evt_1")}, {"endTime": BEHIND}),
        Asked({"end": NOON, "after": Position(Instant(NOON + 5), "evt_1")}, {"endTime": BEHIND}),
    ],
    "bucket_sid": [Asked({"bucket_sid": "bkt_1"}, {"bucketSid": "bkt_1"})],
    "environment_sid": [Asked({"environment_sid": "prod 01&"}, {"environmentSid": "prod 01&"})],
    "ongoing": [Asked({"ongoing": True}, {}), Asked({"ongoing": False}, {})],
    "source": [Asked({"source": "ci"}, {})],
    "severities": [Asked({"severities": frozenset({Severity.ERROR})}, {})],
    "exclude_severities": [Asked({"exclude_severities": frozenset({Severity.ERROR})}, {})],
    "check_id": [Asked({"check_id": 7}, {})],
    "dedup_key": [Asked({"dedup_key": "run:1"}, {})],
    "message": [Asked({"message": "deploy"}, {})],
    "include_tags": [Asked({"include_tags": (TagFilter("Team", ()),)}, {})],
    "include_all_tags": [Asked({"include_tags": (TagFilter("Team", ()),), "include_all_tags": True}, {})],
    "exclude_tags": [Asked({"exclude_tags": (TagFilter("Team", ()),)}, {})],
    "starts_only": [
        Asked({"starts_only": True}, {}),
        Asked({"starts_only": True, "start": LATEST}, {"startTime": "9999-12-31T23:59:59.998Z"}),
    ],
    "reach": [
        Asked({"reach": Restriction(frozenset({"bkt_1"}))}, {"bucketSid": "bkt_1"}),
        Asked({"reach": Restriction(frozenset({"bkt_1", "bkt_2"}))}, {}),
        Asked({"reach": Restriction(frozenset())}, {}),
        Asked({"reach": Restriction(environments=frozenset({"prod"}))}, {"environmentSid": "prod"}),
        Asked({"reach": Restriction(frozenset({"bkt_1"})), "bucket_sid": "bkt_2"}, {"bucketSid": "bkt_2"}),
    ],
    "after": [
        Asked({"after": Position(NOON, "evt_1")}, {"endTime": BEHIND}),
        Asked({"after": Position(NOON, "")}, {"endTime": AT}),
    ],
    "limit": [Asked({"limit": 1}, {})],
}


@pytest.mark.parametrize("name", [field.name for field in fields(EventQuery)])
async def test_each_filter_asks_for_what_the_api_documents_and_no_more(name: str) -> None:
    for asked in FILTERS[name]:
        api = DocumentedApi()
        await adapter(api.answer).find(ACCOUNT, EventQuery(**asked.filters))
        [request] = api.requests
        assert request.method == "GET"
        assert request.url.path == f"/v1/accounts/{ACCOUNT}/events"
        assert dict(request.url.params) == {"limit": "100", **asked.parameters}
        assert len(request.url.params.multi_items()) == len(asked.parameters) + 1


def test_the_bounds_of_a_search_are_these() -> None:
    assert (LIMITS.events, LIMITS.requests, LIMITS.seconds) == (100, 5, 3)


async def test_nothing_is_asked_where_nothing_can_be() -> None:
    api = DocumentedApi()
    query = EventQuery(start=NOON, end=NOON, starts_only=True, after=Position(NOON, ""))
    assert (await adapter(api.answer).find(ACCOUNT, query)).events == ()
    assert (await adapter(api.answer).find("acc_other", EventQuery())).events == ()
    assert await adapter(api.answer).sids("acc_other", "", 5, Restriction()) == ()
    assert api.requests == []


@pytest.mark.parametrize("field", ["include_tags", "exclude_tags"])
async def test_a_tag_id_is_refused_by_name(field: str) -> None:
    api = DocumentedApi()
    query = replace(EventQuery(), **{field: (TagFilter(TagId(4568), ()),)})
    with pytest.raises(Invalid, match=r"Tag: apitraffic:api\.test knows no tag ids"):
        await adapter(api.answer).find(ACCOUNT, query)
    assert api.requests == []


async def test_an_odd_sid_stays_one_part_of_the_path() -> None:
    api = DocumentedApi(mood=lambda _: refusal(404))
    with pytest.raises(NotFound):
        await adapter(api.answer).get(ACCOUNT, "../x?y#z")
    assert api.requests[0].url.raw_path == f"/v1/accounts/{ACCOUNT}/events/..%2Fx%3Fy%23z".encode()
