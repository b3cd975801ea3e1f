"""An account's number by its sid."""

from __future__ import annotations

import sqlite3

_FIND = "SELECT id FROM account WHERE sid = ?"


def find_account_id(connection: sqlite3.Connection, account_sid: str) -> int | None:
    """The account's number, or None where there is no such account."""
    found = connection.execute(_FIND, (account_sid,)).fetchone()
    return found[0] if found else None
