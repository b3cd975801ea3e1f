"""Registered buckets and environments."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import orjson

from milepost.domain.account import MOST_PLACES, Place, PlaceKind
from milepost.domain.errors import Conflict, Invalid, NotFound
from milepost.domain.instant import Instant
from milepost.stores.sqlite.lookup import find_account_id
from milepost.stores.sqlite.readers import Readers
from milepost.stores.sqlite.writer import Work, Writer

_COLUMNS = "SELECT sid, name, labels, created_at, updated_at FROM place WHERE account_id = ? AND kind = ?"
_LIST = f"{_COLUMNS} ORDER BY name LIMIT ?"
_FIND = f"{_COLUMNS} AND sid = ?"
_TAKEN = "SELECT sid FROM place WHERE account_id = ? AND kind = ? AND (sid = ? OR name = ?)"
_COUNT = "SELECT count(*) FROM place WHERE account_id = ? AND kind = ?"
_ADD = "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?)"
_CHANGE = "UPDATE place SET name = ?, labels = ?, created_at = ?, updated_at = ? WHERE account_id = ? AND kind = ? AND sid = ?"
_DELETE = "DELETE FROM place WHERE account_id = ? AND kind = ? AND sid = ?"

PlaceRow = tuple[str, str, str, int, int | None]


class SqlitePlaces:
    """Meets `Places`."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    async def places(self, account_sid: str, kind: PlaceKind) -> tuple[Place, ...]:
        """See `Places.places`."""

        def look(connection: sqlite3.Connection) -> tuple[Place, ...]:
            account_id = find_account_id(connection, account_sid)
            rows = connection.execute(_LIST, (account_id, kind, MOST_PLACES))
            return tuple(decode_place(row, account_sid, kind) for row in rows)

        return await self._readers.read(look)

    async def add_place(self, place: Place) -> Place:
        """See `Places.add_place`."""

        def item(work: Work) -> Place:
            insert_place(work.connection, work.account_id(place.account_sid), place)
            return place

        return await self._writer.write(item)

    async def change_place(self, account_sid: str, kind: PlaceKind, sid: str, apply: Callable[[Place], Place]) -> Place:
        """See `Places.change_place`."""

        def item(work: Work) -> Place:
            account_id = work.account_id(account_sid)
            row = work.connection.execute(_FIND, (account_id, kind, sid)).fetchone()
            if row is None:
                raise NotFound(kind.value, sid)
            changed = apply(decode_place(row, account_sid, kind))
            _check_free(work.connection, account_id, changed, sid)
            values = (changed.name, _labels(changed), changed.created_at, changed.updated_at)
            work.connection.execute(_CHANGE, (*values, account_id, kind, sid))
            return changed

        return await self._writer.write(item)

    async def delete_place(self, account_sid: str, kind: PlaceKind, sid: str) -> None:
        """See `Places.delete_place`."""

        def item(work: Work) -> None:
            if not work.connection.execute(_DELETE, (work.account_id(account_sid), kind, sid)).rowcount:
                raise NotFound(kind.value, sid)

        await self._writer.write(item)


def insert_place(connection: sqlite3.Connection, account_id: int, place: Place) -> None:
    """Keep a new place; raises `Conflict` on a taken sid or name, `Invalid` where there are too many."""
    _check_free(connection, account_id, place, None)
    count: int = connection.execute(_COUNT, (account_id, place.kind)).fetchone()[0]
    if count >= MOST_PLACES:
        raise Invalid.of("sid", f"there are {MOST_PLACES:,} {place.kind}s already, the most an account may register")
    times = (place.created_at, place.updated_at)
    connection.execute(_ADD, (account_id, place.kind, place.sid, place.name, _labels(place), *times))


def decode_place(row: PlaceRow, account_sid: str, kind: PlaceKind) -> Place:
    """A place from its row, account and kind left out."""
    sid, name, labels, created_at, updated_at = row
    return Place(
        sid=sid,
        account_sid=account_sid,
        kind=kind,
        name=name,
        labels=orjson.loads(labels),
        created_at=Instant(created_at),
        updated_at=None if updated_at is None else Instant(updated_at),
    )


def _check_free(connection: sqlite3.Connection, account_id: int, place: Place, own_sid: str | None) -> None:
    """Raises `Conflict` if another place than `own_sid` has the sid or the name."""
    for (sid,) in connection.execute(_TAKEN, (account_id, place.kind, place.sid, place.name)):
        if sid != own_sid:
            field = "sid" if sid == place.sid else "name"
            raise Conflict(field, f"another {place.kind} of this account has it; choose another")


def _labels(place: Place) -> str:
    return orjson.dumps(dict(place.labels)).decode()
