"""Finding in a crowd: thousands of events, many searches, every page compared with the plain model."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, given, settings

from milepost.domain.caller import Caller
from milepost.domain.event import Check, Event, EventChange, EventDraft, EventType, Severity
from milepost.domain.instant import DAY, HOUR, MINUTE, SECOND
from milepost.domain.query import EventSearch, Position
from milepost.domain.scope import EVERYWHERE
from tests.services.made_up import SEARCHES
from tests.services.model import found_by, meeting
from tests.services.world import NOON, World, fixed, open_world

EVENTS = 2_500
"""Several of the store's chunks."""
IN_ONE_MOMENT = 700
"""More than one chunk holds."""
SEED = 2024


@dataclass(frozen=True)
class Crowd:
    """The world, its callers, and the events as the services answered them."""

    world: World
    callers: list[Caller]
    events: list[Event]
    portal: BlockingPortal


def made_up(chance: random.Random, number: int) -> EventDraft:
    """A random event: most within an hour of noon, some far off; a part of them at one very moment."""
    start = (
        NOON if number < IN_ONE_MOMENT else NOON + chance.choice([1, 1, 1, 24, 24 * 400]) * chance.randrange(-HOUR, 0)
    )
    duration = chance.choice([None, None, 0, SECOND, MINUTE, HOUR, DAY, 365 * DAY])
    words = ["Release", "release 2", "École", "e\u0301cole", "STRASSE", "db", "pool of db", "%_", "日本語版"]

    def perhaps(*values: Any) -> Any:
        return chance.choice((None, *values))

    return EventDraft(
        type=chance.choice(list(EventType)),
        name=" ".join(chance.choices(words, k=2)),
        description=perhaps(" ".join(chance.choices(words, k=3))),
        source=perhaps("ci", "CI", "deploy bot", "ï"),
        buckets=chance.choice([EVERYWHERE, ("bkt_a",), ("bkt_b",), ("prod01", "bkt_a")]),
        environments=chance.choice([EVERYWHERE, EVERYWHERE, ("env_p",), ("env_q", "env_p")]),
        started_at=fixed(start),
        ended_at=None if duration is None else fixed(start + duration),
        severity=perhaps(*Severity),
        tags=perhaps({"Environment": ("Dev",)}, {"Environment": ("Prod", "Dev"), "Team": ("Red",)}, {"Dev": ("Team",)}),
        check=perhaps(Check(1), Check(2, "login")),
        dedup_key=None if number % 500 else f"k{number // 500}",
    )


async def gather(world: World, chance: random.Random) -> list[Event]:
    """Record the crowd from many tasks at once; then change, delete and restore some of it."""
    events: dict[str, Event] = {}

    async def record(numbers: range) -> None:
        for number in numbers:
            created = await world.services.events.create(world.owner, made_up(chance, number))
            events[created.event.sid] = created.event

    async with anyio.create_task_group() as tasks:
        for first in range(32):
            tasks.start_soon(record, range(first, EVENTS, 32))
    for number, sid in enumerate(chance.sample(sorted(events), 300)):
        if number % 3:
            draft = made_up(chance, IN_ONE_MOMENT + 1 + number % 400)
            change = EventChange(
                name=draft.name,
                source=draft.source,
                tags=draft.tags,
                buckets=draft.buckets or EVERYWHERE,
                started_at=draft.started_at or fixed(NOON),
                ended_at=draft.ended_at,
            )
            events[sid] = await world.services.events.change(world.owner, sid, change)
        else:
            await world.services.events.delete(world.owner, sid)
            if number % 2:
                events[sid] = await world.services.history.restore(world.owner, sid)
            else:
                del events[sid]
    return list(events.values())


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """Made once for all searches."""
    path: Path = tmp_path_factory.mktemp("crowd") / "milepost.db"
    with start_blocking_portal("asyncio") as portal, portal.wrap_async_context_manager(open_world(path)) as world:
        callers = [
            world.owner,
            portal.call(partial(world.holder, buckets=("bkt_a",))),
            portal.call(partial(world.holder, environments=("env_q",))),
            portal.call(partial(world.holder, buckets=("bkt_b", "prod01"), environments=("env_p",))),
            portal.call(world.owner_of, "stranger"),
        ]
        yield Crowd(world, callers, portal.call(gather, world, random.Random(SEED)), portal)


def assert_pages(crowd: Crowd, caller: Caller, search: EventSearch, expected: list[Event]) -> None:
    """Page after page, up to ten of them."""
    cursor: str | None = None
    after: Position | None = None
    for _ in range(10):
        page = crowd.portal.call(crowd.world.services.events.find, caller, replace(search, cursor=cursor))
        assert list(page.events) == expected[: search.limit]
        expected = expected[search.limit :]
        assert page.has_more == bool(expected)
        assert page.query.after == after
        if page.next_cursor is None:
            return
        cursor, after = page.next_cursor, Position(page.events[-1].started_at, page.events[-1].sid)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(search=SEARCHES)
def test_every_search_finds_what_the_model_finds_for_every_caller(crowd: Crowd, search: EventSearch) -> None:
    matching = meeting(crowd.events, search, NOON)
    for caller in crowd.callers:
        assert_pages(crowd, caller, search, found_by(matching, caller, search, NOON))


@pytest.mark.parametrize("limit", [7, 100])
def test_paging_through_a_whole_crowd_shows_each_event_once(crowd: Crowd, limit: int) -> None:
    shown: list[Event] = []
    search = EventSearch(limit=limit)
    while True:
        page = crowd.portal.call(crowd.world.services.events.find, crowd.world.owner, search)
        shown += page.events
        if page.next_cursor is None:
            break
        search = EventSearch(limit=limit, cursor=page.next_cursor)
    assert shown == found_by(crowd.events, crowd.world.owner, search, NOON)
