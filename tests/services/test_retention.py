"""Events that began too long ago are removed for good, bit by bit, with their history."""

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from milepost.app import retention as task
from milepost.app.retention import one_pass
from milepost.domain.account import Account
from milepost.domain.archive import ArchivedEvent
from milepost.domain.errors import NotFound, Unavailable
from milepost.domain.event import Event, Provenance
from milepost.domain.instant import DAY, HOUR, Instant
from milepost.services import retention
from milepost.services.retention import BATCH, RetentionService
from milepost.services.services import Services
from milepost.stores.sqlite.store import SqliteStore
from tests.services.world import NOON, StandingClock, ports_of
from tests.stores.sqlite_rooms import ACCOUNT, look, make, open_store, sids

BY = Provenance("cli")
KEEP = 400 * DAY


@asynccontextmanager
async def kept(folder: Path) -> AsyncGenerator[tuple[SqliteStore, StandingClock, RetentionService]]:
    async with open_store(folder / "milepost.db") as store:
        clock = StandingClock()
        service = Services.over(ports_of(store), clock, os.urandom, keep_milliseconds=KEEP).retention
        assert service is not None
        yield store, clock, service


def aged(number: int, age: int, **fields: Any) -> Event:
    return make(number, started_at=Instant(NOON - age), created_at=Instant(NOON - age), **fields)


async def removed(service: RetentionService) -> list[int]:
    async with aclosing(service.remove_expired()) as batches:
        return [batch async for batch in batches]


async def test_an_event_is_kept_until_its_start_is_too_long_ago(tmp_path: Path):
    async with kept(tmp_path) as (store, clock, service):
        await store.events.create(aged(1, KEEP))
        await store.events.create(aged(2, KEEP - HOUR))
        assert await removed(service) == []
        clock.now = Instant(clock.now + 1)
        assert await removed(service) == [1]
        assert await sids(store) == ["evt_000002"]
        clock.now = Instant(clock.now + HOUR)
        assert await removed(service) == [1]
        assert await sids(store) == []


async def test_nothing_of_an_expired_event_is_left_to_read(tmp_path: Path):
    async with kept(tmp_path) as (store, clock, service):
        event = aged(1, KEEP, tags={"team": ("payments",)}, description="it was zanzibar", source="ci", dedup_key="k")
        await store.events.create(event)
        await store.events.change(ACCOUNT, event.sid, lambda now: replace(now, name="x", version=2), BY)
        await store.events.create(aged(2, KEEP))
        await store.events.delete(ACCOUNT, "evt_000002", lambda _: None, BY, NOON)
        clock.now = Instant(clock.now + 1)
        assert await removed(service) == [1, 1]
        for sid in ("evt_000001", "evt_000002"):
            with pytest.raises(NotFound):
                await store.history.latest(ACCOUNT, sid)
    for table in ("event", "event_text", "deleted_event", "revision", "term", "posting"):
        assert look(tmp_path / "milepost.db", f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608 - names of ours
    assert look(tmp_path / "milepost.db", "SELECT name FROM tag_number") == [(None,), (None,)]
    assert look(tmp_path / "milepost.db", "PRAGMA integrity_check") == [("ok",)]


async def test_expired_events_go_in_bounded_batches_account_by_account(tmp_path: Path):
    async with kept(tmp_path) as (store, clock, service):
        await store.accounts.add_account(Account("acc_two", "two", Instant(1)))
        old = [aged(number, KEEP) for number in range(2 * BATCH + 1)]
        await store.archive.load(map(ArchivedEvent, old))
        await store.events.create(aged(1, KEEP, account_sid="acc_two"))
        clock.now = Instant(clock.now + 1)
        assert await removed(service) == [BATCH, BATCH, 1, 1]


async def test_events_may_be_written_between_two_batches(tmp_path: Path):
    async with kept(tmp_path) as (store, clock, service):
        await store.archive.load(ArchivedEvent(aged(number, KEEP)) for number in range(2 * BATCH))
        clock.now = Instant(clock.now + 1)
        new = 0

        async def write(_: float) -> None:
            nonlocal new
            new += 1
            await store.events.create(aged(9_000 + new, 0))

        told: list[int] = []
        await one_pass(service, told.append, write)
        assert told == [BATCH, BATCH]
        assert await sids(store) == ["evt_009002", "evt_009001"]


async def test_no_batch_writes_the_file_anew(tmp_path: Path):
    async with kept(tmp_path) as (store, clock, service):
        await store.archive.load(ArchivedEvent(aged(number, KEEP)) for number in range(3 * BATCH))
        clock.now = Instant(clock.now + 1)
        pages = look(tmp_path / "milepost.db", "PRAGMA page_count")
        await removed(service)
        assert look(tmp_path / "milepost.db", "PRAGMA page_count") >= pages
        assert look(tmp_path / "milepost.db", "PRAGMA freelist_count") > [(0,)]


async def test_a_store_that_fails_ends_the_pass_and_the_next_one_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async with kept(tmp_path) as (store, clock, service):
        await store.archive.load(ArchivedEvent(aged(number, KEEP)) for number in range(BATCH + 1))
        clock.now = Instant(clock.now + 1)

        async def fail(_: float) -> None:
            raise Unavailable("the disk is full")

        told: list[int] = []
        await one_pass(service, told.append, fail)
        assert "couldn't remove expired events: the disk is full" in caplog.text
        await one_pass(service, told.append, _at_once)
        assert told == [BATCH, 1]
        assert await sids(store) == []
    assert look(tmp_path / "milepost.db", "SELECT count(*) FROM term") == [(0,)]


async def test_without_a_retention_nothing_is_ever_removed(tmp_path: Path):
    async with open_store(tmp_path / "milepost.db") as store:
        ports = ports_of(store)
        assert Services.over(ports, StandingClock(), os.urandom).retention is None
        over = partial(Services.over, clock=StandingClock(), entropy=os.urandom, keep_milliseconds=KEEP)
        assert over(ports, read_only=True).retention is None
        assert over(replace(ports, history=None)).retention is None


def test_the_pace_of_retention():
    assert retention.BATCH == 100
    assert (task.PAUSE_SECONDS, task.PASS_SECONDS, task.TELL_EVERY) == (0.5, 600.0, 10_000)


async def _at_once(_: float) -> None:
    pass
