"""What every reader promises. What should be found is told by going through all kept events, whatever a source shows of them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from milepost.domain.errors import NotFound
from milepost.domain.event import Event, EventType, Severity
from milepost.domain.instant import MINUTE, Instant
from milepost.domain.query import EventQuery, Position
from milepost.domain.scope import UNRESTRICTED, Restriction, Scope
from milepost.domain.tags import TagFilter
from milepost.domain.text import fold
from tests.contracts.kept import Kept
from tests.contracts.samples import ACCOUNT, OTHER, make
from tests.contracts.sources import Source
from tests.stores.brute_force import meets

MOST_PAGES = 200
SECOND, DAY = 1_000, 24 * 60 * MINUTE
BEGIN = 1_705_320_000 * SECOND


def at(seconds: float) -> Instant:
    """A moment that every source can tell from others: whole seconds in our days."""
    return Instant(BEGIN + round(seconds * SECOND))


def newest_first(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.started_at, event.sid.encode()), reverse=True)


def expected(kept: Sequence[Kept], query: EventQuery) -> list[Event]:
    """Every event that the query means, in order."""
    return newest_first(one.shown for one in kept if meets(one.found_by, query, {}))


async def pages(source: Source, query: EventQuery) -> list[Event]:
    """The events of all pages."""
    found: list[Event] = []
    for _ in range(MOST_PAGES):
        page = await source.reader.find(ACCOUNT, query)
        assert len(page.events) <= query.limit
        assert page.missing == ()
        found.extend(page.events)
        if page.following is None:
            return found
        query = replace(query, after=page.following)
    raise AssertionError("there is no end to the pages")


async def check(source: Source, kept: Sequence[Kept], /, **filters: Any) -> int:
    """Exactly what the query means is found, whatever the size of pages; returns how much that is."""
    query = EventQuery(**filters)
    events = expected(kept, query)
    for limit in (1, 3, 100):
        assert await pages(source, replace(query, limit=limit)) == events, filters
    return len(events)


async def test_an_event_is_got_as_it_is_found(source: Source) -> None:
    kept = await source.keep(make(started_at=at(1)), make(started_at=at(1)), make(started_at=at(2), name="x" * 256))
    for one in kept:
        assert await source.reader.get(ACCOUNT, one.shown.sid) == one.shown
    assert await pages(source, EventQuery()) == newest_first(one.shown for one in kept)


@pytest.mark.parametrize("sid", ["evt_none", "x", "evt_0ujtsYcgvSTl8PAuAdqWYSMnLOv", "evt_" + "z" * 27, "-" * 64])
async def test_an_event_that_is_not_there_is_not_found(source: Source, sid: str) -> None:
    await source.keep(make())
    with pytest.raises(NotFound):
        await source.reader.get(ACCOUNT, sid)


async def test_find_returns_newest_first_and_sids_by_their_bytes(source: Source) -> None:
    sids = ["a", "B", "_", "-", "0", "aa", "Z9"]
    kept = await source.keep(*(make(sid=sid, started_at=at(5)) for sid in sids), make(sid="first", started_at=at(6)))
    assert await check(source, kept) == 8


async def test_the_same_again_and_again_is_as_many_events(source: Source) -> None:
    same = make(name="Login failed", started_at=at(5))
    kept = await source.keep(*(replace(same, sid=f"evt_{number}") for number in range(7)))
    assert await check(source, kept) == 7
    assert len({one.shown.sid for one in kept}) == 7


async def test_every_event_is_on_one_page_though_others_are_added(source: Source) -> None:
    old = {one.shown.sid for one in await source.keep(*(make(started_at=at(number)) for number in range(20)))}
    seen: list[str] = []
    query = EventQuery(limit=3)
    for _ in range(MOST_PAGES):
        page = await source.reader.find(ACCOUNT, query)
        seen.extend(event.sid for event in page.events)
        if page.following is None:
            break
        query = replace(query, after=page.following)
        await source.keep(make(started_at=at(50)), make(started_at=at(5.5)))
    assert {sid for sid in seen if sid in old} == old
    assert len(set(seen)) == len(seen)


async def test_a_page_goes_on_from_any_moment(source: Source) -> None:
    kept = await source.keep(*(make(started_at=at(number // 2)) for number in range(8)))
    for seconds in (-1, 0, 2, 2.5, 9):
        for sid in ("", "evt_5", "~"):
            await check(source, kept, after=Position(at(seconds), sid))


async def test_events_long_ago_and_to_come_are_in_order(source: Source) -> None:
    days = [-15_000, -3_000, -400, -20, -1, 0, 0.5, 300]
    kept = await source.keep(*(make(started_at=at(day * 24 * 3600)) for day in days))
    assert await check(source, kept) == len(days)
    assert await check(source, kept, start=at(-400 * 24 * 3600), end=at(0)) == 4
    for kind in EventType:
        await check(source, kept, types=frozenset({kind}))


@pytest.mark.parametrize(
    ("start", "end"), [(100, 200), (101, 200), (151, None), (150, 150), (None, 99), (0, 90), (0, 89), (None, 100)]
)
async def test_a_window_touches_spans_at_both_ends(source: Source, start: int | None, end: int | None) -> None:
    kept = await source.keep(
        make(sid="point", started_at=at(100)),
        make(sid="span", started_at=at(90), ended_at=at(150)),
        make(sid="incident", type=EventType.INCIDENT, started_at=at(80), severity=Severity.ERROR),
    )
    window = {"start": None if start is None else at(start), "end": None if end is None else at(end)}
    await check(source, kept, **window)
    await check(source, kept, **window, starts_only=True)


@pytest.mark.parametrize("minutes", [0, 1, 2, 4, 5, 16, 17, 10_000, 500_000])
async def test_a_span_of_any_length_touches_a_window_at_its_last_moment(source: Source, minutes: int) -> None:
    last = at(minutes * 60)
    kept = await source.keep(make(started_at=at(0), ended_at=last), make(started_at=at(-1)))
    await check(source, kept, start=last)
    await check(source, kept, start=Instant(last + 1))


async def test_an_ongoing_incident_touches_everything_after_its_start(source: Source) -> None:
    kept = await source.keep(
        make(type=EventType.INCIDENT, started_at=at(5)),
        make(type=EventType.INCIDENT, started_at=at(5), ended_at=at(6)),
        make(started_at=at(5)),
    )
    for filters in (
        {"start": Instant(10**15)},
        {"end": at(4)},
        {"ongoing": True},
        {"ongoing": False},
        {"ongoing": True, "start": at(7), "end": at(8)},
    ):
        await check(source, kept, **filters)


async def test_a_scope_of_everywhere_is_found_by_any_place(source: Source) -> None:
    kept = await source.keep(
        make(started_at=at(1)),
        make(started_at=at(2), scope=Scope(("b1", "b2"), ("prod",))),
        make(started_at=at(3), scope=Scope(("b3",), ("dev",))),
    )
    await check(source, kept, bucket_sid="b1")
    await check(source, kept, bucket_sid="b9")
    await check(source, kept, bucket_sid="b2", environment_sid="dev")
    await check(source, kept, bucket_sid="b3", environment_sid="dev")


async def test_reach_narrows_whatever_else_is_asked(source: Source) -> None:
    kept = await source.keep(
        make(started_at=at(1)),
        make(started_at=at(2), scope=Scope(("b7", "x"), ("prod",))),
        make(started_at=at(3), scope=Scope(("y",), ("prod",))),
    )
    many = Restriction(buckets=frozenset(f"b{number}" for number in range(100)))
    await check(source, kept, reach=many)
    await check(source, kept, reach=Restriction(buckets=frozenset({"y"})))
    await check(source, kept, reach=many, bucket_sid="x")
    await check(source, kept, reach=many, bucket_sid="y")
    await check(source, kept, reach=Restriction(environments=frozenset({"dev"})))
    await check(source, kept, reach=Restriction(frozenset(), frozenset()))


async def test_what_is_equal_is_found(source: Source) -> None:
    kept = await source.keep(
        *(
            make(
                started_at=at(number),
                type=list(EventType)[number % 5],
                severity=[None, *Severity][number % 5],
                source=[None, "ci", "CI"][number % 3],
                dedup_key=f"run:{number}",
            )
            for number in range(15)
        )
    )
    for filters in (
        {"types": frozenset({EventType.INCIDENT, EventType.SCALE})},
        {"types": frozenset({EventType.CUSTOM})},
        {"severities": frozenset({Severity.ERROR, Severity.INFORMATION})},
        {"exclude_severities": frozenset({Severity.ERROR, Severity.FATAL})},
        {"exclude_severities": frozenset(Severity)},
        {"source": "ci"},
        {"dedup_key": "run:3"},
        {"dedup_key": "run"},
        {"source": "CI", "types": frozenset({EventType.DEPLOYMENT}), "start": at(3)},
    ):
        await check(source, kept, **filters)


async def test_substrings_are_found_folded_in_name_or_description(source: Source) -> None:
    kept = await source.keep(
        make(started_at=at(1), name="ÉCOLE de la Straße"),
        make(started_at=at(2), name="the ecole, 100%_", description="the école"),
        make(started_at=at(3), name="eco", description="le"),
    )
    for message in ("École", "STRASSE", "école de la strasse de", "ECO", '"quo" AND', "%_", "l'école"):
        await check(source, kept, message=fold(message))
    await check(source, kept, message="le", start=at(2))


async def test_tag_filters_name_keys_and_values(source: Source) -> None:
    kept = await source.keep(
        make(started_at=at(1), tags={"Environment": ("Prod",), "Team": ("a",)}),
        make(started_at=at(2), tags={"Environment": ("Dev", "Beta")}),
        make(started_at=at(3), tags={"Stage": ("Prod",)}),
        make(started_at=at(4)),
    )
    environment, any_prod = TagFilter("Environment", ()), TagFilter(None, ("Prod",))
    assert await check(source, kept, include_tags=(environment,)) == 2
    assert await check(source, kept, include_tags=(any_prod,)) == 2
    assert await check(source, kept, include_tags=(environment, any_prod)) == 3
    assert await check(source, kept, include_tags=(environment, any_prod), include_all_tags=True) == 1
    assert await check(source, kept, include_tags=(TagFilter("Environment", ("Prod", "Beta")),)) == 2
    assert await check(source, kept, include_tags=(environment,), exclude_tags=(any_prod,)) == 1
    assert await check(source, kept, exclude_tags=(TagFilter("Team", ("a", "b")),)) == 3


async def test_another_accounts_events_are_never_found(source: Source) -> None:
    kept = await source.keep(make(source="ci"))
    foreign = await source.keep(make(source="ci", account_sid=OTHER, description="secret"))
    assert await check(source, kept) == 1
    await check(source, kept, source="ci")
    assert await pages(source, EventQuery(message="secret")) == []
    for one in foreign:
        with pytest.raises(NotFound):
            await source.reader.get(ACCOUNT, one.shown.sid)
    assert (await source.reader.find("acc_none", EventQuery())).events == ()
    with pytest.raises(NotFound):
        await source.reader.get("acc_none", kept[0].shown.sid)


async def test_sources_complete_a_prefix_within_reach(source: Source) -> None:
    kept = await source.keep(
        make(source="github_actions"),
        make(source="gitlab"),
        make(source="jenkins", scope=Scope(("b1",))),
        make(source="github_secret", account_sid=OTHER),
    )
    for prefix, reach in (
        ("git", UNRESTRICTED),
        ("", UNRESTRICTED),
        ("", Restriction(frozenset({"b2"}))),
        ("", Restriction(frozenset({"b1"}))),
    ):
        seen = [one.shown for one in kept if one.shown.account_sid == ACCOUNT and reach.sees(one.shown.scope)]
        names = {event.source for event in seen if event.source is not None and event.source.startswith(prefix)}
        found = await source.reader.sources(ACCOUNT, prefix, 10, reach)
        assert set(found) == names
        assert len(found) == len(names)
    assert len(await source.reader.sources(ACCOUNT, "", 1, UNRESTRICTED)) <= 1


async def test_sids_complete_a_prefix_within_reach_newest_first(source: Source) -> None:
    kept = await source.keep(
        make(sid="evt_a2", started_at=at(1)),
        make(sid="evt_a1", started_at=at(2)),
        make(sid="evt_b", started_at=at(3)),
        make(sid="evt_a3", started_at=at(4), scope=Scope(("b1",))),
    )
    for reach in (UNRESTRICTED, Restriction(frozenset({"b2"}))):
        sids = [event.sid for event in newest_first(one.shown for one in kept if reach.sees(one.shown.scope))]
        for prefix in ("", "evt_", sids[0][:5], sids[-1], "x"):
            found = tuple(sid for sid in sids if sid.startswith(prefix))
            assert await source.reader.sids(ACCOUNT, prefix, 10, reach) == found
            assert await source.reader.sids(ACCOUNT, prefix, 1, reach) == found[:1]
