from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.event import UNSET, Check, Event, EventChange, EventType, Severity
from milepost.domain.instant import DAY, HOUR, Instant, When
from milepost.domain.scope import Scope
from tests.domain.refusals import refusal
from tests.domain.strategies import (
    EVENTS,
    FEW_SIDS,
    INTEGERS,
    JSON_OBJECTS,
    TAGS,
    TAKEN_TEXT,
    VISIBLE_TEXT,
    sid_tuples,
)

NOW = Instant(1_950_000_000_000)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(EventType),
    "name": VISIBLE_TEXT,
    "description": st.none() | TAKEN_TEXT,
    "source": st.none() | TAKEN_TEXT,
    "metadata": st.none() | JSON_OBJECTS,
    "buckets": sid_tuples(FEW_SIDS),
    "environments": sid_tuples(FEW_SIDS),
    "started_at": st.integers(0, DAY).map(lambda offset: When(relative=False, offset=NOW - 2 * DAY + offset)),
    "ended_at": st.none() | st.integers(-DAY + 1, 0).map(lambda offset: When(relative=True, offset=offset)),
    "severity": st.none() | st.sampled_from(Severity),
    "tags": st.none() | TAGS,
    "check": st.none() | st.builds(Check, INTEGERS),
    "dedup_key": st.none() | VISIBLE_TEXT,
}
CHANGES = st.fixed_dictionaries({}, optional=VALUES)
SCOPE_FIELDS = {"buckets", "environments"}


def plainly_applied(event: Event, changes: dict[str, Any]) -> dict[str, Any]:
    """What each field is after a change: the plain model."""
    after = {field.name: getattr(event, field.name) for field in fields(event)}
    scope = {"buckets": event.scope.buckets, "environments": event.scope.environments}
    for name, value in changes.items():
        if name in SCOPE_FIELDS:
            scope[name] = value
        else:
            after[name] = value.at(NOW) if isinstance(value, When) else value
    return after | {"scope": Scope(**scope)}


@given(EVENTS, CHANGES)
def test_a_change_changes_what_is_given_and_nothing_else(event: Event, changes: dict[str, Any]) -> None:
    changed = EventChange(**changes).applied_to(event, NOW)
    expected = plainly_applied(event, changes)
    if changed is not event:
        expected |= {"updated_at": NOW, "version": event.version + 1}
    assert {field.name: getattr(changed, field.name) for field in fields(changed)} == expected


@given(EVENTS, CHANGES)
def test_a_change_made_twice_is_made_once(event: Event, changes: dict[str, Any]) -> None:
    once = EventChange(**changes).applied_to(event, NOW)
    assert EventChange(**changes).applied_to(once, NOW) is once


@given(EVENTS)
def test_a_change_of_nothing_gives_back_the_very_same_event(event: Event) -> None:
    assert EventChange().applied_to(event, NOW) is event
    same = {
        name: getattr(event, name)
        for name in VALUES
        if name not in SCOPE_FIELDS and name not in ("started_at", "ended_at")
    }
    started_at = When(relative=False, offset=event.started_at)
    whole = EventChange(
        **same, buckets=event.scope.buckets, environments=event.scope.environments, started_at=started_at, ended_at=None
    )
    assert whole.applied_to(event, NOW) is event


@given(CHANGES)
def test_given_names_what_was_given_none_included(changes: dict[str, Any]) -> None:
    assert EventChange(**changes).given() == changes


def test_every_field_of_a_change_starts_unset() -> None:
    change = EventChange()
    assert all(getattr(change, field.name) is UNSET for field in fields(change))
    assert {field.name for field in fields(change)} == set(VALUES)


@pytest.mark.parametrize("name", [name for name in VALUES if name not in {"type", "name", "started_at", *SCOPE_FIELDS}])
@given(event=EVENTS)
def test_null_clears(name: str, event: Event) -> None:
    given_null: dict[str, Any] = {name: None}
    assert getattr(EventChange(**given_null).applied_to(event, NOW), name) is None


@given(EVENTS)
def test_an_end_of_null_reopens_an_incident(event: Event) -> None:
    incident = replace(event, type=EventType.INCIDENT, ended_at=event.started_at)
    reopened = EventChange(ended_at=None).applied_to(incident, NOW)
    assert reopened.ongoing
    assert reopened.version == incident.version + 1


@given(EVENTS, CHANGES, st.integers(0, DAY))
def test_a_change_is_dated_and_counted(event: Event, changes: dict[str, Any], later: int) -> None:
    changed = EventChange(**changes).applied_to(event, NOW)
    again = replace(changed, name=changed.name + "!")
    back = EventChange(name=changed.name).applied_to(again, Instant(NOW + later))
    assert back.updated_at == NOW + later
    assert back.version == again.version + 1
    assert (back.created_at, back.created_by, back.sid) == (event.created_at, event.created_by, event.sid)


@given(EVENTS)
def test_an_end_before_the_start_is_refused_whichever_of_them_is_given(event: Event) -> None:
    before = When(relative=False, offset=event.started_at - 1)
    assert refusal(EventChange(ended_at=before).applied_to, event, NOW).field == "endedAt"
    ended = replace(event, ended_at=event.started_at)
    after = When(relative=False, offset=event.started_at + 1)
    assert refusal(EventChange(started_at=after).applied_to, ended, NOW).field == "endedAt"
    both = EventChange(started_at=after, ended_at=after).applied_to(ended, NOW)
    assert both.started_at == both.ended_at == event.started_at + 1


@given(EVENTS)
def test_no_change_reaches_more_than_366_days_ahead(event: Event) -> None:
    ahead = When(relative=False, offset=NOW + 366 * DAY + 1)
    assert refusal(EventChange(started_at=ahead).applied_to, event, NOW).field == "startedAt"
    assert refusal(EventChange(ended_at=ahead).applied_to, event, NOW).field == "endedAt"


@given(EVENTS)
def test_relative_times_count_from_the_moment_of_the_change(event: Event) -> None:
    closed = EventChange(ended_at=When(relative=True, offset=-HOUR)).applied_to(event, NOW)
    assert closed.ended_at == NOW - HOUR


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"a": True}),
        ({"a": 0}, {"a": False}),
        ({"a": 0.0}, {"a": -0.0}),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"c": 2, "b": 1}]}),
        ({}, None),
        (None, {}),
    ],
)
@given(event=EVENTS)
def test_metadata_that_reads_differently_is_a_change(
    before: dict[str, Any] | None, after: dict[str, Any] | None, event: Event
) -> None:
    changed = EventChange(metadata=after).applied_to(replace(event, metadata=before), NOW)
    assert repr(changed.metadata) == repr(after)
    assert changed.version == event.version + 1
