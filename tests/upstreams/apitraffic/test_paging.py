"""A list is read by time, and is exact for it, or an error."""

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import anyio
import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.domain.cursor import Cursor, decode_cursor
from milepost.domain.errors import Broken, Invalid, NotFound
from milepost.domain.event import Event, EventType, Severity
from milepost.domain.instant import SECOND, Instant
from milepost.domain.ports import EventReader
from milepost.domain.query import EventPage, EventQuery, Position
from milepost.domain.scope import UNRESTRICTED, Restriction, Scope
from milepost.upstreams.apitraffic.answers import TooManyAtOnce
from milepost.upstreams.apitraffic.reader import COMPLETION_REQUESTS
from milepost.upstreams.apitraffic.record import version_of
from milepost.upstreams.apitraffic.timeline import TimelineLimits
from milepost.upstreams.overlay import OverlaidEvents
from milepost.upstreams.sources import Source
from tests.contracts.samples import ACCOUNT, make
from tests.stores.brute_force import meets
from tests.upstreams.apitraffic.documented import NOW, DocumentedApi, Record, adapter, refusal
from tests.upstreams.listed import ListedEvents

MOST_PAGES = 300
FEW = TimelineLimits(events=5, requests=3)
SCOPE_SIDS = st.sampled_from([("*",), ("a",), ("b",), ("a", "b")])


def shown(event: Event) -> Event:
    return replace(event, version=version_of(event))


def expected(events: list[Event], query: EventQuery) -> list[Event]:
    found = [shown(event) for event in events if meets(event, query, {})]
    return sorted(found, key=lambda event: (event.started_at, event.sid.encode()), reverse=True)


async def turned(reader: EventReader, query: EventQuery) -> list[EventPage]:
    """All pages, the place of each taken through a cursor, as a client does."""
    pages: list[EventPage] = []
    for _ in range(MOST_PAGES):
        page = await reader.find(ACCOUNT, query)
        assert len(page.events) <= query.limit
        pages.append(page)
        if page.following is None:
            return pages
        cursor = Cursor(Instant(0), page.following, bytes(8)).encode()
        query = replace(query, after=decode_cursor(cursor, bytes(8)).after)
    raise AssertionError("there is no end to the pages")


async def listed(reader: EventReader, query: EventQuery) -> list[Event]:
    return [event for page in await turned(reader, query) for event in page.events]


def at_random(seed: int) -> Callable[[list[Record]], list[Record]]:
    """Newest first, and those of one moment in any order, another one each time."""
    chance = Random(seed)

    def order(records: list[Record]) -> list[Record]:
        return sorted(records, key=lambda record: (record["startedAt"], chance.random()), reverse=True)

    return order


@st.composite
def timelines(draw: st.DrawFn) -> list[Event]:
    """Up to three events a moment, moments as near as they can be to each other without more than fits into an answer."""
    moments = draw(
        st.lists(st.tuples(st.integers(0, 40), st.integers(1, 3)), max_size=25, unique_by=lambda one: one[0])
    )
    numbers = iter(draw(st.permutations(range(75))))
    return [
        make(
            sid=f"evt_{next(numbers):02}",
            type=draw(st.sampled_from(EventType)),
            source=draw(st.sampled_from([None, "ci"])),
            severity=draw(st.sampled_from([None, *Severity])),
            scope=Scope(draw(SCOPE_SIDS), draw(SCOPE_SIDS)),
            started_at=Instant(2 * moment),
            ended_at=draw(st.none() | st.integers(2 * moment, 90).map(Instant)),
        )
        for moment, count in moments
        for _ in range(count)
    ]


QUERIES = st.builds(
    EventQuery,
    types=st.frozensets(st.sampled_from(EventType), max_size=2),
    start=st.none() | st.integers(0, 80).map(Instant),
    end=st.none() | st.integers(0, 80).map(Instant),
    bucket_sid=st.none() | st.sampled_from("abc"),
    environment_sid=st.none() | st.sampled_from("abc"),
    ongoing=st.none() | st.booleans(),
    source=st.none() | st.just("ci"),
    severities=st.frozensets(st.sampled_from(Severity), max_size=2),
    starts_only=st.booleans(),
    reach=st.builds(
        Restriction,
        st.none() | st.frozensets(st.sampled_from("abc"), max_size=2),
        st.none() | st.frozensets(st.sampled_from("abc"), max_size=2),
    ),
    limit=st.integers(1, 9),
)


@settings(max_examples=150)
@given(timelines(), QUERIES, st.booleans(), st.integers(0, 2**32), st.integers(1, 3))
async def test_pages_are_what_a_query_means(
    events: list[Event], query: EventQuery, end_included: bool, seed: int, requests: int
) -> None:
    api = DocumentedApi(end_included=end_included, order=at_random(seed))
    api.hold(*events)
    reader = adapter(api.answer, limits=TimelineLimits(events=5, requests=requests))
    pages = await turned(reader, query)
    assert [event for page in pages for event in page.events] == expected(events, query)
    assert len(api.requests) <= len(pages) * requests


@given(st.lists(st.integers(0, 12), max_size=40), st.integers(1, 9), st.booleans())
async def test_moments_of_any_crowd_are_listed_right_or_are_an_error(
    moments: list[int], limit: int, end_included: bool
) -> None:
    api = DocumentedApi(end_included=end_included)
    events = [make(sid=f"evt_{number:02}", started_at=Instant(moment)) for number, moment in enumerate(moments)]
    api.hold(*events)
    fits = all(moments.count(moment) + moments.count(moment + 1) < FEW.events for moment in moments)
    try:
        assert await listed(adapter(api.answer, limits=FEW), EventQuery(limit=limit)) == expected(events, EventQuery())
    except TooManyAtOnce:
        assert not fits


async def test_a_page_that_few_requests_cannot_fill_says_where_to_go_on() -> None:
    api = DocumentedApi()
    api.hold(*(make(sid=f"evt_{number:03}", started_at=Instant(number * SECOND)) for number in range(300)))
    api.hold(make(sid="evt_last", started_at=Instant(7), source="ci"))
    pages = await turned(adapter(api.answer, limits=TimelineLimits(events=20, requests=3)), EventQuery(source="ci"))
    assert [len(page.events) for page in pages[:-1]] == [0] * (len(pages) - 1)
    assert [event.sid for event in pages[-1].events] == ["evt_last"]
    assert pages[0].following == Position(Instant(242 * SECOND + 1), "")
    assert len(api.requests) <= 3 * len(pages)


async def test_reading_ends_with_the_page() -> None:
    api = DocumentedApi()
    api.hold(*(make(started_at=Instant(number * SECOND)) for number in range(300)))
    page = await adapter(api.answer).find(ACCOUNT, EventQuery(limit=25))
    assert (len(page.events), len(api.requests)) == (25, 1)


async def test_reading_ends_with_the_window_where_starts_count() -> None:
    api = DocumentedApi()
    api.hold(*(make(started_at=Instant(number * SECOND)) for number in range(300)))
    query = EventQuery(start=Instant(290 * SECOND), starts_only=True)
    assert len(await listed(adapter(api.answer), query)) == 10
    assert len(api.requests) == 1


async def test_an_answer_that_takes_too_long_leaves_what_came_before_it_to_be_shown() -> None:
    api = DocumentedApi()
    events = [make(started_at=Instant(number * SECOND)) for number in range(60)]
    api.hold(*events)

    async def answer(request: httpx2.Request) -> httpx2.Response:
        response = api.answer(request)
        if len(api.requests) % 3 == 0:
            await anyio.sleep_forever()
        return response

    source = adapter(answer, limits=TimelineLimits(events=10, requests=5, seconds=0.3))
    laid_over = OverlaidEvents(ListedEvents([]), [Source("slow", source, ACCOUNT)])
    pages = await turned(laid_over, EventQuery(limit=50))
    assert [len(page.events) for page in pages] == [18, 18, 18, 6]
    assert [event for page in pages for event in page.events] == expected(events, EventQuery())
    assert [page.missing for page in pages] == [()] * 4


async def test_little_is_read_before_the_start_of_a_window_at_once_and_all_in_the_end() -> None:
    api = DocumentedApi()
    inside = [make(started_at=Instant(number * SECOND)) for number in range(290, 300)]
    before = [make(started_at=Instant(number * SECOND)) for number in range(290)]
    reaching = make(sid="evt_long", started_at=Instant(7), ended_at=Instant(295 * SECOND))
    api.hold(*inside, *before, reaching)
    query = EventQuery(start=Instant(290 * SECOND), limit=25)
    pages = await turned(adapter(api.answer, limits=TimelineLimits(events=20)), query)
    assert [event for page in pages for event in page.events] == expected([*inside, reaching], query)
    assert len(pages[0].events) == 10
    assert pages[0].following == Position(Instant(242 * SECOND + 1), "")
    assert len(api.requests) <= 3 + 2 * (len(pages) - 1)


UNREADABLE: list[dict[str, Any]] = [{"type": "SECRET"}, {"createdAt": None}, {"name": 7}, {"metadata": "SECRET"}]


@pytest.mark.parametrize("wrong", UNREADABLE)
async def test_an_unreadable_record_is_left_out_and_counted_and_paging_stays_exact(wrong: dict[str, Any]) -> None:
    api = DocumentedApi()
    events = [make(sid=f"evt_{number:02}", started_at=Instant(number * SECOND)) for number in range(30)]
    api.hold(*events)
    for number in (0, 4, 12, 13, 29):
        api.touch(f"evt_{number:02}", **wrong)
    readable = [event for number, event in enumerate(events) if number not in (0, 4, 12, 13, 29)]
    pages = await turned(adapter(api.answer, limits=TimelineLimits(events=5, requests=1)), EventQuery(limit=9))
    assert [event for page in pages for event in page.events] == expected(readable, EventQuery())
    said = [one for page in pages for one in page.missing]
    assert {one.source for one in said} == {"apitraffic:api.test"}
    assert [one.reason for one in said] == [
        "1 event can't be understood and is left out",
        "2 events can't be understood and are left out",
        "1 event can't be understood and is left out",
        "1 event can't be understood and is left out",
    ]


@pytest.mark.parametrize("odd", [None, "SECRET", [], {}, {"sid": "evt_1", "startedAt": "SECRET"}])
async def test_a_record_without_a_moment_is_passed_over(odd: Any) -> None:
    api = DocumentedApi()
    events = [make(started_at=Instant(number)) for number in range(30)]
    api.hold(*events)

    def answer(request: httpx2.Request) -> httpx2.Response:
        content = json.loads(api.answer(request).content)
        return httpx2.Response(200, json=content | {"records": [odd, *content["records"], odd]})

    pages = await turned(adapter(answer, limits=FEW), EventQuery(limit=50))
    assert [event for page in pages for event in page.events] == expected(events, EventQuery())
    assert all("left out" in page.missing[0].reason for page in pages)


async def test_a_full_answer_without_a_readable_moment_is_broken() -> None:
    answer: dict[str, Any] = {"hasMore": True, "records": [{"name": "SECRET"}, None]}
    with pytest.raises(Broken, match="no events whose moments can be read, and yet more of them") as raised:
        await adapter(lambda _: httpx2.Response(200, json=answer)).find(ACCOUNT, EventQuery())
    assert "SECRET" not in str(raised.value)


async def test_an_unreadable_record_out_of_reach_is_not_told_of() -> None:
    api = DocumentedApi()
    api.hold(make(sid="evt_1", scope=Scope(("b",))), make(sid="evt_2", scope=Scope(("a",))), make(sid="evt_3"))
    for sid in api.records:
        api.touch(sid, type="SECRET")
    api.touch("evt_3", bucketSids="SECRET")
    within = {"a": "1 event can't", "c": None}
    for sid, said in within.items():
        page = await adapter(api.answer).find(ACCOUNT, EventQuery(reach=Restriction(frozenset({sid, "z"}))))
        assert [one.reason[: len(said or "")] for one in page.missing] == ([said] if said else [])
    assert (await adapter(api.answer).find(ACCOUNT, EventQuery())).missing[0].reason.startswith("3 events can't")


@pytest.mark.parametrize("end_included", [True, False])
async def test_more_events_at_one_moment_than_an_answer_holds_are_an_error_that_tells_neither_when_nor_how_many(
    end_included: bool,
) -> None:
    api = DocumentedApi(end_included=end_included)
    api.hold(*(make(started_at=Instant(1_705_320_000_000)) for _ in range(101)))
    with pytest.raises(TooManyAtOnce) as raised:
        await listed(adapter(api.answer), EventQuery())
    assert str(raised.value) == (
        "apitraffic:api.test has more events at one moment than its API lists; ask for another time, or for one type, "
        "bucket or environment"
    )
    assert len(api.requests) == 2


async def test_as_many_events_at_one_moment_as_an_answer_holds_are_listed() -> None:
    api = DocumentedApi()
    events = [make(started_at=Instant(5)) for _ in range(100)]
    api.hold(*events)
    assert await listed(adapter(api.answer), EventQuery(limit=7)) == expected(events, EventQuery())


def oldest_first(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record["startedAt"])


async def test_another_order_is_put_right_where_it_can_be() -> None:
    api = DocumentedApi(order=oldest_first)
    events = [make(started_at=Instant(number)) for number in range(100)]
    api.hold(*events)
    assert await listed(adapter(api.answer), EventQuery(limit=30)) == expected(events, EventQuery())


async def test_another_order_is_an_error_where_paging_could_not_be_exact() -> None:
    api = DocumentedApi(order=oldest_first)
    api.hold(*(make(started_at=Instant(number)) for number in range(101)))
    with pytest.raises(Broken, match="don't come newest first"):
        await adapter(api.answer).find(ACCOUNT, EventQuery())


async def test_an_upstream_that_disregards_the_end_is_an_error() -> None:
    api = DocumentedApi()
    api.hold(*(make(started_at=Instant(number * SECOND)) for number in range(200)))

    def disregard(request: httpx2.Request) -> httpx2.Response:
        return api.answer(httpx2.Request("GET", request.url.copy_remove_param("endTime")))

    with pytest.raises(Broken, match="beyond the endTime"):
        await adapter(disregard).find(ACCOUNT, EventQuery(end=Instant(9)))


async def test_more_events_without_any_are_an_error() -> None:
    answer: dict[str, Any] = {"hasMore": True, "records": []}
    with pytest.raises(Broken, match="no events, and yet more of them"):
        await adapter(lambda _: httpx2.Response(200, json=answer)).find(ACCOUNT, EventQuery())


async def test_an_event_that_moves_while_it_is_read_is_not_doubled() -> None:
    api = DocumentedApi()
    api.hold(*(make(sid=f"evt_{number:02}", started_at=Instant(number * SECOND)) for number in range(20)))

    def move(_: httpx2.Request) -> None:
        if len(api.requests) == 2:
            api.touch("evt_19", startedAt="1970-01-01T00:00:00.001Z")

    api.mood = move
    page = await adapter(api.answer, limits=TimelineLimits(events=10, requests=5)).find(ACCOUNT, EventQuery(limit=50))
    assert [event.sid for event in page.events].count("evt_19") == 1
    assert len(page.events) == 20


@pytest.mark.parametrize("status", [400, 422])
async def test_a_list_that_the_upstream_refuses_is_said_to_be_refused(status: int) -> None:
    with pytest.raises(Invalid, match=rf"refuses to look for this \(status {status}\)") as raised:
        await adapter(lambda _: refusal(status)).find(ACCOUNT, EventQuery(bucket_sid="b"))
    assert "VENDOR" not in str(raised.value)


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_a_place_that_the_upstream_does_not_know_is_looked_for_without_its_help(status: int) -> None:
    api = DocumentedApi(mood=lambda request: refusal(status) if "bucketSid" in request.url.params else None)
    events = [make(scope=Scope((sid,)), source="ci") for sid in ("*", "a", "b")]
    api.hold(*events)
    query = EventQuery(bucket_sid="a")
    assert await listed(adapter(api.answer), query) == expected(events, query)
    assert len(api.requests) == 2
    assert await adapter(api.answer).sources(ACCOUNT, "", 5, Restriction(frozenset({"a"}))) == ("ci",)


async def test_an_account_that_the_upstream_does_not_know_is_not_found() -> None:
    with pytest.raises(NotFound, match=f"no account {ACCOUNT}"):
        await adapter(lambda _: refusal(404)).find(ACCOUNT, EventQuery())


async def test_completion_goes_by_the_newest_events() -> None:
    api = DocumentedApi()
    api.hold(*(make(sid=f"evt_{n:03}", started_at=Instant(n * SECOND), source=f"s{n:03}") for n in range(300)))
    reader = adapter(api.answer)
    assert await reader.sids(ACCOUNT, "evt_2", 3, UNRESTRICTED) == ("evt_299", "evt_298", "evt_297")
    assert len(api.requests) == 1
    assert await reader.sources(ACCOUNT, "s0", 3, UNRESTRICTED) == ()
    assert len(api.requests) == 1 + COMPLETION_REQUESTS
    assert COMPLETION_REQUESTS == 2


async def test_completion_makes_do_where_too_many_lie_at_one_moment() -> None:
    api = DocumentedApi()
    api.hold(make(started_at=NOW, source="late"), *(make(started_at=Instant(5), source="early") for _ in range(150)))
    assert await adapter(api.answer).sources(ACCOUNT, "", 5, UNRESTRICTED) == ("late",)


async def test_another_event_than_was_asked_for_is_broken() -> None:
    api = DocumentedApi()
    api.hold(make(sid="evt_1"))
    answer = api.records["evt_1"]
    with pytest.raises(Broken, match="another event"):
        await adapter(lambda _: httpx2.Response(200, json=answer)).get(ACCOUNT, "evt_2")
