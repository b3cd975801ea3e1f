"""Sessions and sign-in links, by the hash of their secrets."""

from __future__ import annotations

import psycopg

from milepost.domain.errors import NotFound
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
_END = "DELETE FROM session WHERE sid = %s AND account_id = (SELECT id FROM account WHERE sid = %s)"


class PostgresSessions:
    """Meets `Sessions`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def add_session(self, session: Session, digest: bytes, most: int) -> None:
        """See `Sessions.add_session`."""
        row = encode_session(session)

        def item(connection: psycopg.Connection) -> None:
            account_id = lock_account(connection, session.account_sid)
            _, kind, parent, *_ = row
            connection.execute(_FORGET_OVER, (session.created_at,))
            connection.execute(_FORGET_OLDEST, (account_id, kind, parent, most - 1))
            connection.execute(_ADD, (digest, account_id, *row))

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

    async def take_session(self, digest: bytes) -> Session | None:
        """See `Sessions.take_session`."""

        def item(connection: psycopg.Connection) -> Session | None:
            found = _look(connection, _BY_DIGEST, digest)
            # Whoever deletes the row has it; another one waits for that, and finds none.
            return found if connection.execute(_TAKE, (digest,)).rowcount else None

        return await self._connections.write(item)

    async def end_session(self, account_sid: str, session_sid: str) -> None:
        """See `Sessions.end_session`."""
        await self._connections.write(lambda connection: connection.execute(_END, (session_sid, account_sid)))


def _look(connection: psycopg.Connection, statement: str, *values: object) -> Session | None:
    row = connection.execute(statement.encode(), values).fetchone()
    return None if row is None else decode_session(row)
