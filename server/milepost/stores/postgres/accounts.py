"""Accounts."""

from __future__ import annotations

import psycopg

from milepost.domain.account import Account
from milepost.domain.errors import Conflict
from milepost.domain.instant import Instant
from milepost.stores.postgres.connections import Connections

_MOST = 1_000
_LIST = "SELECT sid, name, created_at FROM account ORDER BY id LIMIT %s"
_ADD = "INSERT INTO account (sid, name, created_at) VALUES (%s, %s, %s)"
_TAKEN = "SELECT sid FROM account WHERE name = %s OR sid = %s"
_LOCK = "SELECT pg_advisory_xact_lock(%s)"
_LOCK_NUMBER = 0x4D50_5355
"""One at a time adds accounts; those that are there are not held up."""


class PostgresAccounts:
    """Meets `Accounts`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def accounts(self) -> tuple[Account, ...]:
        """See `Accounts.accounts`."""
        return await self._connections.glance(lambda connection: list_accounts(connection, _MOST))

    async def add_account(self, account: Account) -> Account:
        """See `Accounts.add_account`."""

        def item(connection: psycopg.Connection) -> Account:
            insert_account(connection, account)
            return account

        return await self._connections.write(item)

    async def first_account(self, account: Account) -> tuple[Account, bool]:
        """See `Accounts.first_account`."""
        for oldest in await self._connections.glance(lambda connection: list_accounts(connection, 1)):
            return oldest, False

        def item(connection: psycopg.Connection) -> tuple[Account, bool]:
            lock_accounts(connection)
            for oldest in list_accounts(connection, 1):
                return oldest, False
            insert_account(connection, account)
            return account, True

        return await self._connections.write(item)


def lock_accounts(connection: psycopg.Connection) -> None:
    """Keep others from adding accounts until this transaction ends."""
    connection.execute(_LOCK, (_LOCK_NUMBER,))


def list_accounts(connection: psycopg.Connection, limit: int) -> tuple[Account, ...]:
    """The oldest `limit` accounts, in order."""
    rows = connection.execute(_LIST, (limit,))
    return tuple(Account(sid, name, Instant(created_at)) for sid, name, created_at in rows)


def insert_account(connection: psycopg.Connection, account: Account) -> None:
    """Keep a new account; raises `Conflict` if its name or sid is taken."""
    lock_accounts(connection)
    for (sid,) in connection.execute(_TAKEN, (account.name, account.sid)):
        field = "sid" if sid == account.sid else "name"
        raise Conflict(field, "another account has it; choose another")
    connection.execute(_ADD, (account.sid, account.name, account.created_at))
