"""Tokens, by the hash of their secrets."""

from __future__ import annotations

import sqlite3
import threading

from milepost.domain.errors import Conflict, NotFound
from milepost.domain.instant import Instant
from milepost.domain.token import Token, TokenKind
from milepost.stores.sqlite.readers import Readers
from milepost.stores.sqlite.writer import Work, Writer
from milepost.stores.timeline.token_row import decode_token, encode_token

USES_WRITTEN_WITHIN_SECONDS = 30.0

_COLUMNS = (
    "SELECT account.sid, token.sid, kind, token.name, hint, scopes, buckets, environments, token.created_at,"
    " expires_at, revoked_at, last_used_at FROM token JOIN account ON account.id = account_id"
)
_BY_DIGEST = f"{_COLUMNS} WHERE digest = ?"
_BY_SID = f"{_COLUMNS} WHERE account.sid = ? AND token.sid = ?"
_LIST = (
    f"{_COLUMNS} WHERE account.sid = ?1 AND (?2 IS NULL OR kind = ?2)"
    " AND (?3 IS NULL OR (token.created_at, token.sid) < (SELECT created_at, sid FROM token WHERE sid = ?3))"
    " ORDER BY token.created_at DESC, token.sid DESC LIMIT ?4"
)
_TAKEN = "SELECT 1 FROM token WHERE digest = ? OR sid = ?"
_ADD = "INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_REVOKE = "UPDATE token SET revoked_at = ? WHERE sid = ? AND revoked_at IS NULL"
_USED = "UPDATE token SET last_used_at = ?2 WHERE sid = ?1 AND coalesce(last_used_at, ?2 - 1) < ?2"


class SqliteTokens:
    """Meets `Tokens`."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer
        self._uses: dict[str, Instant] = {}
        self._lock = threading.Lock()

    async def add_token(self, token: Token, digest: bytes) -> None:
        """See `Tokens.add_token`."""

        def item(work: Work) -> None:
            if work.connection.execute(_TAKEN, (digest, token.sid)).fetchone():
                raise Conflict("sid", "another token has this sid or this secret")
            insert_token(work.connection, work.account_id(token.account_sid), token, digest)

        await self._writer.write(item)

    async def find_token(self, digest: bytes) -> Token | None:
        """See `Tokens.find_token`."""

        def look(connection: sqlite3.Connection) -> Token | None:
            row = connection.execute(_BY_DIGEST, (digest,)).fetchone()
            return None if row is None else decode_token(row)

        return await self._readers.read(look)

    async def get_token(self, account_sid: str, token_sid: str) -> Token:
        """See `Tokens.get_token`."""
        return await self._readers.read(lambda connection: _get(connection, account_sid, token_sid))

    async def tokens(
        self, account_sid: str, kind: TokenKind | None, limit: int, after_sid: str | None
    ) -> tuple[Token, ...]:
        """See `Tokens.tokens`."""

        def look(connection: sqlite3.Connection) -> tuple[Token, ...]:
            rows = connection.execute(_LIST, (account_sid, kind, after_sid, limit))
            return tuple(map(decode_token, rows))

        return await self._readers.read(look)

    async def revoke_token(self, account_sid: str, token_sid: str, at: Instant) -> Token:
        """See `Tokens.revoke_token`."""

        def item(work: Work) -> Token:
            _get(work.connection, account_sid, token_sid)
            work.connection.execute(_REVOKE, (at, token_sid))
            return _get(work.connection, account_sid, token_sid)

        return await self._writer.write(item)

    async def note_use(self, token_sid: str, at: Instant) -> None:
        """See `Tokens.note_use`."""
        with self._lock:
            self._uses[token_sid] = max(at, self._uses.get(token_sid, at))
        self._writer.write_aside(self._keep_uses, USES_WRITTEN_WITHIN_SECONDS)

    def _keep_uses(self, work: Work) -> None:
        with self._lock:
            uses, self._uses = self._uses, {}
        work.connection.executemany(_USED, list(uses.items()))


def insert_token(connection: sqlite3.Connection, account_id: int, token: Token, digest: bytes) -> None:
    """Keep a token whose sid and digest are free."""
    connection.execute(_ADD, (digest, account_id, *encode_token(token)))


def _get(connection: sqlite3.Connection, account_sid: str, token_sid: str) -> Token:
    row = connection.execute(_BY_SID, (account_sid, token_sid)).fetchone()
    if row is None:
        raise NotFound("token", token_sid)
    return decode_token(row)
