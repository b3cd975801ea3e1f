"""What is answered, and what is said of parameters that can't be taken."""

from __future__ import annotations

from typing import Any

import pytest

from milepost.domain.caller import Caller
from milepost.domain.event import Check, EventDraft, EventType, Severity
from milepost.domain.instant import SECOND
from milepost.domain.token import TokenKind, TokenScope
from milepost.services.tokens import TokenDraft
from tests.interfaces.apica_rest.asking import EVENTS, NOON, happened, messages, rows
from tests.interfaces.http_world import bearer
from tests.interfaces.rest.api import Api, fields_refused, refused
from tests.wire.test_apica_row import DOCUMENTED

FILTERS = (
    "message",
    "severity",
    "check_id",
    "include_tag",
    "exclude_tag",
    "timestamp_utc_from",
    "timestamp_utc_to",
    "milliseconds_utc_from",
    "milliseconds_utc_to",
    "include_tag_op",
)


async def test_an_event_has_the_documented_keys_in_their_order(api: Api):
    await happened(
        api,
        at=NOON + 999,
        name="sample string 4",
        type=EventType.INCIDENT,
        severity=Severity.INFORMATION,
        check=Check(2, "sample string 1", "sample string 3"),
    )
    (row,) = await rows(api)
    differ = {"time_stamp_utc": "2024-05-19T12:00:00", "event_age_seconds": row["event_age_seconds"]}
    assert list(row.items()) == list((DOCUMENTED | differ).items())
    assert row["event_age_seconds"] > 0


async def test_without_a_check_an_event_is_custom_and_without_a_severity_information(api: Api):
    await happened(api)
    (row,) = await rows(api)
    assert (row["event_type"], row["severity"]) == ("CustomEvent", "I")
    assert [row[name] for name in ("check_symbol", "check_id", "check_descriptor")] == [None] * 3


async def test_nothing_is_an_empty_array(api: Api):
    assert await rows(api) == []


async def test_newest_come_first_whatever_order_they_were_recorded_in(api: Api):
    for number in (3, 1, 2):
        await happened(api, at=NOON + number * SECOND, name=str(number))
    assert await messages(api) == ["3", "2", "1"]


async def test_an_event_is_the_moment_at_which_it_started(api: Api):
    await api.record(type="incident", name="going on", startedAt="2024-05-19T10:00:00Z")
    await api.record(type="deployment", name="long", startedAt="2024-05-19T11:00:00Z", endedAt="2024-05-19T13:00:00Z")
    assert await messages(api, timestamp_utc_from="2024-05-19T12:00:00") == []
    assert await messages(api, timestamp_utc_from="2024-05-19T11:00:00") == ["long"]
    assert await messages(api, timestamp_utc_to="2024-05-19T10:59:59") == ["going on"]


async def test_both_ends_of_the_time_are_included_and_compared_exactly(api: Api):
    for milliseconds in (0, 1, 500, 1_000):
        await happened(api, at=NOON + milliseconds, name=f"+{milliseconds}")
    assert await messages(api, timestamp_utc_from="2024-05-19T12:00:00", timestamp_utc_to="2024-05-19T12:00:00") == [
        "+0"
    ]
    assert await messages(api, milliseconds_utc_from=NOON + 1, milliseconds_utc_to=NOON + 500) == ["+500", "+1"]
    assert await messages(api, timestamp_utc_from="2024-05-19T12:00:00.001Z") == ["+1000", "+500", "+1"]
    mixed = {"timestamp_utc_from": "2024-05-19T14:00:00+02:00", "milliseconds_utc_to": NOON + 1}
    assert await messages(api, **mixed) == ["+1", "+0"]


async def test_times_may_be_relative_as_everywhere(api: Api):
    await api.record(name="now", startedAt="now-5m")
    await api.record(name="before", startedAt="now-3h")
    assert await messages(api, timestamp_utc_from="now-1h") == ["now"]
    assert await messages(api, timestamp_utc_to="now-1h") == ["before"]


@pytest.mark.parametrize("end", ["from", "to"])
async def test_both_forms_for_one_end_are_an_error_that_names_both(end: str, api: Api):
    names: dict[str, Any] = {f"timestamp_utc_{end}": "2024-05-19T12:00:00", f"milliseconds_utc_{end}": str(NOON)}
    answer = await api.get(EVENTS, **names)
    assert fields_refused(answer) == set(names)
    assert all(name in answer.json()["error"]["message"] for name in names)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("timestamp_utc_from", "timestamp_utc_to"),
        ("milliseconds_utc_from", "timestamp_utc_to"),
        ("timestamp_utc_from", "milliseconds_utc_to"),
    ],
)
async def test_a_time_that_ends_before_it_starts_is_told_by_the_names_that_were_written(start: str, end: str, api: Api):
    written: dict[str, Any] = {"timestamp_utc_from": "2024-05-19T12:00:01", "timestamp_utc_to": "2024-05-19T12:00:00"}
    written |= {"milliseconds_utc_from": str(NOON + 1), "milliseconds_utc_to": str(NOON)}
    (problem,) = refused(await api.get(EVENTS, **{name: written[name] for name in (start, end)}), 400)
    assert problem["field"] == start
    assert end in problem["message"]


async def test_a_short_message_needs_a_time_to_begin_at_which_is_named(api: Api):
    await happened(api, name="up")
    (problem,) = refused(await api.get(EVENTS, message="up"), 400)
    assert problem["field"] == "message"
    assert "timestamp_utc_from" in problem["message"]
    assert await messages(api, message="up", timestamp_utc_from="2024-01-01T00:00:00") == ["up"]


async def test_messages_are_compared_in_any_case_with_name_and_description(api: Api):
    await happened(api, name="École ouverte")
    await happened(api, at=NOON + 1, name="other", description="an école, too")
    assert await messages(api, message="éCOLE") == ["other", "École ouverte"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("I", ["none", "I"]),
        ("W", ["W"]),
        ("IFE", ["none", "F", "E", "I"]),
        ("EI", ["none", "E", "I"]),
        ("EF", ["F", "E"]),
        ("IWEF", ["none", "F", "E", "W", "I"]),
        ("EE", ["E"]),
    ],
)
async def test_information_also_finds_events_without_a_severity(asked: str, expected: list[str], api: Api):
    for number, severity in enumerate([*Severity, None]):
        await happened(api, at=NOON + number, name=severity or "none", severity=severity)
    assert await messages(api, severity=asked) == expected


async def test_unknown_parameters_are_errors_that_list_the_known(api: Api):
    answer = await api.get(EVENTS, startTime="now-1h", includeTag="a", page="2")
    assert fields_refused(answer) == {"startTime", "includeTag", "page"}
    for name in (*FILTERS, "limit", "cursor"):
        assert name in answer.json()["error"]["details"][0]["message"]
    assert "did you mean include_tag?" in answer.text


BAD: list[tuple[str, Any]] = [
    ("severity", "X"),
    ("severity", ""),
    ("severity", "I,W"),
    ("check_id", "1.5"),
    ("check_id", "abc"),
    ("check_id", str(2**63)),
    ("include_tag", "~"),
    ("include_tag", "a~~b"),
    ("include_tag", "a~b;"),
    ("include_tag", ".x"),
    ("exclude_tag", "~"),
    ("exclude_tag", ""),
    ("include_tag_op", "xor"),
    ("timestamp_utc_from", "yesterday"),
    ("timestamp_utc_from", "1376980667000"),
    ("timestamp_utc_to", "2024-05-19"),
    ("milliseconds_utc_from", "2013-08-20T13:32:08"),
    ("milliseconds_utc_from", "-1"),
    ("milliseconds_utc_to", "1376980667.5"),
    ("milliseconds_utc_to", str(10**15)),
    ("message", " "),
    ("message", "x" * 257),
    ("limit", "0"),
    ("limit", "1001"),
    ("limit", "many"),
    ("cursor", "damaged"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
async def test_a_parameter_that_can_not_be_taken_is_told_by_name(name: str, value: Any, api: Api):
    assert fields_refused(await api.get(EVENTS, **{name: value})) == {name}


async def test_only_tag_filters_may_be_repeated(api: Api):
    twice = [(name, "1") for name in FILTERS for _ in range(2)]
    answer = await api.send("GET", EVENTS, params=twice)
    assert fields_refused(answer) == set(FILTERS) - {"include_tag", "exclude_tag"}


@pytest.mark.parametrize("written", ["1376980667000", "%201376980667000", "+1376980667000"])
async def test_a_number_may_have_blanks_around_it(written: str, api: Api):
    answer = await api.get(f"{EVENTS}?milliseconds_utc_from={written}")
    assert answer.status_code == 200


async def test_an_offset_whose_plus_was_not_escaped_is_understood(api: Api):
    await happened(api)
    answer = await api.get(f"{EVENTS}?timestamp_utc_from=2024-05-19T14:00:00+02:00")
    assert len(answer.json()) == 1


async def test_deleted_events_are_not_there(api: Api):
    event = await happened(api)
    await api.delete(f"events/{event.sid}")
    assert await rows(api) == []


async def test_the_account_is_the_tokens(api: Api):
    await happened(api)
    services = api.world.server.services
    other = Caller(account_sid=(await services.accounts.create("other")).sid, door="test")
    issued = await services.tokens.issue(other, TokenDraft(kind=TokenKind.API, name="theirs"))
    await services.events.create(other, EventDraft(type=EventType.CUSTOM, name="theirs"))
    theirs = await api.get(EVENTS, bearer(issued.secret))
    assert [row["event_message"] for row in theirs.json()] == ["theirs"]
    assert await messages(api) == ["release"]


async def test_a_restricted_token_finds_what_applies_to_its_buckets(api: Api):
    for name, buckets in (("inside", ["bkt_a"]), ("outside", ["bkt_b"]), ("both", ["bkt_a", "bkt_b"]), ("all", ["*"])):
        await api.record(name=name, bucketSids=buckets)
    restricted = await api.with_token(TokenScope.EVENTS_READ, buckets=("bkt_a",))
    assert set(await messages(restricted)) == {"inside", "both", "all"}
    assert set(await messages(restricted, message="side")) == {"inside"}
