"""Accounts."""

from __future__ import annotations

import sqlite3

from milepost.domain.account import Account
from milepost.domain.errors import Conflict
from milepost.domain.instant import Instant
from milepost.stores.sqlite.readers import Readers
from milepost.stores.sqlite.writer import Work, Writer

_MOST = 1_000
_LIST = "SELECT sid, name, created_at FROM account ORDER BY id LIMIT ?"
_ADD = "INSERT INTO account (sid, name, created_at) VALUES (?, ?, ?)"
_TAKEN = "SELECT sid FROM account WHERE name = ? OR sid = ?"


class SqliteAccounts:
    """Meets `Accounts`."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    async def accounts(self) -> tuple[Account, ...]:
        """See `Accounts.accounts`."""
        return await self._readers.read(lambda connection: list_accounts(connection, _MOST))

    async def add_account(self, account: Account) -> Account:
        """See `Accounts.add_account`."""

        def item(work: Work) -> Account:
            insert_account(work.connection, account)
            return account

        return await self._writer.write(item)

    async def first_account(self, account: Account) -> tuple[Account, bool]:
        """See `Accounts.first_account`."""

        def item(work: Work) -> tuple[Account, bool]:
            for oldest in list_accounts(work.connection, 1):
                return oldest, False
            insert_account(work.connection, account)
            return account, True

        return await self._writer.write(item)


def list_accounts(connection: sqlite3.Connection, limit: int) -> tuple[Account, ...]:
    """The oldest `limit` accounts, in order."""
    rows = connection.execute(_LIST, (limit,))
    return tuple(Account(sid, name, Instant(created_at)) for sid, name, created_at in rows)


def insert_account(connection: sqlite3.Connection, account: Account) -> None:
    """Keep a new account; raises `Conflict` if its name or sid is taken."""
    for (sid,) in connection.execute(_TAKEN, (account.name, account.sid)):
        field = "sid" if sid == account.sid else "name"
        raise Conflict(field, "another account has it; choose another")
    connection.execute(_ADD, (account.sid, account.name, account.created_at))
