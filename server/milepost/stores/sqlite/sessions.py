"""Sessions and sign-in links, by the hash of their secrets."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from milepost.domain.errors import NotFound
from milepost.domain.instant import Instant
from milepost.domain.session import Session
from milepost.stores.sqlite.readers import Readers
from milepost.stores.sqlite.writer import Work, Writer
from milepost.stores.timeline.session_row import SELECT, decode_session, encode_session

_BY_DIGEST = f"{SELECT} AND session.digest = ?"
_BY_SID = f"{SELECT} AND account.sid = ? AND session.sid = ?"
_FORGET_OVER = "DELETE FROM session WHERE expires_at <= ?"
_FORGET_OLDEST = (
    "DELETE FROM session WHERE digest IN (SELECT digest FROM session WHERE account_id = ? AND kind = ? AND parent IS ?"
    " ORDER BY created_at DESC, sid DESC LIMIT -1 OFFSET ?)"
)
_ADD = "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?)"
_TAKE = "DELETE FROM session WHERE digest = ?"
_OF_ACCOUNT = "FROM session WHERE account_id = (SELECT id FROM account WHERE sid = ?)"
_ALIVE = f"SELECT count(*) {_OF_ACCOUNT} AND expires_at > ?"
_END_ALL = f"DELETE {_OF_ACCOUNT}"
_END = f"{_END_ALL} AND sid = ?"


class SqliteSessions:
    """Meets `Sessions`."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    async def add_session(self, session: Session, digest: bytes, most: int) -> None:
        """See `Sessions.add_session`."""
        await self._writer.write(lambda work: _add(work, session, digest, most))

    async def find_session(self, digest: bytes) -> Session | None:
        """See `Sessions.find_session`."""
        return await self._readers.read(lambda connection: _look(connection, _BY_DIGEST, digest))

    async def get_session(self, account_sid: str, session_sid: str) -> Session:
        """See `Sessions.get_session`."""
        found = await self._readers.read(lambda connection: _look(connection, _BY_SID, account_sid, session_sid))
        if found is None:
            raise NotFound("session", session_sid)
        return found

    async def exchange_session(
        self, digest: bytes, successor: Callable[[Session], Session | None], successor_digest: bytes, most: int
    ) -> Session | None:
        """See `Sessions.exchange_session`."""

        def item(work: Work) -> Session | None:
            found = _look(work.connection, _BY_DIGEST, digest)
            work.connection.execute(_TAKE, (digest,))
            if (made := None if found is None else successor(found)) is not None:
                _add(work, made, successor_digest, most)
            return made

        return await self._writer.write(item)

    async def end_session(self, account_sid: str, session_sid: str) -> None:
        """See `Sessions.end_session`."""

        def item(work: Work) -> None:
            work.connection.execute(_END, (account_sid, session_sid))

        await self._writer.write(item)

    async def end_sessions(self, account_sid: str, now: Instant) -> int:
        """See `Sessions.end_sessions`."""

        def item(work: Work) -> int:
            [[alive]] = work.connection.execute(_ALIVE, (account_sid, now)).fetchall()
            work.connection.execute(_END_ALL, (account_sid,))
            return alive

        return await self._writer.write(item)


def _add(work: Work, session: Session, digest: bytes, most: int) -> None:
    row = encode_session(session)
    account_id, (_, kind, parent, *_) = work.account_id(session.account_sid), row
    work.connection.execute(_FORGET_OVER, (session.created_at,))
    work.connection.execute(_FORGET_OLDEST, (account_id, kind, parent, most - 1))
    work.connection.execute(_ADD, (digest, account_id, *row))


def _look(connection: sqlite3.Connection, statement: str, *values: object) -> Session | None:
    row = connection.execute(statement, values).fetchone()
    return None if row is None else decode_session(row)
