from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.event import FURTHEST_AHEAD, Event, EventType, check_span
from milepost.domain.instant import DAY, Instant, format_instant
from tests.domain.refusals import refusal
from tests.domain.strategies import EVENTS, RECENT_INSTANTS

NOW = Instant(1_705_329_000_000)
NEARBY = st.integers(-400 * DAY, 400 * DAY).map(lambda distance: Instant(NOW + distance))


@given(NEARBY, st.none() | NEARBY)
def test_a_span_ends_no_sooner_than_it_starts_and_no_more_than_366_days_ahead(
    started_at: Instant, ended_at: Instant | None
) -> None:
    furthest = NOW + 366 * DAY
    if started_at > furthest:
        assert refusal(check_span, started_at, ended_at, NOW).field == "startedAt"
    elif ended_at is not None and not started_at <= ended_at <= furthest:
        assert refusal(check_span, started_at, ended_at, NOW).field == "endedAt"
    else:
        check_span(started_at, ended_at, NOW)


@given(RECENT_INSTANTS)
def test_a_span_may_be_a_single_moment(moment: Instant) -> None:
    check_span(moment, moment, moment)
    check_span(moment, None, moment)


@given(RECENT_INSTANTS)
def test_an_end_one_millisecond_too_soon_is_refused(moment: Instant) -> None:
    problem = refusal(check_span, moment, Instant(moment - 1), moment)
    assert problem.field == "endedAt"
    assert problem.message == (
        f"{format_instant(Instant(moment - 1))} lies before startedAt {format_instant(moment)}; write a later end"
    )


@given(RECENT_INSTANTS)
def test_366_days_ahead_are_taken_and_a_millisecond_more_is_refused(now: Instant) -> None:
    furthest = Instant(now + 366 * DAY)
    assert furthest == now + FURTHEST_AHEAD
    check_span(furthest, furthest, now)
    beyond = Instant(furthest + 1)
    assert refusal(check_span, beyond, None, now).field == "startedAt"
    assert refusal(check_span, now, beyond, now).field == "endedAt"
    assert refusal(check_span, now, beyond, now).message.endswith(f"the latest taken is {format_instant(furthest)}")


@given(EVENTS)
def test_only_an_incident_without_an_end_is_ongoing(event: Event) -> None:
    assert event.ended_at is None
    assert event.ongoing == (event.type is EventType.INCIDENT)
