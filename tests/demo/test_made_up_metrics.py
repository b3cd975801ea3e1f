"""The metrics of the demo show what its events tell."""

from __future__ import annotations

import pytest

from milepost.demo.cast import PRODUCTION, SERVICES
from milepost.demo.fortnight import DAYS, fortnight
from milepost.demo.metrics import MadeUpMetrics
from milepost.domain.charts import ChartName, Grid, Measured, Value
from milepost.domain.event import Event, EventType
from milepost.domain.instant import DAY, HOUR, MINUTE, Instant, parse_instant
from milepost.domain.selection import Matcher, Selection

NOW = parse_instant("2026-01-15T12:34:56.789Z", "now")
STORY = fortnight("acc_1", NOW)
INCIDENTS = [event for event in STORY.events if event.type is EventType.INCIDENT]
METRICS = MadeUpMetrics(STORY)


def of(event: Event) -> Selection:
    [service] = [one for one in SERVICES if one.sid in event.scope.buckets]
    return (Matcher("service", (service.name,)), Matcher("env", (PRODUCTION.label,)))


def mean(values: tuple[Value, ...]) -> float:
    known = [value for value in values if value is not None]
    return sum(known) / len(known)


async def at(start: int, end: int, selection: Selection) -> dict[str, float]:
    """The mean of each series over that time."""
    measured = await METRICS.measure(Grid.over(Instant(start), Instant(end)), selection)
    return {series.name: mean(series.values) for chart in measured.charts for series in chart.series}


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
async def test_an_incident_shows_in_errors_or_response_times(incident: Event):
    before = await at(incident.started_at - HOUR, incident.started_at - 50 * MINUTE, of(incident))
    end = incident.ended_at or NOW
    during = await at(incident.started_at + 2 * MINUTE, min(end, incident.started_at + 12 * MINUTE), of(incident))
    assert during["errors"] > before["errors"] * 3 or during["p95"] > before["p95"] * 1.8
    if incident.ended_at is not None:
        after = await at(incident.ended_at + 10 * MINUTE, incident.ended_at + 20 * MINUTE, of(incident))
        assert after["errors"] < 0.005
        assert after["p95"] < before["p95"] * 1.6


async def test_nobody_else_notices():
    incident = INCIDENTS[0]
    others = (Matcher("service", tuple(one.name for one in SERVICES if one.sid not in incident.scope.buckets)),)
    during = await at(incident.started_at + 2 * MINUTE, incident.started_at + 12 * MINUTE, others)
    assert during["errors"] < 0.005


async def test_nights_are_quieter_than_afternoons():
    midnight = NOW - NOW % DAY
    night, afternoon = await at(midnight, midnight + HOUR, ()), await at(midnight - 10 * HOUR, midnight - 9 * HOUR, ())
    assert afternoon["2xx"] > night["2xx"] * 1.5


async def test_a_moment_has_the_same_values_whatever_the_window():
    hour = await METRICS.measure(Grid.over(Instant(NOW - HOUR), NOW), ())
    minutes = await METRICS.measure(Grid.over(Instant(NOW - 5 * MINUTE), NOW), ())
    for one, other in zip(hour.charts, minutes.charts, strict=True):
        for long, short in zip(one.series, other.series, strict=True):
            assert long.values[-len(short.values) :] == short.values


async def test_nothing_was_measured_before_the_fortnight():
    first = NOW - DAYS * DAY
    measured: Measured = await METRICS.measure(Grid.over(Instant(first - HOUR), Instant(first + HOUR)), ())
    values = measured.charts[0].series[0].values
    half = len(values) // 2
    assert set(values[: half - 1]) == {None}
    assert None not in values[half + 1 :]


async def test_it_goes_on_after_the_end_of_the_story():
    later = await at(NOW + HOUR, NOW + 2 * HOUR, of(INCIDENTS[-1]))
    assert later["errors"] > 0.05


async def test_its_name_says_what_it_is():
    assert METRICS.name == "demo (made up)"
    assert [chart.name for chart in (await METRICS.measure(Grid.over(NOW, NOW), ())).charts] == list(ChartName)
