from dataclasses import replace
from typing import Any

import pytest

from milepost.domain.archive import ArchivedEvent
from milepost.domain.event import Event, EventType
from milepost.domain.instant import MINUTE, Instant
from milepost.domain.query import EventQuery, Position
from milepost.domain.scope import UNRESTRICTED, Restriction, Scope
from milepost.domain.tags import TagFilter, TagId
from milepost.domain.text import fold
from tests.contracts.backends import Backend
from tests.contracts.samples import ACCOUNT, OTHER, make


async def keep(backend: Backend, *events: Event) -> None:
    for event in events:
        await backend.events.create(event)


async def find(backend: Backend, **filters: Any) -> list[str]:
    """The sids of all pages, from the newest on."""
    query = EventQuery(**filters)
    found: list[Event] = []
    while True:
        page = await backend.events.find(ACCOUNT, query)
        assert len(page.events) <= query.limit
        found.extend(page.events)
        if not page.has_more:
            return [event.sid for event in found]
        assert len(page.events) == query.limit
        query = replace(query, after=Position(found[-1].started_at, found[-1].sid))


async def test_find_returns_newest_first_and_sids_by_their_bytes(backend: Backend) -> None:
    sids = ["a", "B", "_", "-", "0", "aa", "Z9"]
    await keep(
        backend, *(make(sid=sid, started_at=Instant(5)) for sid in sids), make(sid="first", started_at=Instant(6))
    )
    assert await find(backend) == ["first", *sorted(sids, reverse=True)]
    assert await find(backend, limit=1) == ["first", *sorted(sids, reverse=True)]


async def test_every_event_is_on_one_page_though_others_are_added(backend: Backend) -> None:
    old = [make(started_at=Instant(1_000 * number)) for number in range(20)]
    await keep(backend, *old)
    seen: list[str] = []
    query = EventQuery(limit=3)
    while True:
        page = await backend.events.find(ACCOUNT, query)
        seen.extend(event.sid for event in page.events)
        if not page.has_more:
            break
        query = replace(query, after=Position(page.events[-1].started_at, page.events[-1].sid))
        await keep(backend, make(started_at=Instant(50_000)), make(started_at=Instant(5_500)))
    assert [sid for sid in seen if sid in {event.sid for event in old}] == [event.sid for event in reversed(old)]
    assert len(set(seen)) == len(seen)


async def test_events_before_1970_and_far_ahead_are_in_order(backend: Backend) -> None:
    moments = [-62_135_596_800_000, -1, 0, 1, 253_402_300_799_999]
    events = [make(started_at=Instant(moment)) for moment in moments]
    await keep(backend, *events)
    assert await find(backend, limit=2) == [event.sid for event in reversed(events)]
    assert await find(backend, types=frozenset({EventType.DEPLOYMENT})) == [event.sid for event in reversed(events)]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (100, 200, ["point", "span"]),
        (101, 200, ["span"]),
        (151, None, []),
        (150, 150, ["span"]),
        (None, 99, []),
        (0, 90, ["span"]),
        (0, 89, []),
    ],
)
async def test_a_window_touches_spans_at_both_ends(
    backend: Backend, start: int | None, end: int | None, found: list[str]
) -> None:
    await keep(
        backend,
        make(sid="point", started_at=Instant(100)),
        make(sid="span", started_at=Instant(90), ended_at=Instant(150)),
    )
    expected = found if (start, end) != (None, 99) else ["span"]
    assert await find(backend, start=start, end=end) == expected


@pytest.mark.parametrize("minutes", [0, 1, 2, 4, 5, 16, 17, 10_000, 1_000_000, 100_000_000])
async def test_a_span_of_any_length_touches_a_window_at_its_last_moment(backend: Backend, minutes: int) -> None:
    span = make(started_at=Instant(0), ended_at=Instant(minutes * MINUTE))
    await keep(backend, span, make(started_at=Instant(-1)))
    assert await find(backend, start=Instant(minutes * MINUTE)) == [span.sid]
    assert await find(backend, start=Instant(minutes * MINUTE + 1)) == []


async def test_an_ongoing_incident_touches_everything_after_its_start(backend: Backend) -> None:
    incident = make(type=EventType.INCIDENT, started_at=Instant(5))
    closed = make(type=EventType.INCIDENT, started_at=Instant(5), ended_at=Instant(6))
    point = make(started_at=Instant(5))
    await keep(backend, incident, closed, point)
    assert await find(backend, start=Instant(10**15)) == [incident.sid]
    assert await find(backend, end=Instant(4)) == []
    assert await find(backend, ongoing=True) == [incident.sid]
    assert await find(backend, ongoing=False) == sorted([closed.sid, point.sid], reverse=True)
    assert await find(backend, ongoing=True, start=Instant(7), end=Instant(8)) == [incident.sid]


async def test_a_scope_of_everywhere_is_found_by_any_place(backend: Backend) -> None:
    everywhere = make()
    listed = make(scope=Scope(("b1", "b2"), ("prod",)))
    other = make(scope=Scope(("b3",), ("dev",)))
    await keep(backend, everywhere, listed, other)
    assert await find(backend, bucket_sid="b1") == [listed.sid, everywhere.sid]
    assert await find(backend, bucket_sid="b9") == [everywhere.sid]
    assert await find(backend, bucket_sid="b2", environment_sid="dev") == [everywhere.sid]
    assert await find(backend, bucket_sid="b3", environment_sid="dev") == [other.sid, everywhere.sid]


async def test_reach_narrows_whatever_else_is_asked(backend: Backend) -> None:
    everywhere = make()
    mine = make(scope=Scope(("b7", "x"), ("prod",)))
    foreign = make(scope=Scope(("y",), ("prod",)))
    await keep(backend, everywhere, mine, foreign)
    many = Restriction(buckets=frozenset(f"b{number}" for number in range(100)))
    assert await find(backend, reach=many) == [mine.sid, everywhere.sid]
    assert await find(backend, reach=many, bucket_sid="x") == [mine.sid, everywhere.sid]
    assert await find(backend, reach=many, bucket_sid="y") == [everywhere.sid]
    assert await find(backend, reach=Restriction(environments=frozenset({"dev"}))) == [everywhere.sid]
    assert await find(backend, reach=Restriction(frozenset(), frozenset())) == [everywhere.sid]


async def test_substrings_are_found_folded_in_name_or_description(backend: Backend) -> None:
    name = make(name="ÉCOLE de la Straße")
    text = make(description="the école", started_at=Instant(10**9))
    await keep(backend, name, text, make(name="eco", description="le"))
    assert await find(backend, message=fold("École")) == [text.sid, name.sid]
    assert await find(backend, message=fold("STRASSE")) == [name.sid]
    assert await find(backend, message="école de la strasse de") == []
    assert await find(backend, message="le", start=Instant(10**9)) == [text.sid]
    assert await find(backend, message='"quo" AND') == []


async def test_tag_filters_name_keys_values_and_ids(backend: Backend) -> None:
    prod = make(tags={"Environment": ("Prod",), "Team": ("a",)})
    dev = make(tags={"Environment": ("Dev", "Beta")})
    named = make(tags={"Stage": ("Prod",)})
    await keep(backend, prod, dev, named, make())
    environment, any_prod = TagFilter("Environment", ()), TagFilter(None, ("Prod",))
    assert await find(backend, include_tags=(environment,)) == [dev.sid, prod.sid]
    assert await find(backend, include_tags=(any_prod,)) == [named.sid, prod.sid]
    assert await find(backend, include_tags=(environment, any_prod)) == [named.sid, dev.sid, prod.sid]
    assert await find(backend, include_tags=(environment, any_prod), include_all_tags=True) == [prod.sid]
    assert await find(backend, include_tags=(TagFilter("Environment", ("Prod", "Beta")),)) == [dev.sid, prod.sid]
    assert await find(backend, include_tags=(environment,), exclude_tags=(any_prod,)) == [dev.sid]
    assert await find(backend, include_tags=(TagFilter(TagId(10**9), ()),)) == []
    assert len(await find(backend, exclude_tags=(TagFilter(TagId(10**9), ()),))) == 4


async def test_another_accounts_events_are_never_found(backend: Backend) -> None:
    own, foreign = make(source="ci"), make(source="ci", account_sid=OTHER, description="secret")
    await keep(backend, own, foreign)
    assert await find(backend) == [own.sid]
    assert await find(backend, source="ci") == [own.sid]
    assert await find(backend, message="secret") == []
    assert (await backend.events.find("acc_none", EventQuery())).events == ()


async def test_sources_complete_a_prefix_within_reach(backend: Backend) -> None:
    await keep(
        backend,
        make(source="github_actions"),
        make(source="gitlab"),
        make(source="jenkins", scope=Scope(("b1",))),
        make(source="github_actions", account_sid=OTHER),
        make(source="github_secret", account_sid=OTHER),
    )
    assert set(await backend.events.sources(ACCOUNT, "git", 10, UNRESTRICTED)) == {"github_actions", "gitlab"}
    assert len(await backend.events.sources(ACCOUNT, "", 2, UNRESTRICTED)) == 2
    assert "jenkins" not in await backend.events.sources(ACCOUNT, "", 9, Restriction(frozenset({"b2"})))
    assert "jenkins" in await backend.events.sources(ACCOUNT, "", 9, Restriction(frozenset({"b1"})))


async def test_sids_complete_a_prefix_within_reach_newest_first(backend: Backend) -> None:
    await keep(
        backend,
        make(sid="evt_a2", started_at=Instant(1)),
        make(sid="evt_a1", started_at=Instant(2)),
        make(sid="evt_b", started_at=Instant(3)),
        make(sid="evt_a3", started_at=Instant(4), scope=Scope(("b1",))),
    )
    assert await backend.events.sids(ACCOUNT, "evt_a", 10, UNRESTRICTED) == ("evt_a3", "evt_a1", "evt_a2")
    assert await backend.events.sids(ACCOUNT, "evt_a", 10, Restriction(frozenset({"b2"}))) == ("evt_a1", "evt_a2")
    assert await backend.events.sids(ACCOUNT, "", 1, UNRESTRICTED) == ("evt_a3",)


async def test_of_thousands_of_sources_those_of_the_newest_events_complete(backend: Backend) -> None:
    events = [make(source=f"run-{number:05}", started_at=Instant(10**9 + number)) for number in range(2_500)]
    await backend.archive.load(map(ArchivedEvent, events))
    newest = tuple(f"run-{number:05}" for number in range(2_499, 2_489, -1))
    assert await backend.events.sources(ACCOUNT, "run", 10, UNRESTRICTED) == newest
    assert await backend.events.sources(ACCOUNT, "run", 10, Restriction(frozenset({"b"}))) == newest
    assert await backend.events.sources(ACCOUNT, "run-00001", 10, UNRESTRICTED) == ("run-00001",)
