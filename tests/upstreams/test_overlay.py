from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.cursor import Cursor, decode_cursor
from milepost.domain.errors import NotFound, ReadOnly, Unavailable
from milepost.domain.event import Event
from milepost.domain.instant import Instant
from milepost.domain.query import EventPage, EventQuery, Missing, Position
from milepost.domain.scope import UNRESTRICTED
from milepost.domain.tags import TagFilter, TagId
from milepost.upstreams.overlaid_writer import OverlaidWriter
from milepost.upstreams.overlay import OverlaidEvents
from milepost.upstreams.sources import Source
from tests.contracts.samples import ACCOUNT, BY, make
from tests.contracts.writers import sqlite_writer
from tests.upstreams.listed import ListedEvents, answers

UPSTREAM_ACCOUNT = "acc_upstream"
MOST_PAGES = 400
AT_ONCE = 0.02
"""A deadline for sources that never answer."""

Mood = Callable[[], str]


def overlay(own: list[Event], *sources: ListedEvents, deadline_seconds: float = 5.0) -> OverlaidEvents:
    named = [Source(f"source {number}", reader, UPSTREAM_ACCOUNT) for number, reader in enumerate(sources, 1)]
    return OverlaidEvents(ListedEvents(own), named, deadline_seconds)


def upstream(*events: Event, mood: Mood = answers) -> ListedEvents:
    return ListedEvents([replace(event, account_sid=UPSTREAM_ACCOUNT) for event in events], mood)


def at(moment: int, **fields: Any) -> Event:
    return make(started_at=Instant(moment), **fields)


def in_order(events: list[Event]) -> list[str]:
    return [event.sid for event in sorted(events, key=lambda event: (event.started_at, event.sid), reverse=True)]


async def turned(reader: OverlaidEvents, query: EventQuery) -> list[EventPage]:
    """All pages, the place of each taken through a cursor, as a client does."""
    pages: list[EventPage] = []
    for _ in range(MOST_PAGES):
        page = await reader.find(ACCOUNT, query)
        assert len(page.events) <= query.limit
        assert [event.sid for event in page.events] == in_order(list(page.events))
        pages.append(page)
        if page.following is None:
            return pages
        cursor = decode_cursor(Cursor(Instant(0), page.following, bytes(8)).encode(), bytes(8))
        query = replace(query, after=cursor.after)
    raise AssertionError("there is no end to the pages")


MOMENTS = st.integers(0, 12).map(lambda number: Instant(number * 1_000))
TIMELINE = st.lists(st.tuples(MOMENTS, st.integers(0, 3)), max_size=60)
"""Moments, and which of up to four sources holds the event."""


@st.composite
def timelines(draw: st.DrawFn) -> list[list[Event]]:
    """The events of one to four sources, their sids all different and in no order of time."""
    count = draw(st.integers(1, 4))
    numbers = draw(st.permutations(range(60)))
    held: list[list[Event]] = [[] for _ in range(count)]
    for number, (moment, which) in zip(numbers, draw(TIMELINE), strict=False):
        held[which % count].append(make(sid=f"evt_{number:02}", started_at=moment))
    return held


@given(timelines(), st.integers(1, 9), st.integers(0, 2**32))
async def test_pages_of_any_size_are_all_events_in_order(held: list[list[Event]], limit: int, seed: int) -> None:
    own, *others = held
    chance = Random(seed)

    def mood() -> str:
        return chance.choice(["answers", "stops short"])

    pages = await turned(overlay(own, *(upstream(*events, mood=mood) for events in others)), EventQuery(limit=limit))
    assert [event.sid for page in pages for event in page.events] == in_order([event for one in held for event in one])
    assert {event.account_sid for page in pages for event in page.events} <= {ACCOUNT}


@given(timelines(), st.integers(1, 9), st.integers(0, 2**32))
async def test_sources_that_fail_at_times_lose_nothing_and_double_nothing(
    held: list[list[Event]], limit: int, seed: int
) -> None:
    own, *others = held
    chance = Random(seed)

    def mood() -> str:
        return chance.choice(["answers", "fails", "stops short"])

    pages = await turned(overlay(own, *(upstream(*events, mood=mood) for events in others)), EventQuery(limit=limit))
    found = [event.sid for page in pages for event in page.events]
    assert len(set(found)) == len(found)
    everything = [event.sid for events in held for event in events]
    assert set(found) <= set(everything)
    failed_at_last = {one.source for one in pages[-1].missing}
    owed = [
        event.sid for number, events in enumerate(held) for event in events if f"source {number}" not in failed_at_last
    ]
    assert set(owed) <= set(found)
    if not failed_at_last:
        assert sorted(found) == sorted(everything)
    if not any(page.missing for page in pages):
        assert found == in_order([event for one in held for event in one])


async def test_a_source_that_fails_is_named_and_the_rest_still_comes() -> None:
    reader = overlay([at(1)], upstream(at(2), mood=lambda: "fails"), upstream(at(3)))
    page = await reader.find(ACCOUNT, EventQuery())
    assert [event.started_at for event in page.events] == [3, 1]
    assert page.missing == (Missing("source 1", "it is away"),)
    assert page.following is None


async def test_a_source_that_never_answers_is_given_up_and_named() -> None:
    reader = overlay([at(1)], upstream(at(2), mood=lambda: "hangs"), deadline_seconds=AT_ONCE)
    page = await reader.find(ACCOUNT, EventQuery())
    assert [event.started_at for event in page.events] == [1]
    assert page.missing == (Missing("source 1", "source 1 didn't answer within 0.02 seconds"),)


async def test_one_that_never_answered_is_left_alone_for_a_while_and_named() -> None:
    source = upstream(at(2), mood=lambda: "hangs")
    reader = overlay([at(1)], source, deadline_seconds=AT_ONCE)
    await reader.find(ACCOUNT, EventQuery())
    page = await reader.find(ACCOUNT, EventQuery())
    [missing] = page.missing
    assert missing.reason.startswith("source 1 didn't answer in time; it is asked again in ")
    assert await reader.sids(ACCOUNT, "evt_", 5, UNRESTRICTED) == (page.events[0].sid,)
    assert len(source.calls) == 1
    rested = OverlaidEvents(ListedEvents([]), [Source("s", source, UPSTREAM_ACCOUNT)], AT_ONCE, rest_seconds=0.0)
    for _ in range(2):
        [one] = (await rested.find(ACCOUNT, EventQuery())).missing
        assert one.reason == "s didn't answer within 0.02 seconds"


async def test_what_a_source_owes_comes_when_it_is_back() -> None:
    moods = iter(["fails", *["answers"] * 9])
    own = [at(number) for number in range(10, 0, -2)]
    owed = [at(number) for number in (9, 7, 1)]
    pages = await turned(overlay(own, upstream(*owed, mood=lambda: next(moods))), EventQuery(limit=2))
    assert [[event.started_at for event in page.events] for page in pages] == [[10, 8], [9, 7], [6, 4], [2, 1]]
    assert [bool(page.missing) for page in pages] == [True, False, False, False]


async def test_the_own_store_has_to_answer() -> None:
    reader = OverlaidEvents(ListedEvents([], lambda: "fails"), [Source("source", upstream(at(1)), UPSTREAM_ACCOUNT)])
    for question in (
        reader.find(ACCOUNT, EventQuery()),
        reader.sources(ACCOUNT, "", 5, UNRESTRICTED),
        reader.get(ACCOUNT, "evt_1"),
    ):
        with pytest.raises(Unavailable):
            await question


async def test_what_two_sources_hold_alike_is_one_event() -> None:
    twin = at(5, sid="evt_twin", name="mine")
    reader = overlay([twin], upstream(replace(twin, name="theirs"), at(5, sid="evt_other")))
    for limit in (1, 2, 25):
        pages = await turned(reader, EventQuery(limit=limit))
        assert [event.name for page in pages for event in page.events if event.sid == "evt_twin"] == ["mine"]
        assert sum(len(page.events) for page in pages) == 2


async def test_a_source_that_has_given_everything_is_not_asked_again() -> None:
    source = upstream(at(20), at(19))
    await turned(overlay([at(number) for number in range(10)], source), EventQuery(limit=4))
    assert [query.after for query in source.calls] == [None]


async def test_one_event_is_got_from_whoever_has_it() -> None:
    event = at(1)
    well, ill = upstream(event), upstream(mood=lambda: "fails")
    assert await overlay([event]).get(ACCOUNT, event.sid) == event
    assert await overlay([], ill, well).get(ACCOUNT, event.sid) == event
    with pytest.raises(NotFound):
        await overlay([], well).get(ACCOUNT, "evt_none")
    with pytest.raises(Unavailable, match="it is away"):
        await overlay([], ill, well).get(ACCOUNT, "evt_none")


async def test_completion_goes_on_without_a_source_that_fails() -> None:
    own, other = at(1, source="ci"), at(2, source="cd")
    reader = overlay([own], upstream(mood=lambda: "fails"), upstream(other, own))
    assert await reader.sources(ACCOUNT, "c", 5, UNRESTRICTED) == ("ci", "cd")
    assert await reader.sids(ACCOUNT, "evt_", 5, UNRESTRICTED) == (other.sid, own.sid)
    assert await reader.sids(ACCOUNT, "evt_", 1, UNRESTRICTED) == (other.sid,)


async def test_a_place_in_the_own_store_is_enough_where_all_are_alike() -> None:
    page = await overlay([at(1), at(3)], upstream(at(2), at(0))).find(ACCOUNT, EventQuery(limit=2))
    assert page.following == Position(Instant(2), page.events[-1].sid)


async def test_tag_ids_are_the_own_stores_and_are_not_sent_elsewhere() -> None:
    source = upstream(at(2))
    page = await overlay([at(1)], source).find(ACCOUNT, EventQuery(exclude_tags=(TagFilter(TagId(7), ()),)))
    assert source.calls == []
    assert [one.source for one in page.missing] == ["source 1"]
    assert "knows no tag ids" in page.missing[0].reason


async def test_whoever_may_not_see_an_event_of_a_source_is_not_told_of_it(tmp_path: Path) -> None:
    event = at(1)

    def hidden(found: Event) -> Event:
        raise NotFound("event", found.sid)

    async with sqlite_writer(tmp_path) as own:
        writer = OverlaidWriter(own, overlay([], upstream(event)))
        with pytest.raises(ReadOnly, match="one of source 1, which is only read here"):
            await writer.change(ACCOUNT, event.sid, lambda found: found, BY)
        with pytest.raises(NotFound):
            await writer.change(ACCOUNT, event.sid, hidden, BY)


async def test_what_is_missing_from_a_sources_own_page_is_named_too() -> None:
    inner = overlay([], upstream(at(2), mood=lambda: "fails"))
    reader = OverlaidEvents(ListedEvents([at(1)]), [Source("outer", inner, ACCOUNT)])
    page = await reader.find(ACCOUNT, EventQuery())
    assert page.missing == (Missing("outer", "source 1: it is away"),)


async def test_what_a_source_says_of_itself_is_not_named_twice() -> None:
    inner = OverlaidEvents(ListedEvents([]), [Source("outer", upstream(mood=lambda: "fails"), UPSTREAM_ACCOUNT)])
    page = await OverlaidEvents(ListedEvents([]), [Source("outer", inner, ACCOUNT)]).find(ACCOUNT, EventQuery())
    assert page.missing == (Missing("outer", "it is away"),)
