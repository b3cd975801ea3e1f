"""Drawing charts: which window, whose metrics, and what is said where something is missing."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from milepost.domain.account import PlaceKind
from milepost.domain.caller import Caller
from milepost.domain.charts import Chart, ChartName, ChartSearch, Grid, Measured, Series
from milepost.domain.errors import Forbidden, Invalid, Unavailable
from milepost.domain.instant import HOUR, MINUTE, SECOND, Instant
from milepost.domain.query import Missing
from milepost.domain.selection import Matcher, Selection
from milepost.services.places import PlaceDraft
from milepost.services.services import Services
from milepost.stores.sqlite.store import SqliteStore
from tests.services.world import ADMIN, NOON, READ, WRITE, StandingClock, World, ago, fixed, ports_of

PROD = Matcher("env", ("prod",))


@dataclass
class Steady:
    """Measures one request a second, whatever is selected; remembers what it was asked. `failure` is raised instead."""

    name: str = "steady"
    asked: list[tuple[Grid, Selection]] = field(default_factory=list[tuple[Grid, Selection]])
    failure: Unavailable | None = None

    async def measure(self, grid: Grid, selection: Selection) -> Measured:
        self.asked.append((grid, selection))
        if self.failure:
            raise self.failure
        return Measured((Chart(ChartName.THROUGHPUT, (Series("2xx", (1.0,) * grid.points),)),))


@dataclass(frozen=True)
class Measuring:
    """A world with something to measure."""

    world: World
    source: Steady

    async def draw(self, caller: Caller | None = None, **search: Any) -> Any:
        return await self.world.services.charts.draw(caller or self.world.owner, ChartSearch(**search))

    async def selected(self, caller: Caller | None = None, **search: Any) -> tuple[Selection | None, list[str]]:
        """What the source was asked for (None: it wasn't asked), and what is said besides."""
        self.source.asked.clear()
        drawn = await self.draw(caller, **search)
        asked = [selection for _, selection in self.source.asked]
        assert bool(asked) == bool(drawn.charts)
        return (asked[0] if asked else None), [missing.reason for missing in drawn.missing]

    async def register(self, kind: PlaceKind, **labels: dict[str, str]) -> None:
        for name, own in labels.items():
            draft = PlaceDraft(name=name, labels=own, sid=f"sid_{name}")
            await self.world.services.places.create(self.world.owner, kind, draft)


@pytest.fixture
async def measuring(tmp_path: Path) -> AsyncGenerator[Measuring]:
    clock, source = StandingClock(), Steady()
    with closing(SqliteStore(tmp_path / "events.db")) as store:
        services = Services.over(replace(ports_of(store), metrics=source), clock, os.urandom)
        world = World(services, clock, (await services.accounts.first_start()).account)
        yield Measuring(world, source)


async def test_the_last_hour_is_drawn_unless_told_otherwise(measuring: Measuring):
    grid = (await measuring.draw()).grid
    assert (grid.start, grid.end, grid.step_seconds) == (NOON - HOUR, NOON, 15)
    grid = (await measuring.draw(end=ago(HOUR))).grid
    assert (grid.start, grid.end) == (NOON - 2 * HOUR, NOON - HOUR)
    grid = (await measuring.draw(start=ago(MINUTE), end=fixed(NOON))).grid
    assert (grid.start, grid.end) == (NOON - MINUTE, NOON)


async def test_nothing_is_drawn_of_what_is_to_come(measuring: Measuring):
    drawn = await measuring.draw(start=ago(MINUTE), end=fixed(NOON + MINUTE))
    assert drawn.charts[0].series[0].values == (1.0,) * 5 + (None,) * 4


async def test_a_window_that_ends_before_it_starts_is_an_error_as_in_a_list(measuring: Measuring):
    with pytest.raises(Invalid) as caught:
        await measuring.draw(start=ago(0), end=ago(SECOND))
    assert caught.value.problems[0].field == "startTime"
    assert "lies after endTime" in str(caught.value)


async def test_reading_is_needed(measuring: Measuring):
    writer = await measuring.world.holder(WRITE)
    with pytest.raises(Forbidden):
        await measuring.draw(writer)


async def test_without_a_source_there_are_no_charts(world: World):
    drawn = await world.services.charts.draw(world.owner, ChartSearch())
    assert (drawn.connected, drawn.charts, drawn.missing) == (False, (), ())
    assert not world.services.charts.connected


async def test_a_source_that_fails_is_named_and_breaks_nothing(measuring: Measuring):
    measuring.source.failure = Unavailable("steady is in trouble (status 500)")
    drawn = await measuring.draw()
    assert (drawn.connected, drawn.charts) == (True, ())
    assert drawn.missing == (Missing("steady", "steady is in trouble (status 500)"),)


async def test_labels_of_a_bucket_and_of_an_environment_hold_together(measuring: Measuring):
    await measuring.register(PlaceKind.BUCKET, checkout={"service": "checkout", "team": "pay"})
    await measuring.register(PlaceKind.ENVIRONMENT, prod={"env": "prod"})
    expected = (Matcher("service", ("checkout",)), Matcher("team", ("pay",)), PROD)
    for bucket in ("checkout", "sid_checkout"):
        assert await measuring.selected(bucket=bucket, environment="prod") == (expected, [])
    assert await measuring.selected() == ((), [])


async def test_a_place_without_labels_is_everything_and_that_is_said(measuring: Measuring):
    selection, [remark] = await measuring.selected(bucket="checkout")
    assert (selection, remark) == (
        (),
        'the bucket "checkout" has no labels, so this is everything; whoever runs Milepost can give it labels',
    )
    await measuring.register(PlaceKind.ENVIRONMENT, prod={})
    assert "environment" in (await measuring.selected(environment="prod"))[1][0]


async def test_an_unknown_place_is_an_error_once_any_is_registered(measuring: Measuring):
    await measuring.register(PlaceKind.BUCKET, checkout={"service": "checkout"})
    with pytest.raises(Invalid, match="bucketSid"):
        await measuring.draw(bucket="cart")


async def test_a_restricted_token_sees_the_metrics_of_its_places_and_no_others(measuring: Measuring):
    services = {name: {"service": name} for name in ("cart", "checkout", "search")}
    await measuring.register(PlaceKind.BUCKET, **services)
    await measuring.register(PlaceKind.ENVIRONMENT, prod={"env": "prod"}, dev={"env": "dev"})
    holder = await measuring.world.holder(READ, buckets=("cart", "checkout"), environments=("prod",))
    both, cart = Matcher("service", ("cart", "checkout")), Matcher("service", ("cart",))
    assert await measuring.selected(holder) == ((both, PROD), [])
    assert await measuring.selected(holder, bucket="cart") == ((cart, PROD), [])
    with pytest.raises(Invalid, match="bucketSid"):
        await measuring.draw(holder, bucket="search")
    with pytest.raises(Invalid, match="environmentSid"):
        await measuring.draw(holder, environment="sid_dev")


async def test_a_restricted_token_is_not_shown_everything_for_want_of_labels(measuring: Measuring):
    holder = await measuring.world.holder(READ, buckets=("cart", "checkout"))
    for search in ({}, {"bucket": "cart"}):
        selection, [remark] = await measuring.selected(holder, **search)
        assert selection is None
        assert remark.startswith("no labels say which metrics are those of the bucket")
    with pytest.raises(Invalid, match="is no bucket that this token reaches"):
        await measuring.draw(holder, bucket="search")


async def test_of_the_places_of_a_token_those_with_labels_are_shown_and_the_others_named(measuring: Measuring):
    await measuring.register(PlaceKind.BUCKET, cart={"service": "cart"}, checkout={})
    holder = await measuring.world.holder(READ, buckets=("cart", "checkout"))
    selection, [remark] = await measuring.selected(holder)
    assert selection == (Matcher("service", ("cart",)),)
    assert '"checkout"' in remark
    assert '"cart"' not in remark


async def test_places_whose_labels_do_not_fit_together_are_to_be_asked_for_one_by_one(measuring: Measuring):
    await measuring.register(PlaceKind.BUCKET, cart={"service": "cart"}, checkout={"app": "checkout"})
    holder = await measuring.world.holder(READ, ADMIN, buckets=("cart", "checkout"))
    selection, [remark] = await measuring.selected(holder)
    assert selection is None
    assert remark.endswith('ask for one bucket: "cart", "checkout"')
    assert await measuring.selected(holder, bucket="checkout") == ((Matcher("app", ("checkout",)),), [])


async def test_a_revoked_place_of_a_token_is_not_looked_for(measuring: Measuring):
    await measuring.register(PlaceKind.BUCKET, cart={"service": "cart"}, checkout={"service": "checkout"})
    holder = await measuring.world.holder(READ, buckets=("cart", "checkout"))
    await measuring.world.services.places.delete(measuring.world.owner, PlaceKind.BUCKET, "checkout")
    selection, [remark] = await measuring.selected(holder)
    assert selection == (Matcher("service", ("cart",)),)
    assert '"sid_checkout"' in remark


async def test_the_first_moments_there_are_can_be_asked_for(measuring: Measuring):
    from milepost.domain.instant import EARLIEST

    drawn = await measuring.draw(end=fixed(EARLIEST + SECOND))
    assert drawn.grid.start == EARLIEST
    assert drawn.grid.end == Instant(EARLIEST + 15 * SECOND)
