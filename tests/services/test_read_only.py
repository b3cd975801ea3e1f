"""A Milepost that takes no writes, and a back end that can't be written or keeps no past."""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from milepost.domain.account import PlaceKind
from milepost.domain.errors import NotFound, ReadOnly
from milepost.domain.event import EventChange
from milepost.domain.history import PurgeSelection
from milepost.domain.query import EventSearch
from milepost.services.places import PlaceDraft
from milepost.services.services import Services
from milepost.stores.sqlite.store import SqliteStore
from tests.services.world import World, draft, ports_of


@pytest.fixture
def read_only(world: World, tmp_path: Path) -> Iterator[Services]:
    """The same store, opened by somebody who was given no writer."""
    with closing(SqliteStore(tmp_path / "milepost.db")) as store:
        yield Services.over(ports_of(store), world.clock, os.urandom, read_only=True)


async def test_everything_can_be_read(world: World, read_only: Services) -> None:
    event = await world.record()
    assert not read_only.events.writable
    assert world.services.events.writable
    assert await read_only.events.get(world.owner, event.sid) == event
    assert (await read_only.events.find(world.owner, EventSearch())).events == (event,)
    assert (await read_only.history.revisions(world.owner, event.sid)).revisions == ()


async def test_nothing_can_be_written(world: World, read_only: Services) -> None:
    event = await world.record()
    selection = PurgeSelection(account_sid=world.account.sid, event_sid=event.sid)
    for attempt in (
        read_only.events.create(world.owner, draft()),
        read_only.events.change(world.owner, event.sid, EventChange(name="x")),
        read_only.events.delete(world.owner, event.sid),
        read_only.history.restore(world.owner, event.sid),
        read_only.history.purge(world.owner, selection, lambda _: None),
        read_only.events.create_all(world.owner, [draft()]),
        read_only.places.create(world.owner, PlaceKind.BUCKET, PlaceDraft(name="checkout", labels={})),
        read_only.places.change(world.owner, PlaceKind.BUCKET, "checkout", "x", None),
        read_only.places.delete(world.owner, PlaceKind.ENVIRONMENT, "prod01"),
    ):
        with pytest.raises(ReadOnly, match="takes no writes"):
            await attempt
    assert await world.found() == [event]


async def test_what_can_not_be_written_still_has_places_of_its_own(world: World, tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "milepost.db")) as store:
        services = Services.over(replace(ports_of(store), writer=None), world.clock, os.urandom)
        await services.places.create(world.owner, PlaceKind.BUCKET, PlaceDraft(name="checkout", labels={}))
        with pytest.raises(ReadOnly):
            await services.events.create(world.owner, draft())


async def test_a_back_end_without_a_past_says_so(world: World, tmp_path: Path) -> None:
    event = await world.record()
    selection = PurgeSelection(account_sid=world.account.sid, event_sid=event.sid)
    with closing(SqliteStore(tmp_path / "milepost.db")) as store:
        services = Services.over(replace(ports_of(store), history=None), world.clock, os.urandom)
        with pytest.raises(NotFound, match=f"no history of the event {event.sid}"):
            await services.history.revisions(world.owner, event.sid)
        for attempt in (
            services.history.restore(world.owner, event.sid),
            services.history.count_purge(world.owner, selection),
            services.history.purge(world.owner, selection, lambda _: None),
        ):
            with pytest.raises(ReadOnly, match="upstream keeps the events"):
                await attempt
