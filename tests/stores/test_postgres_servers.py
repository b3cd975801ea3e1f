"""Several servers over one database: nothing lost, nothing twice, no lock reaches a caller."""

import asyncio
from dataclasses import replace

import anyio

from milepost.domain.account import Account
from milepost.domain.archive import ArchivedEvent
from milepost.domain.errors import NotFound
from milepost.domain.event import Event, Provenance
from milepost.domain.history import PurgeSelection
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery, Position
from milepost.stores.postgres.store import PostgresStore
from tests.stores.postgres_rooms import ACCOUNT, OTHER, look, make, open_store
from tests.stores.test_find_by_brute_force import check_postgres_index

BY = Provenance("test")


async def test_of_one_dedup_key_written_everywhere_at_once_there_is_one_event(url: str) -> None:
    async with open_store(url) as one, open_store(url) as other:
        creations = [
            (one, other)[number % 2].events.create(make(number, dedup_key=f"run:{number // 20}"))
            for number in range(200)
        ]
        created = await asyncio.gather(*creations)
        assert [answer.replayed for answer in created].count(False) == 10
        for run in range(10):
            assert len({answer.event.sid for answer in created[run * 20 : run * 20 + 20]}) == 1
    check_postgres_index(url)


async def test_changes_of_one_event_through_two_servers_are_all_counted(url: str) -> None:
    def count(event: Event) -> Event:
        return replace(event, name=str(int(event.name) + 1), version=event.version + 1)

    async with open_store(url) as one, open_store(url) as other:
        event = make(1, name="0")
        await one.events.create(event)
        await asyncio.gather(
            *((one, other)[number % 2].events.change(ACCOUNT, event.sid, count, BY) for number in range(60))
        )
        changed = await one.events.get(ACCOUNT, event.sid)
        assert (changed.name, changed.version) == ("60", 61)
        revisions = await other.history.revisions(ACCOUNT, event.sid, 100, None)
        assert [revision.version for revision in revisions.revisions] == list(range(61, 1, -1))


async def test_batches_over_several_accounts_in_any_order_do_not_lock_each_other_out(url: str) -> None:
    async with open_store(url) as one, open_store(url) as other:
        await one.archive.load([Account(OTHER, "other", Instant(0))])
        accounts = [ACCOUNT, OTHER]

        async def load(store: PostgresStore, first: int) -> None:
            for number in range(first, first + 40, 2):
                events = [make(number + step, account_sid=accounts[(first + step) % 2]) for step in range(2)]
                await store.archive.load(map(ArchivedEvent, events))

        async with anyio.create_task_group() as group:
            for number in range(6):
                group.start_soon(load, (one, other)[number % 2], number * 41)
    assert look(url, "SELECT count(*) FROM event") == [(240,)]
    check_postgres_index(url)


async def test_pages_hold_every_event_once_while_others_write_and_chunks_are_split(url: str) -> None:
    """Old events are read page by page while thousands of new ones are put between them by another server."""
    old = [make(number, sid=f"old_{number:05}", started_at=Instant(number * 10)) for number in range(1_500)]
    async with open_store(url) as one, open_store(url) as other:
        await one.archive.load(map(ArchivedEvent, old))
        done = anyio.Event()

        async def write() -> None:
            for first in range(0, 3_000, 100):
                events = [
                    make(n, sid=f"new_{n:05}", started_at=Instant((n * 7_919) % 15_000), source="ci")
                    for n in range(first, first + 100)
                ]
                await other.archive.load(map(ArchivedEvent, events))
            done.set()

        async with anyio.create_task_group() as group:
            group.start_soon(write)
            while True:
                finished = done.is_set()
                found = [sid for sid in await _all_sids(one) if sid.startswith("old")]
                assert found == [event.sid for event in reversed(old)]
                if finished:
                    break
    check_postgres_index(url)


async def test_a_source_that_another_server_purged_may_be_used_again(url: str) -> None:
    async with open_store(url) as one, open_store(url) as other:
        await one.events.create(make(1, source="ci", tags={"Team": ("a",)}))
        await other.history.purge(PurgeSelection(account_sid=ACCOUNT, event_sid="evt_000001"), lambda _: None)
        await one.events.create(make(2, source="ci", tags={"Team": ("a",)}))
        for store in (one, other):
            found = await store.events.find(ACCOUNT, EventQuery(source="ci"))
            assert [event.sid for event in found.events] == ["evt_000002"]
        numbers = await other.tag_numbers.tag_numbers(ACCOUNT, 10, None)
        assert [(tag.name, tag.number) for tag in numbers] == [("Team", 2), ("a", 2)]


async def test_deleting_and_purging_at_once_leaves_a_whole_index(url: str) -> None:
    async with open_store(url) as one, open_store(url) as other:
        await one.archive.load(ArchivedEvent(make(number, source="ci")) for number in range(600))

        async def delete(number: int) -> None:
            try:
                await one.events.delete(ACCOUNT, make(number).sid, lambda _: None, BY, Instant(1))
            except NotFound:
                return

        async with anyio.create_task_group() as group:
            group.start_soon(
                other.history.purge, PurgeSelection(account_sid=ACCOUNT, source="ci", before=Instant(400_000)), print
            )
            for number in range(600):
                group.start_soon(delete, number)
        assert (await one.events.find(ACCOUNT, EventQuery())).events == ()
        assert await one.history.count_purge(PurgeSelection(account_sid=ACCOUNT, source="ci")) == 200
    check_postgres_index(url)


async def _all_sids(store: PostgresStore) -> list[str]:
    found: list[str] = []
    query = EventQuery(limit=100)
    while True:
        page = await store.events.find(ACCOUNT, query)
        found += [event.sid for event in page.events]
        if page.following is None:
            return found
        query = replace(query, after=Position(page.following.started_at, page.following.sid))
