"""Loading many events at once: by COPY, each posting written once, and nothing of a batch that fails."""

import random
from itertools import count

import pytest

from milepost.domain.account import Account
from milepost.domain.archive import ArchivedEvent
from milepost.domain.errors import Conflict
from milepost.domain.instant import Instant
from milepost.stores.postgres.bits import SLOTS, pack, pack_binary
from milepost.stores.postgres.copying import Table, copy_rows
from milepost.stores.postgres.store import PostgresStore
from tests.stores.postgres_rooms import ACCOUNT, OTHER, look, make, open_store
from tests.stores.test_find_by_brute_force import check_postgres_index

WRITES = "SELECT n_tup_ins, n_tup_upd FROM pg_stat_user_tables WHERE relname = 'posting'"


async def load(store: PostgresStore, numbers: range, **fields: object) -> None:
    await store.archive.load(ArchivedEvent(make(number, **fields)) for number in numbers)


async def test_whole_chunks_are_written_without_an_update(url: str) -> None:
    async with open_store(url) as store:
        await load(store, range(3 * SLOTS), source="ci")
    [[inserted, updated]] = look(url, "SELECT pg_stat_clear_snapshot()", WRITES)
    assert (inserted, updated) == (look(url, "SELECT count(*) FROM posting")[0][0], 0)
    assert [row[0] for row in look(url, "SELECT count(*) FROM event GROUP BY chunk")] == [SLOTS] * 3
    check_postgres_index(url)


async def test_batches_that_end_in_the_middle_of_chunks_go_on_in_them(url: str) -> None:
    async with open_store(url) as store:
        for start in range(0, 3 * SLOTS, 700):
            await load(store, range(start, min(start + 700, 3 * SLOTS)))
    assert len(look(url, "SELECT 1 FROM chunk")) == 3
    check_postgres_index(url)


async def test_events_in_any_order_of_time_and_of_accounts_are_seated(url: str) -> None:
    chance = random.Random(5)
    numbers = list(range(4 * SLOTS))
    chance.shuffle(numbers)
    async with open_store(url) as store:
        await store.archive.load([Account(OTHER, "other", Instant(0))])
        for start in range(0, len(numbers), 1_500):
            events = [make(one, account_sid=(ACCOUNT, OTHER)[one % 3 == 0]) for one in numbers[start : start + 1_500]]
            await store.archive.load(map(ArchivedEvent, events))
    check_postgres_index(url)
    assert look(url, "SELECT count(*) FROM event") == [(4 * SLOTS,)]


async def test_thousands_in_one_millisecond_are_seated(url: str) -> None:
    async with open_store(url) as store:
        for batch in range(3):
            await load(store, range(batch * 1_500, batch * 1_500 + 1_500), started_at=Instant(7))
    check_postgres_index(url)


async def test_nothing_of_a_batch_that_conflicts_is_written(url: str) -> None:
    async with open_store(url) as store:
        await load(store, range(2))
        before = look(url, "SELECT * FROM posting ORDER BY term, chunk")
        events = [make(number, dedup_key=f"run:{number % 1_400}") for number in range(2, 1_502)]
        with pytest.raises(Conflict, match="another event of this account has this key"):
            await store.archive.load(map(ArchivedEvent, events))
    assert look(url, "SELECT count(*) FROM event") == look(url, "SELECT count(*) FROM event_text") == [(2,)]
    assert look(url, "SELECT * FROM posting ORDER BY term, chunk") == before


async def test_an_event_that_comes_twice_in_a_batch_is_taken_once(url: str) -> None:
    async with open_store(url) as store:
        loaded = await store.archive.load(ArchivedEvent(make(number % 5)) for number in range(8))
    assert (loaded.added, loaded.present) == (5, 3)


async def test_a_batch_is_copied_as_it_is_whatever_its_text_holds(url: str) -> None:
    odd = ["\\N", "\\.", "a\tb\nc\rd\\", "\x01\x1b\x7f", "É\u0301", "'; DROP TABLE event; --", '{"a": "b"}']
    numbers = count()
    events = [make(next(numbers), name=text, description=text, dedup_key=text, source=text) for text in odd]
    async with open_store(url) as store:
        await store.archive.load(map(ArchivedEvent, events))
        for event in events:
            assert await store.events.get(ACCOUNT, event.sid) == event


@pytest.mark.parametrize("bits", [1, 0b1010, 1 << 8, (1 << 1_024) - 1, 1 << 1_023], ids=lambda bits: bits.bit_length())
async def test_a_bitmap_is_the_same_by_copy_as_by_insert(url: str, bits: int) -> None:
    table = Table("posting", {"term": "bytea", "chunk": "int8", "bits": "bytea"})
    async with open_store(url) as store:
        await store._connections.write(
            lambda connection: copy_rows(connection, table, [(b"t" * 16, 1, pack_binary(bits))])
        )
    assert look(url, "SELECT bits::text FROM posting") == [(pack(bits),)]
