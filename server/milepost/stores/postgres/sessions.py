"""Sessions and sign-in links, by the hash of their secrets."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from milepost.domain.errors import NotFound
from milepost.domain.instant import Instant
from milepost.domain.session import Session
from milepost.stores.postgres.connections import Connections
from milepost.stores.postgres.lookup import lock_account
from milepost.stores.timeline.session_row import SELECT, decode_session, encode_session

_BY_DIGEST = f"{SELECT} AND session.digest = %s"
_BY_SID = f"{SELECT} AND account.sid = %s AND session.sid = %s"
_FORGET_OVER = "DELETE FROM session WHERE expires_at <= %s"
_FORGET_OLDEST = (
    "DELETE FROM session WHERE digest IN (SELECT digest FROM session WHERE account_id = %s AND kind = %s"
    " AND parent IS NOT DISTINCT FROM %s ORDER BY created_at DESC, sid DESC OFFSET %s)"
)
_ADD = "INSERT INTO session VALUES (%s, %s, %s, %s, %s, %s, %s)"
_TAKE = "DELETE FROM session WHERE digest = %s"
_OF_ACCOUNT = "DELETE FROM session WHERE account_id = (SELECT id FROM account WHERE sid = %s)"
_END_ALL = f"{_OF_ACCOUNT} RETURNING expires_at".encode()
_END = f"{_OF_ACCOUNT} AND sid = %s".encode()


class PostgresSessions:
    """Meets `Sessions`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def add_session(self, session: Session, digest: bytes, most: int) -> None:
        """See `Sessions.add_session`."""

        def item(connection: psycopg.Connection) -> None:
            _add(connection, lock_account(connection, session.account_sid), session, digest, most)

        await self._connections.write(item)

    async def find_session(self, digest: bytes) -> Session | None:
        """See `Sessions.find_session`."""
        return await self._connections.glance(lambda connection: _look(connection, _BY_DIGEST, digest))

    async def get_session(self, account_sid: str, session_sid: str) -> Session:
        """See `Sessions.get_session`."""
        found = await self._connections.glance(lambda connection: _look(connection, _BY_SID, account_sid, session_sid))
        if found is None:
            raise NotFound("session", session_sid)
        return found

    async def exchange_session(
        self, digest: bytes, successor: Callable[[Session], Session | None], successor_digest: bytes, most: int
    ) -> Session | None:
        """See `Sessions.exchange_session`."""

        def item(connection: psycopg.Connection) -> Session | None:
            found = _look(connection, _BY_DIGEST, digest)
            if found is None:
                return None
            # Under the account's lock, as whoever ends all: what is gone by now isn't exchanged any more.
            account_id = lock_account(connection, found.account_sid)
            taken = connection.execute(_TAKE, (digest,)).rowcount
            if (made := successor(found) if taken else None) is not None:
                _add(connection, account_id, made, successor_digest, most)
            return made

        return await self._connections.write(item)

    async def end_session(self, account_sid: str, session_sid: str) -> None:
        """See `Sessions.end_session`."""
        await self._connections.write(lambda connection: connection.execute(_END, (account_sid, session_sid)))

    async def end_sessions(self, account_sid: str, now: Instant) -> int:
        """See `Sessions.end_sessions`."""

        def item(connection: psycopg.Connection) -> int:
            lock_account(connection, account_sid)
            return sum(end > now for [end] in connection.execute(_END_ALL, (account_sid,)))

        return await self._connections.write(item)


def _add(connection: psycopg.Connection, account_id: int, session: Session, digest: bytes, most: int) -> None:
    row = encode_session(session)
    _, kind, parent, *_ = row
    connection.execute(_FORGET_OVER, (session.created_at,))
    connection.execute(_FORGET_OLDEST, (account_id, kind, parent, most - 1))
    connection.execute(_ADD, (digest, account_id, *row))


def _look(connection: psycopg.Connection, statement: str, *values: object) -> Session | None:
    row = connection.execute(statement.encode(), values).fetchone()
    return None if row is None else decode_session(row)
