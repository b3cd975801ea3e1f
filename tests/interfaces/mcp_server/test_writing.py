"""`create_event`, `update_event`, `delete_event` and `get_event`."""

from typing import Any

import pytest
from mcp import Client

from milepost.domain.event import EventType
from milepost.domain.scope import Restriction
from tests.interfaces.mcp_server.workshop import WRITE, Era, Workshop, answer, refusal


async def test_a_created_event_is_on_the_timeline_with_who_wrote_it(workshop: Workshop, era: Era):
    caller = await workshop.caller(WRITE, name="release bot")

    async with workshop.client(caller, era=era) as client:
        text, created = await answer(client, "create_event", type="deployment", name="v2", detail="full")
        _, got = await answer(client, "get_event", sid=created["sid"], detail="full")

    assert text.startswith("Recorded:\n2026-01-15T14:")
    assert created == got
    assert created["source"] == "mcp"
    assert created["createdBy"] == {"door": "mcp", "token": "release bot", "client": "workshop/1.0"}


async def test_every_field_is_taken_in_any_representation(client: Client):
    _, created = await answer(
        client,
        "create_event",
        type="incident",
        name="Latency",
        description="slow",
        source="pager",
        metadata='{"commit": "a1", "tries": 3}',
        bucketSids="checkout",
        environmentSids='["prod01", "prod02"]',
        startedAt="2026-01-15T15:00:00.1234+01:00",
        endedAt="2026-01-15 14:20:00",
        severity="F",
        tags={"team": "payments"},
        check={"id": 7, "symbol": "login"},
        dedupKey="alert:7",
        detail="full",
    )

    assert created["metadata"] == {"commit": "a1", "tries": 3}
    assert (created["bucketSids"], created["environmentSids"]) == (["checkout"], ["prod01", "prod02"])
    assert (created["startedAt"], created["endedAt"]) == ("2026-01-15T14:00:00.123Z", "2026-01-15T14:20:00.000Z")
    assert created["tags"] == {"team": ["payments"]}
    assert created["check"] == {"id": 7, "symbol": "login", "descriptor": None}


async def test_null_counts_as_left_out_of_a_creation(client: Client):
    _, created = await answer(
        client, "create_event", type="custom", name="x", source=None, endedAt=None, bucketSids=None, metadata=None
    )

    assert list(created) == ["sid", "type", "name", "startedAt", "source"]


async def test_a_replayed_dedup_key_is_said_in_the_text(client: Client):
    _, first = await answer(client, "create_event", type="deployment", name="v2", dedupKey="run:1")
    text, second = await answer(client, "create_event", type="incident", name="other", dedupKey="run:1")
    _, found = await answer(client, "list_events")

    assert text.startswith("This dedupKey was used before, so nothing was written. The first event, of 2026-01-15T14:")
    assert second == first
    assert len(found["records"]) == 1


async def test_only_what_is_given_changes_and_null_clears(client: Client, workshop: Workshop):
    sid = await workshop.record("Down", EventType.INCIDENT, description="old", source="pager", metadata={"a": 1})

    text, updated = await answer(client, "update_event", sid=sid, endedAt="now", description=None)

    assert text.startswith("The event is now:\n")
    assert {"name": updated["name"], "source": updated["source"]} == {"name": "Down", "source": "pager"}
    assert "description" not in updated
    assert "endedAt" in updated
    _, reopened = await answer(client, "update_event", sid=sid, endedAt=None)
    assert "endedAt" not in reopened


@pytest.mark.parametrize("field", ["type", "name", "bucketSids", "environmentSids", "startedAt"])
async def test_what_an_event_cant_be_without_cant_be_cleared(field: str, client: Client, workshop: Workshop):
    sid = await workshop.record("point")

    text = await refusal(client, "update_event", sid=sid, **{field: None})

    assert f"{field}: null came, but it can't be cleared; leave it out to keep it" in text


async def test_an_update_of_nothing_is_refused(client: Client, workshop: Workshop):
    sid = await workshop.record("point")

    text = await refusal(client, "update_event", sid=sid, detail="full")

    assert "name at least one field beside sid" in text


async def test_a_deleted_event_is_gone_and_stays_so(client: Client, workshop: Workshop):
    sid = await workshop.record("mistake")

    text, deleted = await answer(client, "delete_event", sid=sid)
    again = await refusal(client, "delete_event", sid=sid)
    gone = await refusal(client, "get_event", sid=sid)

    assert deleted == {"sid": sid, "deleted": True}
    assert text.startswith("Deleted:\n")
    assert (
        again == gone == (f"No event {sid}. It may be deleted, or out of this token's reach. Find it with list_events.")
    )


async def test_one_event_is_told_with_all_that_is_known_of_it(client: Client):
    _, created = await answer(
        client,
        "create_event",
        type="custom",
        name="x",
        description="one\ntwo",
        metadata={"long": "x" * 100, "nested": {"a": [1, None]}},
        tags={"team": ["a", "b c"]},
        check={"id": 1, "symbol": "s", "descriptor": "a check"},
        severity="W",
        dedupKey="k",
    )

    text, structured = await answer(client, "get_event", sid=created["sid"])

    assert structured == created
    assert structured["description"] == "one\ntwo"
    assert text.splitlines()[1:] == [
        '  description: "one\\ntwo"',
        f'  metadata: {{"long":"{"x" * 100}","nested":{{"a":[1,null]}}}}',
        "  severity: W",
        '  tags: "team~a;b c"',
        '  check: 1 symbol=s descriptor="a check"',
        "  dedupKey: k",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, ["type: it is missing; write one of deployment, incident", 'name: it is missing; write one such as "v2']),
        ({"type": "deployment", "name": " "}, ['name: " " is blank']),
        ({"type": "deployment", "name": "x", "metadata": "a=b"}, ['metadata: "a=b" is not an object']),
        ({"type": "deployment", "name": "x", "createdAt": "now"}, ["createdAt: Milepost sets it; leave it out"]),
        ({"type": "deployment", "name": "x", "started_at": "now"}, ["did you mean startedAt?"]),
        ({"type": "deployment", "name": "x", "startedAt": 1}, ["startedAt: 1 is not a time; write RFC 3339"]),
        ({"type": "deployment", "name": "x", "endedAt": "now-1h"}, ["endedAt: "]),
        ({"type": "deployment", "name": "x", "bucketSids": ["*", "a"]}, ['bucketSids: "*" stands beside SIDs']),
        ({"type": "deployment", "name": "x", "check": {"symbol": "s"}}, ["check.id: it is missing"]),
        ({"type": "deployment", "name": "x\0"}, ["name: it holds U+0000"]),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_written(
    arguments: dict[str, Any], said: list[str], client: Client
):
    text = await refusal(client, "create_event", **arguments)

    assert [part for part in said if part not in text] == []
    assert (await answer(client, "list_events"))[1]["records"] == []


async def test_a_token_writes_only_inside_its_reach(workshop: Workshop):
    caller = await workshop.caller(WRITE, Restriction(buckets=frozenset({"bkt_1"})))

    async with workshop.client(caller) as client:
        _, own = await answer(client, "create_event", type="custom", name="own")
        text = await refusal(client, "create_event", type="custom", name="wide", bucketSids=["*"])

    assert own["bucketSids"] == ["bkt_1"]
    assert "writes only inside bucketSids bkt_1" in text


async def test_an_event_out_of_reach_is_not_found(workshop: Workshop):
    hidden = await workshop.record("hidden", buckets=("bkt_2",))
    caller = await workshop.caller(WRITE, Restriction(buckets=frozenset({"bkt_1"})))

    async with workshop.client(caller) as client:
        unknown = await refusal(client, "get_event", sid="evt_unknown")
        for tool, more in (("get_event", {}), ("update_event", {"name": "x"}), ("delete_event", {})):
            text = await refusal(client, tool, sid=hidden, **more)
            assert text == unknown.replace("evt_unknown", hidden)
