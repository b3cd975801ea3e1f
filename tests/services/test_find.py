from dataclasses import replace
from typing import Any

import pytest

from milepost.domain.caller import Caller
from milepost.domain.errors import Invalid
from milepost.domain.event import Check, Event, EventChange, EventType, Severity
from milepost.domain.instant import DAY, HOUR, MINUTE
from milepost.domain.query import EventSearch
from milepost.domain.tags import TagFilter
from milepost.services.events import Found
from tests.services.world import NOON, World, ago, fixed


async def pages(world: World, search: EventSearch, caller: Caller | None = None) -> list[Found]:
    """All pages, one after the other."""
    found = [await world.services.events.find(caller or world.owner, search)]
    while (cursor := found[-1].next_cursor) is not None:
        following = replace(search, cursor=cursor)
        found.append(await world.services.events.find(caller or world.owner, following))
    return found


async def names(world: World, **filters: Any) -> list[str]:
    return [event.name for event in await world.found(**filters)]


async def test_find_returns_newest_first(world: World) -> None:
    for name, hours in (("middle", 2), ("newest", 1), ("oldest", 3)):
        await world.record(name=name, started_at=ago(hours * HOUR))
    assert await names(world) == ["newest", "middle", "oldest"]


async def test_events_of_one_moment_come_by_sid_downwards(world: World) -> None:
    for _ in range(30):
        await world.record(started_at=fixed(NOON))
    sids = [event.sid.encode() for event in await world.found(limit=100)]
    assert sids == sorted(sids, reverse=True)
    assert len(sids) == 30


async def test_an_empty_store_has_no_events_and_no_next_page(world: World) -> None:
    found = await world.services.events.find(world.owner, EventSearch())
    assert (found.events, found.has_more, found.next_cursor) == ((), False, None)


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 21])
async def test_every_event_is_on_exactly_one_page(world: World, count: int) -> None:
    for number in range(count):
        await world.record(name=str(number), started_at=ago(number // 3 * MINUTE))
    found = await pages(world, EventSearch(limit=10))
    sizes = [len(page.events) for page in found]
    assert sizes == [10] * ((count - 1) // 10) + [count - (count - 1) // 10 * 10] if count else sizes == [0]
    assert [page.has_more for page in found] == [True] * (len(found) - 1) + [False]
    sids = [event.sid for page in found for event in page.events]
    assert len(set(sids)) == len(sids) == count


async def test_paging_is_stable_while_events_are_added(world: World) -> None:
    old = [(await world.record(name=f"old {number}", started_at=ago(number * HOUR))).sid for number in range(10)]
    seen: list[str] = []
    search = EventSearch(limit=3)
    while True:
        page = await world.services.events.find(world.owner, search)
        seen += [event.sid for event in page.events]
        if page.next_cursor is None:
            break
        await world.record(name="newer than all")
        world.clock.advance(MINUTE)
        search = EventSearch(limit=3, cursor=page.next_cursor)
    assert seen == old


async def test_an_event_deleted_between_pages_takes_no_other_with_it(world: World) -> None:
    sids = [(await world.record(started_at=ago(number * HOUR))).sid for number in range(6)]
    first = await world.services.events.find(world.owner, EventSearch(limit=3))
    await world.services.events.delete(world.owner, sids[2])
    rest = await world.services.events.find(world.owner, EventSearch(limit=3, cursor=first.next_cursor))
    assert [event.sid for event in rest.events] == sids[3:]


async def test_relative_times_are_fixed_at_the_first_page(world: World) -> None:
    for minutes in range(6):
        await world.record(name=f"{minutes} ago", started_at=ago(minutes * MINUTE))
    search: dict[str, Any] = {"start": ago(5 * MINUTE), "end": ago(0), "limit": 2}
    first = await world.services.events.find(world.owner, EventSearch(**search))
    assert (first.query.start, first.query.end) == (NOON - 5 * MINUTE, NOON)
    world.clock.advance(DAY)
    await world.record(name="the day after", started_at=ago(MINUTE))
    second = await world.services.events.find(world.owner, EventSearch(**search, cursor=first.next_cursor))
    assert (second.query.start, second.query.end) == (NOON - 5 * MINUTE, NOON)
    third = await world.services.events.find(world.owner, EventSearch(**search, cursor=second.next_cursor))
    found = [event.name for page in (first, second, third) for event in page.events]
    assert found == [f"{minutes} ago" for minutes in range(6)]
    assert third.next_cursor is None


async def test_a_cursor_of_other_filters_is_an_error(world: World) -> None:
    for _ in range(3):
        await world.record(source="ci")
    first = await world.services.events.find(world.owner, EventSearch(source="ci", limit=1))
    with pytest.raises(Invalid, match="belongs to other filters"):
        await world.found(limit=1, cursor=first.next_cursor)
    with pytest.raises(Invalid, match="belongs to other filters"):
        await world.found(await world.owner_of("other"), source="ci", cursor=first.next_cursor)
    assert len(await world.found(source="ci", limit=2, cursor=first.next_cursor)) == 2


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA", "0" * 300])
async def test_a_damaged_cursor_is_an_error(world: World, cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor: it is damaged"):
        await world.found(cursor=cursor)


async def test_a_window_holds_what_touches_it(world: World) -> None:
    hours = {
        "point before": (EventType.CUSTOM, 0, None),
        "point at its start": (EventType.CUSTOM, 2, None),
        "point inside": (EventType.CUSTOM, 3, None),
        "point at its end": (EventType.CUSTOM, 4, None),
        "point after": (EventType.CUSTOM, 5, None),
        "span before": (EventType.CUSTOM, 0, 1),
        "span up to its start": (EventType.CUSTOM, 0, 2),
        "span across its start": (EventType.CUSTOM, 1, 3),
        "span inside": (EventType.CUSTOM, 2, 3),
        "span around": (EventType.CUSTOM, 1, 5),
        "span from its end": (EventType.CUSTOM, 4, 5),
        "span after": (EventType.CUSTOM, 5, 6),
        "ongoing since before": (EventType.INCIDENT, 0, None),
        "ongoing since after": (EventType.INCIDENT, 5, None),
        "closed before": (EventType.INCIDENT, 0, 1),
    }
    for name, (kind, start, end) in hours.items():
        ended_at = None if end is None else fixed(NOON + end * HOUR)
        await world.record(type=kind, name=name, started_at=fixed(NOON + start * HOUR), ended_at=ended_at)
    window: dict[str, Any] = {"start": fixed(NOON + 2 * HOUR), "end": fixed(NOON + 4 * HOUR)}
    assert set(await names(world, **window)) == {
        "point at its start",
        "point inside",
        "point at its end",
        "span up to its start",
        "span across its start",
        "span inside",
        "span around",
        "span from its end",
        "ongoing since before",
    }


async def test_a_window_of_one_moment_holds_what_was_there_then(world: World) -> None:
    await world.record(name="then", started_at=fixed(NOON))
    await world.record(name="around", started_at=fixed(NOON - HOUR), ended_at=fixed(NOON + HOUR))
    await world.record(name="a millisecond later", started_at=fixed(NOON + 1))
    assert await names(world, start=fixed(NOON), end=fixed(NOON)) == ["then", "around"]


async def test_a_window_that_ends_before_it_starts_is_an_error(world: World) -> None:
    with pytest.raises(Invalid, match=r"startTime: .* lies after endTime"):
        await world.found(start=ago(0), end=ago(1))


async def test_filters_are_anded(world: World) -> None:
    await world.record(name="both", source="ci", type=EventType.SCALE)
    await world.record(name="source only", source="ci")
    await world.record(name="type only", type=EventType.SCALE)
    assert await names(world, source="ci", types=frozenset({EventType.SCALE})) == ["both"]
    assert await names(world, source="nobody", types=frozenset({EventType.SCALE})) == []


async def test_one_or_several_types_and_severities(world: World) -> None:
    for kind, severity in zip(EventType, [*Severity, None], strict=True):
        await world.record(name=kind.value, type=kind, severity=severity)
    assert set(await names(world, types=frozenset({EventType.SCALE, EventType.INCIDENT}))) == {"scale", "incident"}
    errors = frozenset({Severity.ERROR, Severity.FATAL})
    assert set(await names(world, severities=errors)) == {"config_change", "scale"}
    assert set(await names(world, severities=frozenset(Severity))) == {kind.value for kind in EventType} - {"custom"}


async def test_a_bucket_filter_finds_what_applies_there(world: World) -> None:
    await world.record(name="everywhere")
    await world.record(name="in a", buckets=("bkt_a",))
    await world.record(name="in a and b", buckets=("bkt_b", "bkt_a"), environments=("env_p",))
    await world.record(name="in b", buckets=("bkt_b",))
    assert set(await names(world, bucket="bkt_a")) == {"everywhere", "in a", "in a and b"}
    assert set(await names(world, bucket="bkt_c")) == {"everywhere"}
    assert set(await names(world, bucket="bkt_a", environment="env_q")) == {"everywhere", "in a"}


@pytest.mark.parametrize("reference", ["a b", "", "*", "x" * 65, "é"])
async def test_what_cannot_be_a_sid_is_no_filter(world: World, reference: str) -> None:
    with pytest.raises(Invalid, match="bucketSid: "):
        await world.found(bucket=reference)
    with pytest.raises(Invalid, match="environmentSid: "):
        await world.found(environment=reference)


async def test_ongoing_is_an_incident_without_an_end_and_the_rest_is_not(world: World) -> None:
    await world.record(name="ongoing", type=EventType.INCIDENT)
    await world.record(name="closed", type=EventType.INCIDENT, ended_at=fixed(NOON))
    await world.record(name="point")
    assert await names(world, ongoing=True) == ["ongoing"]
    assert set(await names(world, ongoing=False)) == {"closed", "point"}


async def test_source_check_and_key_are_compared_to_the_letter(world: World) -> None:
    await world.record(name="one", source="ci", check=Check(42, "login"), dedup_key="k")
    await world.record(name="two", source="CI", check=Check(4), dedup_key="K")
    await world.record(name="none")
    for filters in ({"source": "ci"}, {"check_id": 42}, {"dedup_key": "k"}):
        assert await names(world, **filters) == ["one"]
    for filters in ({"source": "c"}, {"check_id": 2}, {"dedup_key": "kk"}):
        assert await names(world, **filters) == []


@pytest.mark.parametrize(
    ("message", "finds"),
    [
        ("école", True),
        ("ÉCOLE", True),
        ("E\u0301cole", True),
        ("ecole", False),
        ("primaire down", True),
        ("100%_sure", True),
        ("100%xsure", False),
        ('"; --', True),
        ("trap*", True),
        ("straße", True),
        ("STRASSE", True),
        ("in the description", True),
        ("primaire downx", False),
    ],
)
async def test_a_message_is_a_part_of_name_or_description_case_folded(world: World, message: str, finds: bool) -> None:
    await world.record(name='École primaire down 100%_sure "; -- trap* Strasse', description="More in the DESCRIPTION")
    await world.record(name="another")
    assert bool(await world.found(message=message)) == finds


async def test_name_and_description_are_not_run_together(world: World) -> None:
    await world.record(name="abc", description="def")
    assert await world.found(message="cde") == []
    assert await world.found(message="bcd") == []


async def test_a_short_message_needs_a_start(world: World) -> None:
    await world.record(name="db down", started_at=ago(MINUTE))
    await world.record(name="db up", started_at=ago(2 * HOUR))
    with pytest.raises(Invalid, match=r"message: .* under three characters"):
        await world.found(message="db")
    assert await names(world, message="DB", start=ago(HOUR)) == ["db down"]


async def test_a_changed_event_is_found_by_what_it_is_now(world: World) -> None:
    event = await world.record(name="before the change", source="old", tags={"Team": ("Red",)}, buckets=("bkt_a",))
    change = EventChange(name="after it", source="new", tags={"Team": ("Blue",)}, buckets=("bkt_b",))
    changed = await world.services.events.change(world.owner, event.sid, change)
    gone: list[dict[str, Any]] = [
        {"message": "before the"},
        {"source": "old"},
        {"bucket": "bkt_a"},
        {"include_tags": (TagFilter("Team", ("Red",)),)},
    ]
    there: list[dict[str, Any]] = [
        {"message": "after it"},
        {"source": "new"},
        {"bucket": "bkt_b"},
        {"include_tags": (TagFilter("Team", ("Blue",)),)},
    ]
    assert [await world.found(**filters) for filters in gone] == [[], [], [], []]
    assert [await world.found(**filters) for filters in there] == [[changed]] * 4


async def test_tags_are_asked_for_by_key_value_or_both(world: World) -> None:
    events: dict[str, Event] = {
        name: await world.record(name=name, tags=tags)
        for name, tags in {
            "prod": {"Environment": ("Prod",)},
            "dev": {"Environment": ("Dev", "Test"), "Team": ("Red",)},
            "odd": {"Stage": ("Prod",)},
            "bare": None,
        }.items()
    }
    by_key, by_value = TagFilter("Environment", ()), TagFilter(None, ("Prod",))
    either, unknown = TagFilter("Environment", ("Prod", "Test")), TagFilter("environment", ())
    assert set(await names(world, include_tags=(by_key,))) == {"prod", "dev"}
    assert set(await names(world, include_tags=(by_value,))) == {"prod", "odd"}
    assert set(await names(world, include_tags=(either,))) == {"prod", "dev"}
    assert await names(world, include_tags=(unknown,)) == []
    assert set(await names(world, include_tags=(by_key, by_value))) == {"prod", "dev", "odd"}
    assert await names(world, include_tags=(by_key, by_value), include_all_tags=True) == ["prod"]
    assert set(await names(world, exclude_tags=(by_key,))) == {"odd", "bare"}
    assert set(await names(world, exclude_tags=(by_key, by_value))) == {"bare"}
    assert await names(world, include_tags=(by_value,), exclude_tags=(by_key,)) == ["odd"]
    assert set(await names(world, exclude_tags=(unknown,))) == set(events)


async def test_a_restricted_token_finds_what_applies_in_its_reach(world: World) -> None:
    await world.record(name="everywhere")
    await world.record(name="in a", buckets=("bkt_a",))
    await world.record(name="in a elsewhere", buckets=("bkt_a",), environments=("env_q",))
    await world.record(name="in b", buckets=("bkt_b",))
    holder = await world.holder(buckets=("bkt_a", "bkt_c"), environments=("env_p",))
    assert {event.name for event in await world.found(holder)} == {"everywhere", "in a"}
    assert {event.name for event in await world.found(holder, bucket="bkt_b")} == {"everywhere"}


async def test_no_filter_lets_a_token_look_out_of_its_reach(world: World) -> None:
    hidden = await world.record(
        name="secret name", source="secret", dedup_key="secret", check=Check(7), tags={"s": ("t",)}, buckets=("bkt_b",)
    )
    holder = await world.holder(buckets=("bkt_a",))
    filters: list[dict[str, Any]] = [
        {"message": "secret"},
        {"source": "secret"},
        {"dedup_key": "secret"},
        {"check_id": 7},
        {"include_tags": (TagFilter("s", ()),)},
        {"bucket": "bkt_b"},
    ]
    for one in filters:
        assert await world.found(**one) == [hidden]
        assert await world.found(holder, **one) == []
    assert await world.services.events.sources(holder, "", 10) == ()
    assert await world.services.events.sids(holder, "", 10) == ()


async def test_completion_offers_sources_and_sids_in_reach_by_prefix(world: World) -> None:
    github = await world.record(source="github_actions", started_at=ago(HOUR))
    gitlab = await world.record(source="gitlab_ci", buckets=("bkt_a",))
    await world.record(source="secret", buckets=("bkt_b",))
    holder = await world.holder(buckets=("bkt_a",))
    assert set(await world.services.events.sources(holder, "git", 10)) == {"github_actions", "gitlab_ci"}
    assert await world.services.events.sources(holder, "gitlab", 10) == ("gitlab_ci",)
    assert await world.services.events.sources(holder, "s", 10) == ()
    assert len(await world.services.events.sources(holder, "git", 1)) == 1
    assert await world.services.events.sids(holder, "evt_", 10) == (gitlab.sid, github.sid)
    assert await world.services.events.sids(holder, github.sid, 10) == (github.sid,)
    assert await world.services.events.sids(world.owner, "%", 10) == ()


@pytest.mark.parametrize("prefix", ["\0", "\ud800", "x" * 129])
async def test_a_prefix_that_no_source_or_sid_has_is_refused(world: World, prefix: str) -> None:
    for complete in (world.services.events.sources, world.services.events.sids):
        with pytest.raises(Invalid, match=r"^prefix: "):
            await complete(world.owner, prefix, 10)
