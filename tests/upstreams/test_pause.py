import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.instant import Instant
from milepost.upstreams.pause import asked_pause_seconds
from tests.domain.strategies import ANY_TEXT

NOW = Instant(1_705_320_000_500)
DAY_SECONDS = 86_400.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("999999999", DAY_SECONDS),
        ("1705320060", 59.5),
        ("1705320060500", 60.0),
        ("1705310000", 0.0),
        ("Mon, 15 Jan 2024 12:00:30 GMT", 29.5),
        ("Monday, 15-Jan-24 12:00:30 GMT", 29.5),
        ("Mon Jan 15 12:00:30 2024", 29.5),
        ("Mon, 15 Jan 2024 13:00:30 +0100", 29.5),
        ("Mon, 15 Jan 2023 12:00:30 GMT", 0.0),
        ("Mon, 15 Jan 9999 12:00:30 GMT", DAY_SECONDS),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 16, None),
        ("Mon, 99 Jan 2024 12:00:30 GMT", None),
    ],
)
def test_a_pause_is_read_in_seconds_or_as_a_date(text: str, seconds: float | None):
    assert asked_pause_seconds({"retry-after": text}, NOW) == seconds
    assert asked_pause_seconds({"x-ratelimit-remaining": "0", "x-ratelimit-reset": text}, NOW) == seconds


@pytest.mark.parametrize(("remaining", "seconds"), [("0", 60.0), (" 0 ", 60.0), ("1", None), ("many", None)])
def test_the_end_of_the_period_counts_only_where_nothing_remains(remaining: str, seconds: float | None):
    assert asked_pause_seconds({"x-ratelimit-remaining": remaining, "x-ratelimit-reset": "60"}, NOW) == seconds


def test_retry_after_goes_before_the_end_of_the_period():
    headers = {"retry-after": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}
    assert asked_pause_seconds(headers, NOW) == 5.0
    assert asked_pause_seconds(headers | {"retry-after": "soon"}, NOW) == 60.0
    assert asked_pause_seconds({}, NOW) is None


@given(ANY_TEXT | st.text("0123456789 -+:,JanMoGT", max_size=40))
def test_no_text_asks_for_more_than_a_day(text: str):
    seconds = asked_pause_seconds({"retry-after": text}, NOW)
    assert seconds is None or 0.0 <= seconds <= DAY_SECONDS
