"""What a row of Apica's becomes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.event import Check, Event, EventType, Severity
from milepost.domain.instant import Instant
from milepost.domain.sid import second_of
from tests.upstreams.apica.fake import ACCOUNT, NOW, row, shown

EXAMPLE_2013 = Instant(1_376_980_667_000)
"""A moment of the description's own, before the KSUID epoch."""


def one(**fields: Any) -> Event:
    (event,) = shown([row(**fields)])
    return event


@pytest.mark.parametrize("letter", ["W", "E", "F"])
def test_what_is_bad_is_an_incident_that_has_ended_as_it_began(letter: str):
    event = one(severity=letter)
    assert event.type is EventType.INCIDENT
    assert event.severity is Severity(letter)
    assert event.started_at == event.ended_at == event.created_at == NOW
    assert not event.ongoing


def test_an_information_is_a_custom_event_without_an_end():
    event = one(severity="I")
    assert (event.type, event.severity, event.ended_at) == (EventType.CUSTOM, Severity.INFORMATION, None)


def test_everything_else_is_carried_over_or_empty():
    assert one() == Event(
        sid=one().sid,
        account_sid=ACCOUNT,
        type=EventType.INCIDENT,
        name="Login failed",
        started_at=NOW,
        ended_at=NOW,
        created_at=NOW,
        severity=Severity.ERROR,
        check=Check(2, "login", "Log in"),
    )


def test_a_fraction_of_a_second_is_kept():
    assert one(time_stamp_utc="2024-05-19T11:52:31.123").started_at == NOW + 123
    assert one(time_stamp_utc="2024-05-19T13:52:31.5+02:00").started_at == NOW + 500


@pytest.mark.parametrize(
    ("message", "name", "description"),
    [
        ("x" * 256, "x" * 256, None),
        ("é" * 257, "é" * 256, "é" * 257),
        ("line\nline\t\x1b", "line\nline\t\x1b", None),
        ("", "(no message)", None),
        (" \u200b\n", "(no message)", None),
        (" " * 300 + "x", "(no message)", " " * 300 + "x"),
    ],
)
def test_the_message_is_the_name_as_far_as_it_goes(message: str, name: str, description: str | None):
    event = one(event_message=message)
    assert (event.name, event.description) == (name, description)


def test_without_a_number_there_is_no_check():
    assert one(check_id=None).check is None
    assert one(check_symbol=None, check_descriptor=None).check == Check(2)


ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from([NOW, NOW + 999, NOW + 1000]),
        severity=st.sampled_from("IWEF"),
        event_message=st.sampled_from(["a", "b"]),
        check_id=st.sampled_from([1, 2, None]),
    ),
    max_size=12,
)


@given(ROWS, st.randoms(use_true_random=False))
def test_sids_are_different_and_the_same_whatever_the_order_and_the_age(rows: list[dict[str, Any]], random: Any):
    sids = [event.sid for event in shown(rows)]
    assert len(set(sids)) == len(rows)
    again = [one | {"event_age_seconds": 99} for one in rows]
    random.shuffle(again)
    assert [event.sid for event in shown(again)] == sids


@given(ROWS)
def test_a_further_row_leaves_the_sids_of_the_others(rows: list[dict[str, Any]]):
    sids = {event.sid for event in shown(rows)}
    assert sids <= {event.sid for event in shown([*rows, *rows[:1]])}


@pytest.mark.parametrize(
    "fields",
    [
        {"check_symbol": "x"},
        {"check_symbol": None},
        {"check_id": 3},
        {"check_id": None},
        {"check_descriptor": "x"},
        {"check_descriptor": None},
        {"severity": "W"},
        {"event_message": "x"},
        {"event_type": "CustomEvent"},
        {"time_stamp_utc": "2024-05-19T11:52:31.001"},
        {"time_stamp_utc": "2024-05-19T11:52:32"},
    ],
)
def test_every_field_makes_another_sid(fields: dict[str, Any]):
    assert one(**fields).sid != one().sid


def test_sids_stay_as_they_are_from_release_to_release():
    assert one().sid == "evt_2ggW9lcap1vRoPMFgBDYma4LtZl"
    assert second_of("evt", one().sid) == NOW
    assert second_of("evt", one(moment=EXAMPLE_2013).sid) == EXAMPLE_2013
