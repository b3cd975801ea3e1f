import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.cursor import decode_cursor
from milepost.domain.instant import Instant
from milepost.domain.query import (
    DEFAULT_LIMIT,
    LARGEST_LIMIT,
    EventSearch,
    FilterNames,
    check_window,
    fold_message,
    parse_limit,
)
from milepost.domain.text import fold
from tests.domain.refusals import refusal
from tests.domain.strategies import RECENT_INSTANTS, VISIBLE_TEXT


def test_a_page_holds_25_events_unless_asked_otherwise() -> None:
    assert EventSearch().limit == DEFAULT_LIMIT == 25


@given(st.integers())
def test_a_page_holds_1_to_100_events(limit: int) -> None:
    if 1 <= limit <= LARGEST_LIMIT == 100:
        assert parse_limit(limit) == limit
    else:
        assert refusal(parse_limit, limit).field == "limit"


def test_the_smallest_and_the_largest_page_are_taken() -> None:
    assert [parse_limit(limit) for limit in (1, 100)] == [1, 100]
    for limit in (0, 101, -1):
        refusal(parse_limit, limit)


def test_a_page_too_large_is_refused_with_the_range() -> None:
    assert refusal(parse_limit, 101).message == "101 came; write 1-100"
    assert refusal(parse_limit, 1_001, "size", 1_000).message == "1001 came; write 1-1000"


@given(st.none() | RECENT_INSTANTS, st.none() | RECENT_INSTANTS)
def test_a_window_ends_when_it_starts_or_later(start: Instant | None, end: Instant | None) -> None:
    if start is None or end is None or start <= end:
        check_window(start, end)
    else:
        problem = refusal(check_window, start, end)
        assert problem.field == "startTime"
        assert "lies after endTime" in problem.message


@given(VISIBLE_TEXT.filter(lambda text: len(text) <= 256), st.booleans())
def test_a_message_is_looked_for_in_its_folded_form(message: str, bounded: bool) -> None:
    if bounded or len(fold(message)) >= 3:
        assert fold_message(message, bounded=bounded) == fold(message)
    else:
        assert refusal(fold_message, message, bounded=bounded).field == "message"


def test_under_three_characters_need_a_start() -> None:
    assert refusal(fold_message, "db", bounded=False).message == (
        '"db" is under three characters; write more of it, or a startTime beside it'
    )
    assert fold_message("DB", bounded=True) == "db"
    assert fold_message("dbs", bounded=False) == "dbs"


@pytest.mark.parametrize("message", ["", "  ", "x" * 257, "a\0bc", "\ud800abc"])
def test_no_message_is_refused_with_or_without_a_start(message: str) -> None:
    for bounded in (True, False):
        assert refusal(fold_message, message, bounded=bounded).field == "message"


NAMES = FilterNames("since", "until", "the mark")


def test_errors_speak_of_filters_by_the_names_that_the_way_in_has_for_them() -> None:
    window = refusal(check_window, Instant(2), Instant(1), NAMES)
    assert window.field == "since"
    assert "until" in window.message
    assert "a since beside it" in refusal(fold_message, "ab", bounded=False, names=NAMES).message
    assert "pass the mark exactly" in refusal(decode_cursor, "x", b"12345678", names=NAMES).message


def test_what_filters_are_called_is_none_of_them() -> None:
    assert EventSearch(source="a", names=NAMES).digest("acc") == EventSearch(source="a").digest("acc")
