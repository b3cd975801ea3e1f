"""Whatever the timeline, however it is asked for: all pages together are what going through every event gives."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import anyio
import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.domain.errors import Unavailable
from milepost.domain.event import Event, EventType, Severity
from milepost.domain.instant import DAY, HOUR, SECOND, Instant
from milepost.domain.query import EventQuery, Position
from milepost.domain.scope import UNRESTRICTED, Restriction
from milepost.domain.tags import TagFilter, Tags
from milepost.domain.text import fold
from milepost.upstreams.apica.descent import MOST_REQUESTS
from milepost.upstreams.exchange import AnswerTooLarge, ExchangeLimits
from milepost.upstreams.overlay import OverlaidEvents
from milepost.upstreams.sources import Source
from tests.stores import brute_force
from tests.upstreams.apica.fake import ACCOUNT, NOW, FakeApica, Row, days, reader, row, shown
from tests.upstreams.listed import ListedEvents

TAGS: dict[int, Tags] = {1: {"Environment": ("Prod",)}, 2: {"Environment": ("Dev", "Beta"), "Team": ("a",)}}
ROW_BYTES = 240
MOST_PAGES = 500

FRACTIONS = st.sampled_from([0, 0, 0, 1, 500, 999])
MOMENTS = st.builds(
    lambda seconds, fraction: NOW + seconds * SECOND + fraction,
    st.one_of(
        st.integers(-3, 1),
        st.integers(-60, 60),
        st.integers(-3 * DAY // SECOND, 0),
        st.integers(-3_000 * DAY // SECOND, 300 * DAY // SECOND),
        st.sampled_from([-86_400, -86_399, -5 * 86_400, -5 * 86_400 + 1, -1_376_980_667]),
    ),
    FRACTIONS,
)
MESSAGES = ["Login failed", "LOGIN slow", "Straße ﬁne", "x" * 300, " ", "école"]
ROWS = st.lists(
    st.builds(
        row,
        MOMENTS,
        severity=st.sampled_from("IWEF"),
        event_message=st.sampled_from(MESSAGES),
        check_id=st.sampled_from([1, 2, 3]),
    ),
    max_size=30,
)
TIMELINES = st.builds(
    lambda rows, times: [one for one in rows for _ in range(times)], ROWS, st.sampled_from([1, 1, 2, 4])
)
FILTERS = st.sampled_from([TagFilter("Environment", ()), TagFilter(None, ("Prod", "a")), TagFilter("Team", ("b",))])
QUERIES = st.builds(
    EventQuery,
    types=st.frozensets(st.sampled_from(EventType), max_size=2),
    start=st.none() | MOMENTS.map(Instant),
    end=st.none() | MOMENTS.map(Instant),
    bucket_sid=st.none() | st.just("bkt_a"),
    ongoing=st.sampled_from([None, None, False, True]),
    source=st.sampled_from([None, None, None, "ci"]),
    severities=st.frozensets(st.sampled_from(Severity), max_size=3),
    exclude_severities=st.frozensets(st.sampled_from(Severity), max_size=1),
    check_id=st.sampled_from([None, None, 1, 9]),
    message=st.sampled_from([None, None, *map(fold, ["login", "strasse", "fine", "message", "xxx", "École"])]),
    include_tags=st.lists(FILTERS, max_size=2).map(tuple),
    include_all_tags=st.booleans(),
    exclude_tags=st.lists(FILTERS, max_size=1).map(tuple),
    starts_only=st.booleans(),
    reach=st.sampled_from([UNRESTRICTED, Restriction(frozenset({"bkt_b"}))]),
    after=st.none() | st.builds(Position, MOMENTS.map(Instant), st.sampled_from(["", "evt_2", "evt_z"])),
    limit=st.sampled_from([1, 2, 5, 25]),
)
PAGE_SIZES = st.sampled_from([None, None, 1, 2, 3, 10])


async def all_pages(apica: FakeApica, query: EventQuery, limits: ExchangeLimits) -> list[Event]:
    found: list[Event] = []
    async with reader(apica, limits) as events:
        for _ in range(MOST_PAGES):
            asked = len(apica.asked)
            page = await events.find(ACCOUNT, query)
            assert len(apica.asked) - asked <= MOST_REQUESTS
            assert len(page.events) <= query.limit
            found += page.events
            if page.following is None:
                return found
            assert query.after is None or (page.following.started_at, page.following.sid) < (
                query.after.started_at,
                query.after.sid,
            )
            query = replace(query, after=page.following)
    raise AssertionError("there is no end to the pages")


def expected(rows: Sequence[Row], query: EventQuery) -> list[Event]:
    tagged = [replace(event, tags=TAGS.get(event.check.id)) for event in shown(rows) if event.check]
    page = brute_force.find(tagged, replace(query, limit=10_000), {})
    return [replace(event, tags=None) for event in page.events]


@given(TIMELINES, QUERIES, PAGE_SIZES)
@settings(max_examples=300)
async def test_all_pages_are_all_that_the_query_means(rows: list[Row], query: EventQuery, page_size: int | None):
    apica = FakeApica(rows, TAGS, page_size)
    assert await all_pages(apica, query, ExchangeLimits()) == expected(rows, query)


@given(TIMELINES, QUERIES, st.integers(5, 40))
@settings(max_examples=150)
async def test_answers_that_are_too_large_change_nothing(rows: list[Row], query: EventQuery, most_rows: int):
    """As many rows as one second ever has are read."""
    largest = max([most_rows, *_busiest(rows)]) * (ROW_BYTES + 300)
    apica = FakeApica(rows, TAGS)
    assert await all_pages(apica, query, ExchangeLimits(largest_answer_bytes=largest)) == expected(rows, query)


def _busiest(rows: Sequence[Row]) -> list[int]:
    seconds = [one["time_stamp_utc"][:19] for one in rows]
    return [seconds.count(second) for second in seconds]


@given(TIMELINES, PAGE_SIZES)
async def test_every_event_that_is_listed_is_got_by_its_sid(rows: list[Row], page_size: int | None):
    apica = FakeApica(rows[:12], page_size=page_size)
    async with reader(apica) as events:
        for event in shown(apica.rows):
            assert await events.get(ACCOUNT, event.sid) == event


async def test_a_page_that_the_first_window_fills_takes_one_request():
    apica = FakeApica([row(NOW - number * HOUR) for number in range(30)])
    async with reader(apica) as events:
        page = await events.find(ACCOUNT, EventQuery(limit=10))
        assert page.following == Position.of(page.events[-1])
    assert len(apica.asked) == 1


async def test_an_empty_past_takes_seven_requests():
    apica = FakeApica()
    async with reader(apica) as events:
        page = await events.find(ACCOUNT, EventQuery())
    assert (page.events, page.following) == ((), None)
    froms = [dict(asked).get("milliseconds_utc_from") for asked in apica.asked]
    starts = [str(NOW + SECOND - length * DAY) for length in (1, 5, 21, 85, 341, 1365)]
    assert froms == [*starts, None]


async def test_a_page_cut_short_says_where_to_go_on():
    rows = [row(NOW - number * SECOND) for number in range(3_000)]
    apica = FakeApica(rows)
    limits = ExchangeLimits(largest_answer_bytes=100 * ROW_BYTES)
    async with reader(apica, limits) as events:
        page = await events.find(ACCOUNT, EventQuery(check_id=2, message=fold("Straße"), limit=5))
        assert page.events == ()
        assert page.following is not None
        assert page.following.sid == ""
        assert page.following.started_at < NOW
    assert len(apica.asked) == MOST_REQUESTS


async def test_a_second_that_is_too_large_is_an_error_and_not_a_gap():
    apica = FakeApica([row(event_message=f"{number}") for number in range(200)])
    limits = ExchangeLimits(largest_answer_bytes=100 * ROW_BYTES)
    async with reader(apica, limits) as events:
        with pytest.raises(AnswerTooLarge, match=r"^Apica answered more than 24,000 bytes"):
            await events.find(ACCOUNT, EventQuery())
        with pytest.raises(AnswerTooLarge):
            await events.get(ACCOUNT, shown(apica.rows)[0].sid)


async def test_an_answer_that_takes_too_long_leaves_what_came_before_it_to_be_shown():
    apica = FakeApica([row(NOW - number * 12 * HOUR) for number in range(60)])

    async def answer(request: httpx2.Request) -> httpx2.Response:
        if len(apica.asked) % 3 == 2:
            apica.asked.append([])
            await anyio.sleep_forever()
        return apica(request)

    async with reader(answer, budget_seconds=0.3) as events:
        laid_over = OverlaidEvents(ListedEvents([]), [Source("slow", events, ACCOUNT)])
        query, found, sizes = EventQuery(limit=50, start=days(30)), list[Event](), list[int]()
        while not sizes or query.after is not None:
            page = await laid_over.find(ACCOUNT, query)
            assert page.missing == ()
            sizes.append(len(page.events))
            found += page.events
            query = replace(query, after=page.following)
    assert found == shown(apica.rows)
    assert sizes[:3] == [10, 10, 10]


async def test_where_nothing_comes_in_time_it_is_said():
    async def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.params.get("cursor"):
            await anyio.sleep_forever()
        return httpx2.Response(200, json=[row()], headers={"link": '<?cursor=1>; rel="next"'})

    async with reader(answer, budget_seconds=0.1) as events:
        with pytest.raises(Unavailable, match="Apica answers too slowly for this to be read"):
            await events.find(ACCOUNT, EventQuery())


class ByThread(frozenset[EventType]):
    """Tells in which threads it was looked into."""

    threads: ClassVar[set[int]] = set()

    def __contains__(self, one: object) -> bool:
        self.threads.add(threading.get_ident())
        return super().__contains__(one)


@pytest.mark.parametrize(("count", "here"), [(1_000, True), (1_001, False)])
async def test_a_large_answer_is_looked_through_in_a_thread(count: int, here: bool):
    apica = FakeApica([row(NOW - number * 10) for number in range(count)])
    types = ByThread(EventType)
    types.threads.clear()
    async with reader(apica) as events:
        assert len((await events.find(ACCOUNT, EventQuery(types=types))).events) == 25
    assert (threading.get_ident() in types.threads) is here
    assert len(types.threads) == 1


async def test_another_milepost_s_cursor_is_all_that_is_taken_of_its_link():
    apica = FakeApica([row(NOW - number) for number in range(25)], page_size=10)
    async with reader(apica) as events:
        page = await events.find(ACCOUNT, EventQuery(check_id=2, start=Instant(NOW - HOUR), limit=100))
    assert list(page.events) == shown(apica.rows)
    first, *others = apica.asked
    assert others == [[*first, ("cursor", "10")], [*first, ("cursor", "20")]]


async def test_thousands_of_rows_in_one_answer_are_read_like_few():
    apica = FakeApica([row(NOW - number // 3 * SECOND) for number in range(3_000)])
    async with reader(apica) as events:
        page = await events.find(ACCOUNT, EventQuery(limit=100))
        assert list(page.events) == shown(apica.rows)[:100]
        assert await events.get(ACCOUNT, page.events[50].sid) == page.events[50]


async def test_pages_that_are_given_up_go_on_with_the_second_that_was_not_complete():
    apica = FakeApica([row(NOW - number * 700) for number in range(60)], page_size=2)
    found = await all_pages(apica, EventQuery(limit=50), ExchangeLimits())
    assert found == shown(apica.rows)
    assert len(apica.asked) > MOST_REQUESTS


async def test_a_page_that_holds_all_there_is_is_the_last():
    apica = FakeApica([row(NOW - number * DAY) for number in range(5)])
    async with reader(apica) as events:
        page = await events.find(ACCOUNT, EventQuery(limit=5))
    assert len(page.events) == 5
    assert page.following is None


async def test_sids_are_those_of_the_newest_events():
    apica = FakeApica([row(NOW - number * HOUR) for number in range(150)])
    newest = [event.sid for event in shown(apica.rows)]
    async with reader(apica) as events:
        assert await events.sids(ACCOUNT, "", 1_000, UNRESTRICTED) == tuple(newest[:100])
        assert await events.sids(ACCOUNT, newest[3], 10, UNRESTRICTED) == (newest[3],)
        assert await events.sids(ACCOUNT, "evt_", 2, UNRESTRICTED) == tuple(newest[:2])
        assert await events.sids(ACCOUNT, "tok_", 2, UNRESTRICTED) == ()
