"""The archive, in: a batch of entries in one transaction. Events and their history, of which there are many, are copied in
together (newcomers.py); of the other kinds there are few.
"""

from __future__ import annotations

import psycopg

from milepost.domain.account import Account, Place
from milepost.domain.archive import ArchivedEvent, ArchivedToken, ArchiveEntry, TagNumber
from milepost.domain.errors import Conflict
from milepost.domain.history import Revision
from milepost.domain.ports import Loaded
from milepost.stores.postgres.accounts import insert_account
from milepost.stores.postgres.limits import without_time_limit
from milepost.stores.postgres.newcomers import Newcomers
from milepost.stores.postgres.places import insert_place
from milepost.stores.postgres.tokens import insert_token
from milepost.stores.postgres.workspace import Workspace

_ACCOUNT = "SELECT 1 FROM account WHERE sid = %s"
_PLACE = "SELECT 1 FROM place WHERE account_id = %s AND kind = %s AND sid = %s"
_DIGEST = "SELECT 1 FROM token WHERE digest = %s"
_TOKEN = "SELECT 1 FROM token WHERE sid = %s"  # noqa: S105 - a statement
_TAG = "SELECT 1 FROM tag_number WHERE account_id = %s AND part = %s AND (name = %s OR number = %s)"
_ADD_TAG = "INSERT INTO tag_number VALUES (%s, %s, %s, %s)"


def load_batch(entries: list[ArchiveEntry], connection: psycopg.Connection) -> Loaded:
    """See `Archive.load`. A batch of long texts may take a slow disk longer than the usual statement may."""
    without_time_limit(connection)
    added = sum(_load_account(connection, entry) for entry in entries if isinstance(entry, Account))
    others = [entry for entry in entries if not isinstance(entry, Account)]
    work = Workspace(connection)
    work.lock({_account_sid(entry) for entry in others})
    newcomers = Newcomers(work, others)
    added += sum(_load(work, newcomers, entry) for entry in others)
    newcomers.write()
    return Loaded(added, len(entries) - added)


def _load(
    work: Workspace, newcomers: Newcomers, entry: Place | ArchivedToken | TagNumber | ArchivedEvent | Revision
) -> bool:
    """Write or gather one entry; False if it is there already."""
    match entry:
        case ArchivedEvent():
            return newcomers.add_event(entry)
        case Revision():
            return newcomers.add_revision(entry)
        case Place():
            return _load_place(work.connection, work.account_id(entry.account_sid), entry)
        case ArchivedToken():
            return _load_token(work.connection, work.account_id(entry.token.account_sid), entry)
        case TagNumber():
            return _load_tag_number(work.connection, work.account_id(entry.account_sid), entry)


def _load_account(connection: psycopg.Connection, account: Account) -> bool:
    if _is_there(connection, _ACCOUNT, account.sid):
        return False
    insert_account(connection, account)
    return True


def _load_place(connection: psycopg.Connection, account_id: int, place: Place) -> bool:
    if _is_there(connection, _PLACE, account_id, place.kind.value, place.sid):
        return False
    insert_place(connection, account_id, place)
    return True


def _load_token(connection: psycopg.Connection, account_id: int, archived: ArchivedToken) -> bool:
    if _is_there(connection, _DIGEST, archived.digest):
        return False
    if _is_there(connection, _TOKEN, archived.token.sid):
        raise Conflict("sid", f"another token has the sid {archived.token.sid}")
    insert_token(connection, account_id, archived.token, archived.digest)
    return True


def _load_tag_number(connection: psycopg.Connection, account_id: int, tag: TagNumber) -> bool:
    """A name or a number that is in use here goes on meaning what it means here."""
    if _is_there(connection, _TAG, account_id, tag.part.value, tag.name, tag.number):
        return False
    connection.execute(_ADD_TAG, (account_id, tag.part.value, tag.number, tag.name))
    return True


def _is_there(connection: psycopg.Connection, statement: str, *values: object) -> bool:
    return connection.execute(statement.encode(), values).fetchone() is not None


def _account_sid(entry: Place | ArchivedToken | TagNumber | ArchivedEvent | Revision) -> str:
    match entry:
        case ArchivedEvent():
            return entry.event.account_sid
        case ArchivedToken():
            return entry.token.account_sid
        case _:
            return entry.account_sid
