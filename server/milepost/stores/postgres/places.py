"""Registered buckets and environments."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import psycopg

from milepost.domain.account import MOST_PLACES, Place, PlaceKind
from milepost.domain.errors import Conflict, Invalid, NotFound
from milepost.domain.instant import Instant
from milepost.stores.postgres.connections import Connections
from milepost.stores.postgres.lookup import lock_account

_COLUMNS = "SELECT sid, place.name, labels, place.created_at, updated_at FROM place"
_LIST = (
    "SELECT place.sid, place.name, labels, place.created_at, updated_at FROM place"
    " JOIN account ON account.id = account_id WHERE account.sid = %s AND kind = %s ORDER BY place.name LIMIT %s"
)
_FIND = f"{_COLUMNS} WHERE account_id = %s AND kind = %s AND sid = %s"
_TAKEN = "SELECT sid FROM place WHERE account_id = %s AND kind = %s AND (sid = %s OR name = %s)"
_COUNT = "SELECT count(*) FROM place WHERE account_id = %s AND kind = %s"
_ADD = "INSERT INTO place VALUES (%s, %s, %s, %s, %s, %s, %s)"
_CHANGE = (
    "UPDATE place SET name = %s, labels = %s, created_at = %s, updated_at = %s"
    " WHERE account_id = %s AND kind = %s AND sid = %s"
)
_DELETE = "DELETE FROM place WHERE account_id = %s AND kind = %s AND sid = %s"

PlaceRow = tuple[str, str, str, int, int | None]


class PostgresPlaces:
    """Meets `Places`. Writes hold the account's row, so that names stay different and their number bounded."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def places(self, account_sid: str, kind: PlaceKind) -> tuple[Place, ...]:
        """See `Places.places`."""

        def look(connection: psycopg.Connection) -> tuple[Place, ...]:
            rows = connection.execute(_LIST, (account_sid, kind.value, MOST_PLACES))
            return tuple(decode_place(row, account_sid, kind) for row in rows)

        return await self._connections.glance(look)

    async def add_place(self, place: Place) -> Place:
        """See `Places.add_place`."""

        def item(connection: psycopg.Connection) -> Place:
            insert_place(connection, lock_account(connection, place.account_sid), place)
            return place

        return await self._connections.write(item)

    async def change_place(self, account_sid: str, kind: PlaceKind, sid: str, apply: Callable[[Place], Place]) -> Place:
        """See `Places.change_place`."""

        def item(connection: psycopg.Connection) -> Place:
            account_id = lock_account(connection, account_sid)
            row = connection.execute(_FIND, (account_id, kind.value, sid)).fetchone()
            if row is None:
                raise NotFound(kind.value, sid)
            changed = apply(decode_place(row, account_sid, kind))
            _check_free(connection, account_id, changed, sid)
            values = (changed.name, _labels(changed), changed.created_at, changed.updated_at)
            connection.execute(_CHANGE, (*values, account_id, kind.value, sid))
            return changed

        return await self._connections.write(item)

    async def delete_place(self, account_sid: str, kind: PlaceKind, sid: str) -> None:
        """See `Places.delete_place`."""

        def item(connection: psycopg.Connection) -> None:
            if not connection.execute(_DELETE, (lock_account(connection, account_sid), kind.value, sid)).rowcount:
                raise NotFound(kind.value, sid)

        await self._connections.write(item)


def insert_place(connection: psycopg.Connection, account_id: int, place: Place) -> None:
    """Keep a new place; raises `Conflict` on a taken sid or name, `Invalid` where there are too many."""
    _check_free(connection, account_id, place, None)
    [[count]] = connection.execute(_COUNT, (account_id, place.kind.value)).fetchall()
    if count >= MOST_PLACES:
        raise Invalid.of("sid", f"there are {MOST_PLACES:,} {place.kind}s already, the most an account may register")
    times = (place.created_at, place.updated_at)
    connection.execute(_ADD, (account_id, place.kind.value, place.sid, place.name, _labels(place), *times))


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


def _check_free(connection: psycopg.Connection, account_id: int, place: Place, own_sid: str | None) -> None:
    """Raises `Conflict` if another place than `own_sid` has the sid or the name."""
    for (sid,) in connection.execute(_TAKEN, (account_id, place.kind.value, place.sid, place.name)):
        if sid != own_sid:
            field = "sid" if sid == place.sid else "name"
            raise Conflict(field, f"another {place.kind} of this account has it; choose another")


def _labels(place: Place) -> str:
    return orjson.dumps(dict(place.labels)).decode()
