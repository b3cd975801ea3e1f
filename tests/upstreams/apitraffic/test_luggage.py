"""What rides along in the metadata, and what a record has to be."""

import json
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.caller import LONGEST_CLIENT
from milepost.domain.errors import Broken, Invalid
from milepost.domain.event import METADATA_BYTES, Check, Event, Provenance, Severity
from milepost.domain.query import EventQuery
from milepost.domain.token import LONGEST_NAME
from milepost.upstreams.apitraffic.luggage import KEY, NAMES
from milepost.upstreams.apitraffic.record import changed_fields, new_fields, read_record, version_of
from milepost.wire.event_record import event_record
from tests.contracts.samples import ACCOUNT, BY, make, make_full
from tests.domain.strategies import EVENTS, RECENT_INSTANTS
from tests.upstreams.apitraffic.documented import FIELDS, adapter, documented_record

API_FIELDS = set(FIELDS) - {"sid", "accountSid", "createdAt"}


def short(event: Event) -> bool:
    by = event.created_by
    return by is None or (len(by.token or "") <= LONGEST_NAME and len(by.client or "") <= LONGEST_CLIENT)


WRITTEN = st.builds(lambda event, at: replace(event, updated_at=at), EVENTS, st.none() | RECENT_INSTANTS).filter(short)


def sent(fields: dict[str, Any]) -> dict[str, Any]:
    """As it arrives there."""
    return json.loads(json.dumps(fields))


def record(**fields: Any) -> dict[str, Any]:
    return documented_record(make()) | fields


def read(content: object) -> Event:
    return read_record(content, ACCOUNT).event


@given(WRITTEN)
def test_every_field_of_a_new_event_comes_back(event: Event) -> None:
    fields = sent(new_fields(event))
    assert fields.keys() <= API_FIELDS
    assert {"type", "name", "bucketSids", "environmentSids", "startedAt"} <= fields.keys()
    answer = {"sid": event.sid, "accountSid": ACCOUNT, "createdAt": event_record(event)["createdAt"], **fields}
    came = read(answer)
    assert replace(came, version=event.version) == event
    assert repr((came.metadata, came.tags)) == repr((event.metadata, event.tags))


@given(WRITTEN, WRITTEN)
def test_every_field_of_a_changed_event_comes_back(before: Event, after: Event) -> None:
    after = replace(after, sid=before.sid, created_at=before.created_at)
    kept = documented_record(before)
    fields = sent(changed_fields(read_record(sent(kept), ACCOUNT), after))
    assert fields.keys() <= API_FIELDS
    came = read(kept | fields)
    assert replace(came, version=after.version) == after
    assert repr((came.metadata, came.tags)) == repr((after.metadata, after.tags))


@given(WRITTEN)
def test_an_event_that_stays_as_it_is_has_nothing_to_send(event: Event) -> None:
    held = read_record(sent(documented_record(event)), ACCOUNT)
    assert changed_fields(held, held.event) == {}


@given(WRITTEN, WRITTEN)
def test_a_milepost_up_there_may_have_the_fields_itself(before: Event, after: Event) -> None:
    native = event_record(before)
    held = read_record(sent(native), ACCOUNT)
    assert replace(held.event, version=before.version) == before
    after = replace(after, sid=before.sid, created_at=before.created_at)
    fields = sent(changed_fields(held, after))
    noted = {"updatedAt": "2026-01-01T00:00:00.000Z"} if fields else {}
    assert replace(read(native | fields | noted), version=after.version) == after


def test_it_rides_along_as_documented() -> None:
    assert new_fields(make_full(metadata={"branch": "main"}))["metadata"] == {
        "branch": "main",
        "milepost": {
            "severity": "E",
            "tags": {"Team": ["b", "a"], "Environment": ["Prod"]},
            "check": {"id": 2**63 - 1, "symbol": "symbol", "descriptor": "descriptor"},
            "dedupKey": "github:run:1",
            "updatedAt": "2023-11-14T22:13:20.001Z",
            "createdBy": {"door": "cli", "token": "a token", "client": "a client/1"},
        },
    }


def test_everything_that_the_api_has_no_field_for_rides_along() -> None:
    assert set(event_record(make())) - set(FIELDS) == NAMES


def test_only_what_is_set_rides_along_and_that_nobody_wrote_it_is_said() -> None:
    assert new_fields(make(created_by=BY))["metadata"] == {
        "milepost": {"createdBy": {"door": "cli", "token": "a token", "client": "a client/1"}}
    }
    assert new_fields(make())["metadata"] == {"milepost": {"createdBy": None}}


@pytest.mark.parametrize("metadata", [None, {}, {"a": 1}, {"emptyMetadata": True}])
def test_empty_metadata_is_told_from_none(metadata: dict[str, Any] | None) -> None:
    for event in (make(metadata=metadata), make(metadata=metadata, severity=Severity.ERROR)):
        assert read(documented_record(event) | sent(new_fields(event))).metadata == metadata
    assert read(record(metadata=metadata)).metadata == metadata


@pytest.mark.parametrize("value", [{}, {"severity": "E"}, "text", None])
def test_the_key_cannot_be_used_for_anything_else(value: object) -> None:
    with pytest.raises(Invalid) as raised:
        new_fields(make(metadata={KEY: value}))
    assert raised.value.problems[0].field == "metadata.milepost"
    held = read_record(documented_record(make()), ACCOUNT)
    with pytest.raises(Invalid, match=r"^metadata\.milepost: "):
        changed_fields(held, replace(held.event, metadata={KEY: value}))


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        "v1",
        None,
        0,
        {"severity": "X"},
        {"severity": ["E"]},
        {"tags": {"a~b": ["c"]}},
        {"check": {"id": "7"}},
        {"check": {"id": 2**63}},
        {"dedupKey": " "},
        {"updatedAt": "yesterday"},
        {"updatedAt": "now"},
        {"createdBy": "somebody"},
        {"createdBy": {"door": ""}},
        {"owner": {"team": "a"}},
        {"emptyMetadata": "yes"},
    ],
)
def test_what_is_not_understood_under_the_key_is_left_there(value: object) -> None:
    metadata = {"a": 1, KEY: value, "z": 2}
    event = read(record(metadata=sent(metadata)))
    shown = {"check": {"id": str(2**63)}} if value == {"check": {"id": 2**63}} else value
    assert repr(event.metadata) == repr(metadata | {KEY: shown})
    assert (event.severity, event.tags, event.check, event.dedup_key, event.created_by) == (None,) * 5


def test_what_is_not_understood_outlasts_a_change_beside_it() -> None:
    kept = record(metadata={KEY: {"severity": "E", "owner": "x", "dedupKey": " "}, "a": 1})
    held = read_record(kept, ACCOUNT)
    assert held.event.severity is Severity.ERROR
    assert held.event.metadata == {KEY: {"owner": "x", "dedupKey": " "}, "a": 1}
    changed = replace(held.event, severity=Severity.FATAL, metadata={**(held.event.metadata or {}), "b": 2})
    fields = changed_fields(held, changed)
    assert fields["metadata"] == {KEY: {"owner": "x", "dedupKey": " ", "severity": "F"}, "a": 1, "b": 2}
    assert replace(read(kept | fields), version=1) == replace(changed, version=1)


def test_a_value_in_place_of_our_fields_has_to_be_taken_out_before_a_change() -> None:
    held = read_record(record(metadata={KEY: "v1", "a": 1}), ACCOUNT)
    with pytest.raises(Invalid, match=r"^metadata\.milepost: somebody else's value"):
        changed_fields(held, replace(held.event, severity=Severity.ERROR))
    fields = changed_fields(held, replace(held.event, severity=Severity.ERROR, metadata={"a": 1}))
    assert fields == {"metadata": {"a": 1, KEY: {"severity": "E"}}}


def test_ours_under_the_key_wins_over_the_records_own_fields() -> None:
    native = {"severity": "W", "dedupKey": "theirs", "tags": ["a", "b"], "check": {"id": 7}}
    assert read(record(**native)).severity is Severity.WARNING
    event = read(record(**native, metadata={KEY: {"severity": "E", "dedupKey": None}}))
    assert (event.severity, event.dedup_key, event.tags, event.check) == (Severity.ERROR, None, None, Check(7))


def test_a_field_of_the_records_own_is_emptied_aloud() -> None:
    held = read_record(record(severity="W"), ACCOUNT)
    fields = changed_fields(held, replace(held.event, severity=None))
    assert fields == {"metadata": {KEY: {"severity": None}}}
    assert read(record(severity="W") | fields).severity is None


def test_metadata_and_what_rides_along_have_one_limit() -> None:
    event = make(created_by=None, severity=Severity.ERROR)
    around = len('{"a":"","milepost":{"severity":"E","createdBy":null}}')
    new_fields(replace(event, metadata={"a": "x" * (METADATA_BYTES - around)}))
    with pytest.raises(Invalid) as raised:
        new_fields(replace(event, metadata={"a": "x" * (METADATA_BYTES - around + 1)}))
    [problem] = raised.value.problems
    assert problem.field == "metadata"
    assert "16,385 bytes of JSON came, 33 of them" in problem.message


@pytest.mark.parametrize(
    "wrong",
    [
        *({name: None} for name in ("sid", "accountSid", "type", "name", "bucketSids", "startedAt", "createdAt")),
        {"sid": "no sid at all"},
        {"accountSid": "acc_other"},
        {"type": "SECRET"},
        {"type": ["incident"]},
        {"name": 7},
        {"description": {}},
        {"source": ["SECRET"]},
        {"metadata": "SECRET"},
        {"metadata": ["SECRET"]},
        {"environmentSids": []},
        {"environmentSids": "*"},
        {"environmentSids": [None]},
        {"startedAt": 1_705_320_000},
        {"startedAt": "now"},
        {"endedAt": "SECRET"},
        {"createdAt": "2024-13-01T00:00:00Z"},
    ],
)
async def test_an_unsound_record_is_broken_and_its_text_is_not_shown(wrong: dict[str, Any]) -> None:
    unsound = record(sid="evt_1") | wrong
    answers: list[dict[str, Any]] = [unsound, {"hasMore": False, "records": [record(), unsound]}]
    for answer in answers:
        events = adapter(lambda _, answer=answer: httpx2.Response(200, json=answer))
        with pytest.raises(Broken) as raised:
            await (events.find(ACCOUNT, EventQuery()) if "records" in answer else events.get(ACCOUNT, "evt_1"))
        assert next(iter(wrong)) in str(raised.value)
        assert "SECRET" not in str(raised.value)


@pytest.mark.parametrize("content", [None, [], "SECRET", 7, {}, {"records": []}, {"hasMore": 0, "records": []}])
async def test_an_answer_that_is_no_list_is_broken(content: object) -> None:
    with pytest.raises(Broken, match="no sound list of events"):
        await adapter(lambda _: httpx2.Response(200, content=json.dumps(content))).find(ACCOUNT, EventQuery())


def test_more_than_is_documented_is_tolerated() -> None:
    plain = record()
    for absent in ("description", "source", "metadata", "endedAt"):
        del plain[absent]
    event = read(plain | {"color": "red", "severity": 7, "tags": None, "name": " ", "bucketSids": ["b", "*", "b"]})
    assert (event.description, event.source, event.metadata, event.ended_at, event.severity) == (None,) * 5
    assert event.scope.buckets == ("*",)
    assert event.name == " "


def test_values_that_no_answer_of_ours_could_carry_are_made_such() -> None:
    metadata = {"big": 2**64, "inf": float("inf"), "a\0": "\ud800", "deep": [{"x": "\0"}], "ok": [2**63 - 1, 0.5, None]}
    event = read(record(name="a\0b", metadata=metadata))
    assert event.name == "a\ufffdb"
    assert event.metadata == {
        "big": "18446744073709551616",
        "inf": "inf",
        "a\ufffd": "\ufffd",
        "deep": [{"x": "\ufffd"}],
        "ok": [2**63 - 1, 0.5, None],
    }


def test_nesting_is_bounded() -> None:
    def nested(levels: int) -> Any:
        return {} if levels == 1 else {"a": nested(levels - 1)}

    assert read(record(metadata=nested(64))).metadata == nested(64)
    with pytest.raises(ValueError, match="no sound metadata"):
        read(record(metadata=nested(65)))


@given(WRITTEN, WRITTEN)
def test_a_version_is_the_same_for_the_same_and_changes_with_anything(one: Event, other: Event) -> None:
    assert 1 <= version_of(one) < 2**31
    assert version_of(one) == version_of(replace(one, version=one.version + 1))
    assert (version_of(one) == version_of(other)) == (repr(replace(one, version=1)) == repr(replace(other, version=1)))


def test_a_version_tells_numbers_and_the_order_of_keys_apart() -> None:
    kinds: list[dict[str, Any]] = [{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1.0, "b": 2}, {"a": True, "b": 2}]
    event = make()
    assert len({version_of(replace(event, metadata=metadata)) for metadata in kinds}) == len(kinds)
    assert version_of(event) != version_of(replace(event, created_by=Provenance("cli")))
