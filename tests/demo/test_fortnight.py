"""The story that the demo tells: it holds together, whenever it is told."""

from __future__ import annotations

import pytest

from milepost.demo.cast import ENVIRONMENTS, SERVICES, places
from milepost.demo.fortnight import DAYS, fortnight
from milepost.domain.account import PlaceKind
from milepost.domain.event import Event, EventType, check_span, parse_metadata, parse_name
from milepost.domain.instant import DAY, HOUR, MINUTE, Instant, parse_instant

MOMENTS = {
    name: parse_instant(text, "now")
    for name, text in {
        "a weekday": "2026-01-15T12:34:56.789Z",
        "a weekend": "2026-01-18T03:00:00Z",
        "midnight": "2026-03-01T00:00:00Z",
        "late": "2026-12-31T23:59:59.999Z",
    }.items()
}
anytime = pytest.mark.parametrize("now", MOMENTS.values(), ids=list(MOMENTS))


def of_type(events: list[Event], kind: EventType) -> list[Event]:
    return [event for event in events if event.type is kind]


@anytime
def test_it_is_the_same_each_time(now: Instant):
    assert fortnight("acc_1", now).events == fortnight("acc_1", now).events
    assert fortnight("acc_1", now).effects == fortnight("acc_1", now).effects
    assert fortnight("acc_1", now, seed=1).events != fortnight("acc_1", now, seed=2).events


@anytime
def test_it_fills_a_fortnight_and_ends_now(now: Instant):
    events = fortnight("acc_1", now).events
    assert now - DAYS * DAY <= events[0].started_at < now - (DAYS - 1) * DAY
    assert events == sorted(events, key=lambda event: event.started_at)
    assert all(max(event.started_at, event.ended_at or event.started_at) <= now for event in events)
    assert 150 < len(events) < 400
    assert len({event.sid for event in events}) == len(events)
    keys = [event.dedup_key for event in events if event.dedup_key]
    assert len(set(keys)) == len(keys)


@anytime
def test_every_kind_of_event_is_in_it_and_each_says_that_it_is_made_up(now: Instant):
    events = fortnight("acc_1", now).events
    assert {event.type for event in events} == set(EventType)
    for event in events:
        assert event.metadata is not None
        assert event.metadata["madeUp"] is True
        parse_name(event.name)
        parse_metadata(event.metadata)
        check_span(event.started_at, event.ended_at, now)


@anytime
def test_it_happens_to_services_and_environments_that_are_registered(now: Instant):
    known = {kind: {place.sid for place in places("acc_1", now) if place.kind is kind} for kind in PlaceKind}
    assert (
        (len(known[PlaceKind.BUCKET]), len(known[PlaceKind.ENVIRONMENT]))
        == (len(SERVICES), len(ENVIRONMENTS))
        == (6, 3)
    )
    for event in fortnight("acc_1", now).events:
        assert set(event.scope.buckets) <= known[PlaceKind.BUCKET] | {"*"}
        assert set(event.scope.environments) <= known[PlaceKind.ENVIRONMENT] | {"*"}


@anytime
def test_incidents_follow_what_caused_them(now: Instant):
    events = fortnight("acc_1", now).events
    incidents = of_type(events, EventType.INCIDENT)
    assert len(incidents) >= 6
    causes = [*of_type(events, EventType.DEPLOYMENT), *of_type(events, EventType.CONFIG_CHANGE)]
    for incident in incidents:
        before = [one for one in causes if one.scope == incident.scope and one.started_at < incident.started_at]
        assert incident.started_at - max(one.started_at for one in before) < 10 * MINUTE


@anytime
def test_one_incident_is_going_on_and_the_last_day_has_another(now: Instant):
    incidents = of_type(fortnight("acc_1", now).events, EventType.INCIDENT)
    [ongoing] = [incident for incident in incidents if incident.ongoing]
    assert now - HOUR < ongoing.started_at
    assert [one for one in incidents if not one.ongoing and one.started_at > now - 6 * HOUR]
