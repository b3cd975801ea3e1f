"""`list_events`."""

import pytest
from mcp import Client

from milepost.domain.event import Check, EventType, Severity
from milepost.domain.instant import When
from tests.interfaces.mcp_server.workshop import START, Workshop, answer, refusal

MINUTE = 60_000


def at(minutes: int) -> When:
    return When(relative=False, offset=START + minutes * MINUTE)


async def test_an_event_is_one_line_and_one_small_record(client: Client, workshop: Workshop):
    sid = await workshop.record(
        "v2.3.1 production release",
        EventType.DEPLOYMENT,
        source="github_actions",
        metadata={"commitSha": "a1b2c3d", "branch": "main"},
        started_at=at(0),
    )

    text, structured = await answer(client, "list_events")

    line = (
        '2026-01-15T14:30:00Z deployment "v2.3.1 production release" (github_actions) {commitSha=a1b2c3d branch=main}'
    )
    assert text == f"{line} {sid}"
    assert structured == {
        "hasMore": False,
        "records": [
            {
                "sid": sid,
                "type": "deployment",
                "name": "v2.3.1 production release",
                "startedAt": "2026-01-15T14:30:00.000Z",
                "source": "github_actions",
                "metadata": {"commitSha": "a1b2c3d", "branch": "main"},
            }
        ],
    }


async def test_what_is_set_and_only_that_is_in_a_record(client: Client, workshop: Workshop):
    await workshop.record(
        "Latency",
        EventType.INCIDENT,
        description="long story",
        buckets=("checkout",),
        environments=("prod01",),
        started_at=at(0),
        ended_at=at(5),
        severity=Severity.ERROR,
        check=Check(id=42, symbol="login"),
        dedup_key="alert:1",
        tags={"team": ("payments",)},
    )

    text, structured = await answer(client, "list_events")

    (record,) = structured["records"]
    assert list(record) == [
        "sid", "type", "name", "startedAt", "endedAt", "bucketSids", "environmentSids", "severity", "check", "dedupKey",
    ]  # fmt: skip
    assert record["check"] == {"id": 42, "symbol": "login"}
    assert "[buckets checkout; environments prod01] until 2026-01-15T14:35:00Z" in text


async def test_an_incident_without_an_end_is_ongoing(client: Client, workshop: Workshop):
    await workshop.record("Down", EventType.INCIDENT)
    await workshop.record("Point", EventType.CUSTOM)

    text, _ = await answer(client, "list_events")

    assert ["ongoing" in line for line in text.splitlines()] == [False, True]


async def test_full_detail_is_the_rest_record(client: Client, workshop: Workshop):
    await workshop.record("Point", started_at=at(0))

    _, structured = await answer(client, "list_events", detail="full")

    (record,) = structured["records"]
    assert list(record) == [
        "sid", "accountSid", "type", "name", "description", "source", "metadata", "bucketSids", "environmentSids",
        "startedAt", "endedAt", "createdAt", "severity", "tags", "check", "dedupKey", "updatedAt", "createdBy",
    ]  # fmt: skip
    assert record["createdBy"] == {"door": "mcp", "token": None, "client": None}


async def test_pages_go_on_where_the_text_says(client: Client, workshop: Workshop):
    for number in range(5):
        await workshop.record(f"event {number}", started_at=at(number))

    names: list[str] = []
    cursor = None
    for _ in range(3):
        text, page = await answer(client, "list_events", limit=2, cursor=cursor)
        names += [record["name"] for record in page["records"]]
        cursor = page.get("nextCursor")
        assert page["hasMore"] == (cursor is not None)
        assert text.endswith(f"There are older events: repeat the call with cursor {cursor}") == (cursor is not None)

    assert names == [f"event {number}" for number in (4, 3, 2, 1, 0)]
    assert cursor is None


async def test_a_cursor_of_other_filters_is_refused(client: Client, workshop: Workshop):
    for number in range(2):
        await workshop.record(f"event {number}")
    _, page = await answer(client, "list_events", limit=1)

    text = await refusal(client, "list_events", limit=1, source="ci", cursor=page["nextCursor"])

    assert "cursor: it belongs to other filters" in text


@pytest.mark.parametrize(
    "arguments",
    [
        {"type": "deployment"},
        {"type": ["deployment"]},
        {"type": '["deployment"]'},
        {"startTime": "2026-01-15T15:29:00Z", "endTime": "2026-01-15T16:31:00+01:00"},
        {"bucketSid": "bkt_1"},
        {"environmentSid": "prod01"},
        {"source": "ci"},
        {"severity": "WF"},
        {"severity": ["W", "F"]},
        {"checkId": 7},
        {"checkId": "7"},
        {"dedupKey": "run:1"},
        {"message": "ÉCOLE"},
        {"includeTag": "team~payments"},
        {"includeTag": ["team", "~payments"], "includeTagOp": "and"},
        {"excludeTag": ["team~core"]},
        {"ongoing": "false", "limit": "1", "message": None},
    ],
)
async def test_every_filter_finds_its_event_in_any_representation(
    arguments: dict[str, object], client: Client, workshop: Workshop
):
    await workshop.record(
        "other", EventType.SCALE, buckets=("x",), environments=("x",), started_at=at(0), tags={"team": ("core",)}
    )
    sid = await workshop.record(
        "L'école",
        EventType.DEPLOYMENT,
        source="ci",
        buckets=("bkt_1",),
        environments=("prod01",),
        started_at=at(60),
        severity=Severity.WARNING,
        check=Check(id=7),
        dedup_key="run:1",
        tags={"team": ("payments",)},
    )

    _, structured = await answer(client, "list_events", **arguments)

    assert [record["sid"] for record in structured["records"]] == [sid]


async def test_a_name_of_a_bucket_is_its_sid(client: Client, workshop: Workshop):
    from milepost.domain.account import PlaceKind
    from milepost.services.places import PlaceDraft

    await workshop.services.places.create(
        workshop.owner, PlaceKind.BUCKET, PlaceDraft(name="checkout", labels={}, sid="bkt_1")
    )
    sid = await workshop.record("point", buckets=("bkt_1",))

    _, structured = await answer(client, "list_events", bucketSid="checkout")
    text = await refusal(client, "list_events", bucketSid="chekout")

    assert [record["sid"] for record in structured["records"]] == [sid]
    assert 'bucketSid: "chekout" is no bucket of this account; known: "checkout" (bkt_1)' in text


async def test_an_empty_answer_says_what_was_searched_and_what_to_widen(client: Client):
    text, structured = await answer(
        client, "list_events", type=["incident", "scale"], startTime="2026-01-15T14:00:00Z", message="db\n"
    )

    assert structured == {"hasMore": False, "records": []}
    assert text == (
        'No events found. Searched: type incident, scale; startTime 2026-01-15T14:00:00.000Z; message "db\\n". '
        "To find more, widen startTime and endTime or leave out a filter."
    )


async def test_an_empty_timeline_says_so(client: Client):
    text, _ = await answer(client, "list_events")

    assert text == "There are no events yet."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"limit": 0}, "limit: 0 came; write 1-100"),
        ({"limit": "many"}, 'limit: "many" is not a whole number'),
        ({"limit": True}, "limit: true is not a whole number"),
        ({"type": "deploy"}, 'type: "deploy" is not one of deployment, incident, config_change, scale, custom'),
        ({"type": []}, "type: the list is empty"),
        ({"startTime": 1700000000}, "startTime: 1700000000 is not a time; write RFC 3339"),
        ({"startTime": "now", "endTime": "now-1h"}, "startTime: "),
        ({"ongoing": "maybe"}, 'ongoing: "maybe" is neither true nor false'),
        ({"severity": "X"}, 'severity: "X" is not one of I, W, E, F'),
        ({"includeTagOp": "xor"}, 'includeTagOp: "xor" is neither "or" nor "and"'),
        ({"includeTag": "~"}, "includeTag: "),
        ({"cursor": "nonsense"}, "cursor: it is damaged"),
        ({"message": "db"}, 'message: "db" is under three characters; write more of it, or a startTime'),
        ({"detail": "more"}, 'detail: "more" is neither short nor full'),
        ({"bucketSids": "x"}, "bucketSids: there is no such field; did you mean bucketSid? Known: type, startTime"),
    ],
)
async def test_a_wrong_argument_is_named_with_what_came_and_what_to_write(
    arguments: dict[str, object], said: str, client: Client
):
    text = await refusal(client, "list_events", **arguments)

    assert text.startswith("The arguments can't be taken; nothing was done.\n- ")
    assert said in text


async def test_all_wrong_arguments_are_named_at_once(client: Client):
    text = await refusal(client, "list_events", limit=0, type="x", since="now")

    assert [line.split(":")[0] for line in text.splitlines()[1:]] == ["- type", "- limit", "- since"]


async def test_the_text_says_when_only_what_began_before_the_window_is_left(workshop: Workshop, client: Client):
    for number in range(3):
        await workshop.record(f"span {number}", started_at=at(number), ended_at=at(50))
    await workshop.record("inside", started_at=at(40))
    window = {"limit": 1, "startTime": "2026-01-15T15:00:00Z", "endTime": "2026-01-15T15:30:00Z"}

    text, page = await answer(client, "list_events", **window)
    assert "There are older events" in text
    text, page = await answer(client, "list_events", **window, cursor=page["nextCursor"])
    assert [record["name"] for record in page["records"]] == ["span 2"]
    assert "All that began in this time is shown. For what began before and lasts into it: repeat the call" in text
