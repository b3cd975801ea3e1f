from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.errors import Invalid
from milepost.domain.instant import (
    DAY,
    EARLIEST,
    HOUR,
    LATEST,
    MINUTE,
    SECOND,
    WEEK,
    Instant,
    When,
    format_instant,
    parse_instant,
    parse_lifetime,
    parse_milliseconds,
    parse_when,
)
from tests.domain.refusals import refusal
from tests.domain.strategies import INSTANTS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
NOW = Instant(1_705_329_000_123)

BARE_TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda moment: moment.replace(microsecond=0))  # noqa: DTZ001
ZONES = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
FRACTIONS = st.text("0123456789", min_size=1, max_size=40)


@given(INSTANTS)
def test_a_time_that_was_shown_is_read_as_the_same_time(instant: Instant) -> None:
    shown = format_instant(instant)
    assert parse_instant(shown, "startedAt") == instant
    assert len(shown) == 24
    assert shown.endswith("Z")


@given(INSTANTS)
def test_a_time_is_shown_as_the_calendar_has_it(instant: Instant) -> None:
    assert datetime.fromisoformat(format_instant(instant)) == EPOCH + instant * MILLISECOND


@given(INSTANTS, INSTANTS)
def test_shown_times_sort_as_the_times_do(one: Instant, other: Instant) -> None:
    assert (format_instant(one) < format_instant(other)) == (one < other)


@given(BARE_TIMES, ZONES, FRACTIONS)
def test_any_offset_and_any_fraction_are_read_as_the_standard_library_reads_them(
    bare: datetime, zone: timezone, fraction: str
) -> None:
    offset = bare.replace(tzinfo=zone).isoformat()[19:]
    written = f"{bare.isoformat()}.{fraction}{offset}"
    microseconds = int(fraction[:6].ljust(6, "0"))
    meant = datetime.fromisoformat(f"{bare.isoformat()}.{microseconds:06}{offset}")
    assert parse_instant(written, "startedAt") == (meant - EPOCH) // MILLISECOND


@given(BARE_TIMES)
def test_a_bare_date_time_is_utc(bare: datetime) -> None:
    assert parse_instant(bare.isoformat(), "startedAt") == (bare.replace(tzinfo=UTC) - EPOCH) // MILLISECOND


@given(BARE_TIMES, st.sampled_from("Tt "), st.sampled_from("Zz"))
def test_letters_may_be_small_and_a_space_may_part_date_and_time(bare: datetime, between: str, zone: str) -> None:
    written = bare.isoformat().replace("T", between) + zone
    assert parse_when(written, "startedAt") == parse_when(bare.isoformat() + "Z", "startedAt")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-01-15T14:30:00Z", "2024-01-15T14:30:00.000Z"),
        ("2024-01-15T14:30:00", "2024-01-15T14:30:00.000Z"),
        ("2024-01-15T14:30:00.5+05:30", "2024-01-15T09:00:00.500Z"),
        ("2024-01-15T14:30:00-00:00", "2024-01-15T14:30:00.000Z"),
        ("2024-01-15T14:30:00.123999999Z", "2024-01-15T14:30:00.123Z"),
        ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("2017-01-01T05:29:60+05:30", "2017-01-01T00:00:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        (" 2024-01-15T14:30:00Z\n", "2024-01-15T14:30:00.000Z"),
        (f"2024-01-15T14:30:00.{'1' * 200}Z", "2024-01-15T14:30:00.111Z"),
    ],
)
def test_these_are_times(written: str, meant: str) -> None:
    assert format_instant(parse_instant(written, "startedAt")) == meant


@pytest.mark.parametrize(
    "written",
    [
        "2023-02-29T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-00-01T00:00:00Z",
        "2024-01-32T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2024-01-15T24:00:00Z",
        "2024-01-15T14:60:00Z",
        "2024-01-15T14:30:61Z",
        "2024-01-15T14:30:60Z",
        "2024-01-15T14:30:00+24:00",
        "2024-01-15T14:30:00+05:60",
        "2024-01-15T14:30:00+0530",
        "2024-01-15T14:30:00+05",
        "2024-01-15T14:30:00.Z",
        "2024-01-15T14:30:00,5Z",
        "2024-01-15T14:30Z",
        "2024-01-15",
        "2024-1-15T14:30:00Z",
        "24-01-15T14:30:00Z",
        "+2024-01-15T14:30:00Z",
        "2024-W03-1T14:30:00Z",
        "14:30:00Z",
        "٢٠٢٤-01-15T14:30:00Z",
        "2024-01-15T14:30:00Z2024-01-15T14:30:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
        "1705329000",
        "1705329000000",
        "yesterday",
        "NOW",
        "now-",
        "now-1",
        "now-1y",
        "now-1.5h",
        "now-1h30m",
        "now+1h",
        "now - 1h",
        "now--1h",
        "now-1H",
        "now-٣h",
        "now-1000000000000000w",
        "",
        " ",
    ],
)
def test_these_are_no_times(written: str) -> None:
    problem = refusal(parse_when, written, "startedAt")
    assert problem.field == "startedAt"
    assert problem.message.startswith((f'"{written}" ', f"{written} "))
    assert 'write RFC 3339 such as "2024-01-15T14:30:00Z", or relative such as "now-90m"' in problem.message


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0"), (1_705_329_000, "1705329000"), (-1, "-1"), (1.5, "1.5"), (True, "true"), (float("nan"), "NaN")],
)
def test_a_number_is_refused_with_a_message_that_says_what_to_write(number: object, shown: str) -> None:
    assert refusal(parse_when, number, "startTime").message == (
        f'{shown} is not a time; write RFC 3339 such as "2024-01-15T14:30:00Z", '
        'or relative such as "now-90m" or "now-7d" (units s m h d w)'
    )


@given(st.integers(0, 52_000), st.sampled_from("smhdw"), INSTANTS)
def test_a_relative_time_counts_back_from_now(amount: int, unit: str, now: Instant) -> None:
    when = parse_when(f"now-{amount}{unit}", "startTime")
    assert when.relative
    assert when.at(now) == now - amount * UNITS[unit]


@given(INSTANTS)
def test_now_is_the_moment_it_is_asked(now: Instant) -> None:
    assert parse_when("now", "startTime").at(now) == now


@given(INSTANTS, INSTANTS)
def test_a_fixed_time_does_not_depend_on_now(instant: Instant, now: Instant) -> None:
    assert parse_when(format_instant(instant), "startTime").at(now) == instant


def test_a_relative_time_reaches_back_a_thousand_years_and_no_further() -> None:
    assert parse_when("now-366000d", "startTime") == When(relative=True, offset=-366_000 * DAY)
    assert "more than a thousand years" in refusal(parse_when, "now-366001d", "startTime").message


def test_units_are_in_milliseconds() -> None:
    assert {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK} == UNITS


def test_a_time_of_more_than_256_characters_is_none() -> None:
    longest = f"2024-01-15T14:30:00.{'1' * 235}Z"
    assert len(longest) == 256
    assert parse_instant(longest, "startedAt")
    refusal(parse_instant, longest.replace("Z", "1Z"), "startedAt")


def test_an_export_holds_no_relative_times() -> None:
    assert refusal(parse_instant, "now-1h", "startedAt").message.startswith('"now-1h" is relative')


@given(st.text("0123456789-+:.TZtznow smhdw", max_size=40))
def test_what_looks_like_a_time_is_one_or_is_refused(written: str) -> None:
    with suppress(Invalid):
        when = parse_when(written, "startedAt")
        assert when.relative or EARLIEST <= when.offset <= LATEST


@given(st.integers(1, 52_000), st.sampled_from("smhdw"))
def test_a_lifetime_is_a_number_and_a_unit(amount: int, unit: str) -> None:
    assert parse_lifetime(f"{amount}{unit}", "expires") == amount * UNITS[unit]


def test_a_lifetime_reaches_a_thousand_years_and_no_further() -> None:
    assert parse_lifetime("366000d", "expires") == 366_000 * DAY


@pytest.mark.parametrize("written", ["0d", "90", "d", "-1d", "1.5d", "90 d", "366001d", "9" * 16 + "w", "", 90, None])
def test_no_lifetime_is_refused_with_one_that_is(written: object) -> None:
    assert '"90d"' in refusal(parse_lifetime, written, "expires").message


@pytest.mark.parametrize("milliseconds", [0, 1, 1_376_980_667_000, LATEST])
def test_milliseconds_since_1970_are_a_moment(milliseconds: int) -> None:
    assert parse_milliseconds(milliseconds, "from").at(Instant(5)) == milliseconds


@pytest.mark.parametrize("value", [-1, LATEST + 1, 2**63, 1.5, "1376980667000", True, None])
def test_what_is_no_number_of_milliseconds_since_1970_is_refused(value: object) -> None:
    assert refusal(parse_milliseconds, value, "from").field == "from"
