import string
from base64 import urlsafe_b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.cursor import _HEAD, Cursor, _checksum, decode_cursor
from milepost.domain.event import EventType, Severity
from milepost.domain.instant import EARLIEST, LATEST, Instant, When
from milepost.domain.query import EventSearch, Position, SourcePosition
from milepost.domain.sid import is_sid
from milepost.domain.tags import TagFilter
from tests.domain.refusals import refusal
from tests.domain.strategies import INSTANTS, SEARCHES, SIDS

ACCOUNT = "acc_one"
DIGESTS = st.binary(min_size=8, max_size=8)
CURSORS = st.builds(Cursor, INSTANTS, st.builds(Position, INSTANTS, SIDS | st.just("")), DIGESTS)
ELSEWHERE = st.builds(SourcePosition, st.just("0a1b2c3d")) | st.builds(
    SourcePosition, st.just("4e5f6a7b"), INSTANTS, SIDS | st.just("")
)
MERGED = st.builds(
    Cursor, INSTANTS, st.builds(Position, INSTANTS, SIDS, st.lists(ELSEWHERE, max_size=8).map(tuple)), DIGESTS
)
URL_SAFE = string.ascii_letters + string.digits + "-_"
DAMAGED = "it is damaged; pass nextCursor exactly as it came, or leave it out to start at the first page"
FOREIGN = "it belongs to other filters; repeat those of the first page, or leave it out to start at the first page"


@given(CURSORS | MERGED)
def test_a_cursor_is_read_back_as_it_was_written(cursor: Cursor) -> None:
    assert decode_cursor(cursor.encode(), cursor.digest) == cursor


@given(CURSORS)
def test_a_cursor_needs_no_escaping_in_a_url(cursor: Cursor) -> None:
    assert set(cursor.encode()) <= set(URL_SAFE)
    assert len(cursor.encode()) <= 128


@given(CURSORS, st.data())
def test_any_character_damaged_is_an_error(cursor: Cursor, data: st.DataObject) -> None:
    text = cursor.encode()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw((st.sampled_from(URL_SAFE) | st.characters()).filter(lambda char: char != text[place]))
    problem = refusal(decode_cursor, text[:place] + other + text[place + 1 :], cursor.digest)
    assert (problem.field, problem.message) == ("cursor", DAMAGED)


@given(CURSORS)
def test_a_cursor_cut_anywhere_is_an_error(cursor: Cursor) -> None:
    text = cursor.encode()
    for length in range(len(text)):
        assert refusal(decode_cursor, text[:length], cursor.digest).message == DAMAGED
        assert refusal(decode_cursor, text[length + 1 :], cursor.digest).message == DAMAGED


@given(CURSORS, st.sampled_from(["=", "==", " ", "\n", "A", "%3D", "\0", "."]))
def test_a_cursor_with_something_added_is_an_error(cursor: Cursor, extra: str) -> None:
    text = cursor.encode()
    for damaged in (text + extra, extra + text, text[:9] + extra + text[9:]):
        assert refusal(decode_cursor, damaged, cursor.digest).message == DAMAGED


@given(CURSORS, DIGESTS)
def test_a_cursor_of_other_filters_is_an_error_that_says_so(cursor: Cursor, digest: bytes) -> None:
    if digest != cursor.digest:
        assert refusal(decode_cursor, cursor.encode(), digest).message == FOREIGN


@given(CURSORS, CURSORS)
def test_two_cursors_put_together_are_an_error(one: Cursor, other: Cursor) -> None:
    half = len(one.encode()) // 2
    mixed = one.encode()[:half] + other.encode()[half:]
    if mixed not in (one.encode(), other.encode()):
        assert refusal(decode_cursor, mixed, one.digest).message == DAMAGED


def forged(version: int, now: int, started_at: int, sid: bytes, digest: bytes = bytes(8)) -> str:
    """A cursor with a right checksum, as somebody could make who has read the code."""
    body = _HEAD.pack(version, now, started_at, digest) + sid
    return urlsafe_b64encode(body + _checksum(body)).rstrip(b"=").decode()


INT64 = st.integers(-(2**63), 2**63 - 1)


@given(st.integers(0, 255), INT64 | INSTANTS, INT64 | INSTANTS, st.binary() | SIDS.map(str.encode))
def test_a_forged_cursor_is_a_sound_one_or_an_error(version: int, now: int, started_at: int, sid: bytes) -> None:
    text = forged(version, now, started_at, sid)
    within = EARLIEST <= now <= LATEST and EARLIEST <= started_at <= LATEST
    if version == 1 and within and sid.isascii() and (not sid or is_sid(sid.decode())):
        assert decode_cursor(text, bytes(8)).after == Position(Instant(started_at), sid.decode())
    else:
        assert refusal(decode_cursor, text, bytes(8)).message == DAMAGED


@pytest.mark.parametrize(
    ("version", "now", "started_at", "sid"),
    [
        (0, 0, 0, b"evt_1"),
        (2, 0, 0, b"evt_1"),
        (1, LATEST + 1, 0, b"evt_1"),
        (1, EARLIEST - 1, 0, b"evt_1"),
        (1, 0, LATEST + 1, b"evt_1"),
        (1, 0, EARLIEST - 1, b"evt_1"),
        (1, 0, 0, b"|"),
        (1, 0, 0, b"e|apica x"),
        (1, 0, 0, b"e|apica 0 e e"),
        (1, 0, 0, b"e|apica 99999999999999999 e"),
        (1, 0, 0, b"e" + b"|apica  " * 9),
        (1, 0, 0, b"evt 1"),
        (1, 0, 0, b"\xff"),
        (1, 0, 0, b"x" * 65),
        (1, 0, 0, b"x" * 1_000),
    ],
)
def test_a_forged_cursor_that_means_no_place_is_an_error(version: int, now: int, started_at: int, sid: bytes) -> None:
    assert refusal(decode_cursor, forged(version, now, started_at, sid), bytes(8)).message == DAMAGED
    assert decode_cursor(forged(1, LATEST, EARLIEST, b"e"), bytes(8)).now == LATEST


@given(SEARCHES, SEARCHES)
def test_searches_share_their_cursors_when_their_filters_are_the_same(one: EventSearch, other: EventSearch) -> None:
    same = replace(one, limit=1, include_tags=(), exclude_tags=()) == replace(
        other, limit=1, include_tags=(), exclude_tags=()
    )
    same_tags = all(
        sorted(map(repr, mine)) == sorted(map(repr, theirs))
        for mine, theirs in ((one.include_tags, other.include_tags), (one.exclude_tags, other.exclude_tags))
    )
    assert (one.digest(ACCOUNT) == other.digest(ACCOUNT)) == (same and same_tags)


@given(SEARCHES, st.integers(1, 100))
def test_page_size_and_cursor_are_no_filters(search: EventSearch, limit: int) -> None:
    assert search.digest(ACCOUNT) == replace(search, limit=limit, cursor="x").digest(ACCOUNT)


@given(SEARCHES)
def test_a_cursor_belongs_to_its_account(search: EventSearch) -> None:
    assert search.digest(ACCOUNT) != search.digest("acc_two")


def test_every_filter_counts() -> None:
    plain = EventSearch()
    when = When(relative=True, offset=-1)
    changed = [
        replace(plain, types=frozenset({EventType.SCALE})),
        replace(plain, start=when),
        replace(plain, end=when),
        replace(plain, start=replace(when, relative=False)),
        replace(plain, bucket="a"),
        replace(plain, environment="a"),
        replace(plain, ongoing=True),
        replace(plain, ongoing=False),
        replace(plain, source="a"),
        replace(plain, severities=frozenset({Severity.ERROR})),
        replace(plain, check_id=1),
        replace(plain, dedup_key="a"),
        replace(plain, message="a"),
        replace(plain, include_tags=(TagFilter("a", ()),)),
        replace(plain, exclude_tags=(TagFilter("a", ()),)),
        replace(plain, include_all_tags=True),
    ]
    digests = {search.digest(ACCOUNT) for search in [plain, *changed]}
    assert len(digests) == len(changed) + 1


def test_the_order_in_which_several_values_are_written_does_not_count() -> None:
    one, two = TagFilter("a", ("x",)), TagFilter(None, ("y",))
    assert EventSearch(include_tags=(one, two)).digest(ACCOUNT) == EventSearch(include_tags=(two, one)).digest(ACCOUNT)
