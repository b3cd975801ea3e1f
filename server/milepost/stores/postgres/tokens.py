"""Tokens, by the hash of their secrets."""

from __future__ import annotations

import asyncio

import psycopg

from milepost.domain.errors import Conflict, NotFound, Unavailable
from milepost.domain.instant import Instant
from milepost.domain.token import Token, TokenKind
from milepost.stores.postgres.connections import Connections
from milepost.stores.postgres.lookup import lock_account
from milepost.stores.timeline.token_row import decode_token, encode_token

USES_WRITTEN_WITHIN_SECONDS = 30.0

_COLUMNS = (
    "SELECT account.sid, token.sid, kind, token.name, hint, scopes, buckets, environments, token.created_at,"
    " expires_at, revoked_at, last_used_at FROM token JOIN account ON account.id = account_id"
)
_BY_DIGEST = f"{_COLUMNS} WHERE digest = %s"
_BY_SID = f"{_COLUMNS} WHERE account.sid = %s AND token.sid = %s"
_LIST = (
    f"{_COLUMNS} WHERE account.sid = %s AND (%s::text IS NULL OR kind = %s)"
    " AND (%s::text IS NULL OR (token.created_at, token.sid) < (SELECT created_at, sid FROM token WHERE sid = %s))"
    " ORDER BY token.created_at DESC, token.sid DESC LIMIT %s"
)
_TAKEN = "SELECT 1 FROM token WHERE digest = %s OR sid = %s"
_ADD = "INSERT INTO token VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_REVOKE = "UPDATE token SET revoked_at = %s WHERE sid = %s AND revoked_at IS NULL"
_USED = (
    "UPDATE token SET last_used_at = used.at FROM unnest(%b::text[], %b::bigint[]) AS used (sid, at)"
    " WHERE token.sid = used.sid AND coalesce(token.last_used_at, used.at - 1) < used.at"
)


class PostgresTokens:
    """Meets `Tokens`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._uses: dict[str, Instant] = {}
        self._keeping: asyncio.Task[None] | None = None

    async def add_token(self, token: Token, digest: bytes) -> None:
        """See `Tokens.add_token`."""

        def item(connection: psycopg.Connection) -> None:
            account_id = lock_account(connection, token.account_sid)
            if connection.execute(_TAKEN, (digest, token.sid)).fetchone():
                raise Conflict("sid", "another token has this sid or this secret")
            insert_token(connection, account_id, token, digest)

        await self._connections.write(item)
        await self.keep_uses()

    async def find_token(self, digest: bytes) -> Token | None:
        """See `Tokens.find_token`."""

        def look(connection: psycopg.Connection) -> Token | None:
            row = connection.execute(_BY_DIGEST, (digest,)).fetchone()
            return None if row is None else decode_token(row)

        return await self._connections.glance(look)

    async def get_token(self, account_sid: str, token_sid: str) -> Token:
        """See `Tokens.get_token`."""
        return await self._connections.glance(lambda connection: _get(connection, account_sid, token_sid))

    async def tokens(
        self, account_sid: str, kind: TokenKind | None, limit: int, after_sid: str | None
    ) -> tuple[Token, ...]:
        """See `Tokens.tokens`."""

        def look(connection: psycopg.Connection) -> tuple[Token, ...]:
            wanted = None if kind is None else kind.value
            rows = connection.execute(_LIST, (account_sid, wanted, wanted, after_sid, after_sid, limit))
            return tuple(map(decode_token, rows))

        return await self._connections.glance(look)

    async def revoke_token(self, account_sid: str, token_sid: str, at: Instant) -> Token:
        """See `Tokens.revoke_token`."""

        def item(connection: psycopg.Connection) -> Token:
            _get(connection, account_sid, token_sid)
            connection.execute(_REVOKE, (at, token_sid))
            return _get(connection, account_sid, token_sid)

        return await self._connections.write(item)

    async def note_use(self, token_sid: str, at: Instant) -> None:
        """See `Tokens.note_use`."""
        self._uses[token_sid] = max(at, self._uses.get(token_sid, at))
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep_soon())

    async def keep_uses(self) -> None:
        """Write the uses that were noted; those that can't be written now are kept for the next time."""
        uses, self._uses = self._uses, {}
        if not uses:
            return
        columns = (list(uses), list(uses.values()))
        try:
            await self._connections.write(lambda connection: connection.execute(_USED, columns))
        except Unavailable:
            for sid, at in uses.items():
                self._uses[sid] = max(at, self._uses.get(sid, at))

    async def close(self) -> None:
        """Write what is noted still."""
        if self._keeping is not None:
            self._keeping.cancel()
        await self.keep_uses()

    async def _keep_soon(self) -> None:
        await asyncio.sleep(USES_WRITTEN_WITHIN_SECONDS)
        await self.keep_uses()


def insert_token(connection: psycopg.Connection, account_id: int, token: Token, digest: bytes) -> None:
    """Keep a token whose sid and digest are free."""
    connection.execute(_ADD, (digest, account_id, *encode_token(token)))


def _get(connection: psycopg.Connection, account_sid: str, token_sid: str) -> Token:
    row = connection.execute(_BY_SID, (account_sid, token_sid)).fetchone()
    if row is None:
        raise NotFound("token", token_sid)
    return decode_token(row)
