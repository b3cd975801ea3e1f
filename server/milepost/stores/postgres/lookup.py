"""An account's number by its sid."""

from __future__ import annotations

import psycopg

from milepost.domain.errors import NotFound

_FIND = "SELECT id FROM account WHERE sid = %s"


def find_account_id(connection: psycopg.Connection, account_sid: str) -> int | None:
    """The account's number, or None where there is no such account."""
    found = connection.execute(_FIND, (account_sid,)).fetchone()
    return found[0] if found else None


def account_id_of(connection: psycopg.Connection, account_sid: str) -> int:
    """The account's number; raises `NotFound`."""
    found = find_account_id(connection, account_sid)
    if found is None:
        raise NotFound("account", account_sid)
    return found


def lock_account(connection: psycopg.Connection, account_sid: str) -> int:
    """The account's number, its row held until the transaction ends; raises `NotFound`."""
    found = connection.execute(f"{_FIND} FOR NO KEY UPDATE".encode(), (account_sid,)).fetchone()
    if found is None:
        raise NotFound("account", account_sid)
    return found[0]
