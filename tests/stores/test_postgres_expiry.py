"""Of several servers over one database, one removes what has expired, and the others don't wait for it."""

import psycopg

from milepost.domain.account import Account
from milepost.domain.instant import Instant
from milepost.stores.postgres.purge import EXPIRY_LOCK
from milepost.stores.postgres.store import PostgresStore
from tests.contracts.samples import ACCOUNT, make
from tests.postgres_server import database


async def test_nothing_is_removed_while_another_server_is_at_it():
    with database() as url, psycopg.connect(url) as other:
        async with await PostgresStore.open(url) as store:
            await store.accounts.first_account(Account(ACCOUNT, "one", Instant(0)))
            await store.events.create(make(started_at=Instant(1)))
            other.execute("SELECT pg_advisory_xact_lock(%s)", (EXPIRY_LOCK,))
            assert await store.history.expire(ACCOUNT, Instant(2), 10) == 0
            other.rollback()
            assert await store.history.expire(ACCOUNT, Instant(2), 10) == 1


def test_the_lock_of_expiry_stays_the_same():
    assert EXPIRY_LOCK == 0x4D50_5255
