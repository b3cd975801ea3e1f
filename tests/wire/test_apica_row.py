"""Apica's rows: written in the order that Apica documents, read back equal, and refused by the name of the part."""

from typing import Any

import pytest
from hypothesis import given

from milepost.domain.errors import Invalid
from milepost.domain.event import Check, Event, EventType, Severity
from milepost.domain.instant import Instant, parse_instant
from milepost.wire.apica_row import ApicaEventType, ApicaRow, apica_row, read_apica_row
from tests.contracts.samples import make
from tests.domain.refusals import assert_fit_to_show, refusal
from tests.domain.strategies import ANYTHING, EVENTS, INSTANTS

DOCUMENTED: dict[str, Any] = {
    "check_symbol": "sample string 1",
    "event_type": "CheckEvent",
    "check_id": 2,
    "check_descriptor": "sample string 3",
    "severity": "I",
    "event_message": "sample string 4",
    "time_stamp_utc": "2024-05-19T11:52:31",
    "event_age_seconds": 1,
}
"""The sample of Apica's description, key by key in its order."""

AT = parse_instant("2024-05-19T11:52:31", "at")
DOCUMENTED_ROW = ApicaRow(
    check_symbol="sample string 1",
    event_type=ApicaEventType.CHECK,
    check_id=2,
    check_descriptor="sample string 3",
    severity=Severity.INFORMATION,
    event_message="sample string 4",
    time_stamp_utc=AT,
)


def test_an_event_is_written_as_apica_documents_it_keys_in_order() -> None:
    event = make(
        name="sample string 4",
        started_at=Instant(AT + 999),
        severity=Severity.INFORMATION,
        check=Check(2, "sample string 1", "sample string 3"),
    )
    row = apica_row(event, Instant(AT + 1_999))
    assert list(row.items()) == list(DOCUMENTED.items())


def test_an_event_without_check_and_severity_is_custom_information() -> None:
    row = apica_row(make(type=EventType.INCIDENT), AT)
    assert (row["event_type"], row["severity"]) == ("CustomEvent", "I")
    assert {row[name] for name in ("check_symbol", "check_id", "check_descriptor")} == {None}


def test_a_check_may_lack_its_names() -> None:
    row = apica_row(make(check=Check(0)), AT)
    assert (row["event_type"], row["check_id"], row["check_symbol"]) == ("CheckEvent", 0, None)


@pytest.mark.parametrize(
    ("ahead", "age"), [(-1_000, 1), (-1_999, 1), (-999, 0), (0, 0), (1, -1), (1_000, -1), (86_400_000, -86_400)]
)
def test_the_age_is_in_whole_seconds_and_negative_ahead(ahead: int, age: int) -> None:
    assert apica_row(make(started_at=Instant(AT + ahead)), AT)["event_age_seconds"] == age


def test_the_documented_row_is_read() -> None:
    assert read_apica_row(DOCUMENTED, "[0]") == DOCUMENTED_ROW


@given(EVENTS, INSTANTS)
def test_what_was_written_is_read_back(event: Event, now: Instant) -> None:
    row = read_apica_row(apica_row(event, now), "[0]")
    check = event.check or Check(0)
    assert row.event_type is (ApicaEventType.CHECK if event.check else ApicaEventType.CUSTOM)
    assert row.check_id == (event.check.id if event.check else None)
    assert (row.check_symbol, row.check_descriptor) == (check.symbol, check.descriptor)
    assert (row.severity, row.event_message) == (event.severity or Severity.INFORMATION, event.name)
    assert row.time_stamp_utc == event.started_at // 1_000 * 1_000


@pytest.mark.parametrize("more", [{}, {"check_name": "new"}, {"tags": [{"key": "a"}]}])
def test_keys_that_apica_may_add_are_passed_over(more: dict[str, Any]) -> None:
    assert read_apica_row(DOCUMENTED | more, "[0]") == DOCUMENTED_ROW


@pytest.mark.parametrize("name", ["check_symbol", "check_id", "check_descriptor"])
def test_parts_of_the_check_may_be_null_or_left_out(name: str) -> None:
    left_out = {key: value for key, value in DOCUMENTED.items() if key != name}
    assert getattr(read_apica_row(DOCUMENTED | {name: None}, "[0]"), name) is None
    assert getattr(read_apica_row(left_out, "[0]"), name) is None


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2024-05-19T11:52:31Z", 0),
        ("2024-05-19T11:52:31.5", 500),
        ("2024-05-19T11:52:31.1234567Z", 123),
        ("2024-05-19T13:52:31+02:00", 0),
    ],
)
def test_a_time_may_have_a_fraction_and_a_zone(text: str, milliseconds: int) -> None:
    assert read_apica_row(DOCUMENTED | {"time_stamp_utc": text}, "[0]").time_stamp_utc == AT + milliseconds


@pytest.mark.parametrize("name", ["severity", "time_stamp_utc"])
def test_what_a_row_can_not_be_without_is_missed_by_name(name: str) -> None:
    left_out = {key: value for key, value in DOCUMENTED.items() if key != name}
    assert refusal(read_apica_row, left_out, "[3]").field == f"[3].{name}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("check_symbol", 1),
        ("check_id", "two"),
        ("check_id", ""),
        ("check_id", "٢"),
        ("check_id", "1e3"),
        ("check_id", "9223372036854775808"),
        ("check_id", "9" * 5_000),
        ("check_id", True),
        ("check_id", 2.0),
        ("check_id", 2**63),
        ("check_descriptor", ["a"]),
        ("severity", "X"),
        ("severity", "IW"),
        ("severity", "ı"),
        ("severity", None),
        ("event_message", 4),
        ("time_stamp_utc", 1716119551000),
        ("time_stamp_utc", "now"),
        ("time_stamp_utc", "2024-05-19"),
        ("time_stamp_utc", None),
    ],
)
def test_a_part_that_means_nothing_is_refused_by_name(name: str, value: object) -> None:
    assert refusal(read_apica_row, DOCUMENTED | {name: value}, "[3]").field == f"[3].{name}"


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("check_symbol", "x" * 257, "x" * 255 + "…"),
        ("check_symbol", "x" * 256, "x" * 256),
        ("check_descriptor", "x" * 1_025, "x" * 1_023 + "…"),
        ("event_message", "x" * 8_193, "x" * 8_191 + "…"),
        ("event_message", "a\0b\ud800", "a\ufffdb\ufffd"),
        ("event_message", None, ""),
        ("severity", "w", Severity.WARNING),
        ("check_id", "2", 2),
        ("check_id", "-0012", -12),
        ("event_type", "SLA event", ApicaEventType.CHECK),
        ("event_type", None, ApicaEventType.CHECK),
        ("event_type", ["CustomEvent"], ApicaEventType.CHECK),
        ("event_type", "CustomEvent", ApicaEventType.CUSTOM),
    ],
)
def test_what_is_odd_is_shown_as_far_as_it_can_be(name: str, value: object, read: object) -> None:
    assert getattr(read_apica_row(DOCUMENTED | {name: value}, "[0]"), name) == read


def test_without_a_check_an_unknown_type_is_custom() -> None:
    odd = {"event_type": "Unheard of", "check_id": None}
    assert read_apica_row(DOCUMENTED | odd, "[0]").event_type is ApicaEventType.CUSTOM
    left_out = {
        key: value for key, value in DOCUMENTED.items() if key not in ("event_type", "event_message", "check_id")
    }
    assert read_apica_row(left_out, "[0]").event_message == ""


@pytest.mark.parametrize("value", [None, [], "text", 1])
def test_what_is_no_object_is_no_row(value: object) -> None:
    assert refusal(read_apica_row, value, "[3]").field == "[3]"


@given(ANYTHING)
def test_whatever_comes_in_a_part_is_taken_or_refused(value: object) -> None:
    for name in DOCUMENTED.keys() - {"event_age_seconds"}:
        try:
            read_apica_row(DOCUMENTED | {name: value}, "[0]")
        except Invalid as invalid:
            assert_fit_to_show(invalid)
