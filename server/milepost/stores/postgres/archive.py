"""The archive, out: everything that the store holds, as of one moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import psycopg
from anyio import to_thread

from milepost.domain.account import Account, PlaceKind
from milepost.domain.archive import ArchivedEvent, ArchivedToken, ArchiveEntry, TagNumber, TagPart
from milepost.domain.ports import Loaded
from milepost.stores.postgres.connections import Connections
from milepost.stores.postgres.faults import unavailable
from milepost.stores.postgres.loading import load_batch
from milepost.stores.postgres.places import decode_place
from milepost.stores.postgres.revisions import decode_revision
from milepost.stores.timeline.record import decode_event
from milepost.stores.timeline.token_row import decode_token

BATCH = 500
"""Entries read by one step of an export."""

_BEGIN = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_UNBOUNDED = (b"SET LOCAL statement_timeout = 0", b"SET LOCAL idle_in_transaction_session_timeout = 0")
_ACCOUNTS = "SELECT id, sid, name, created_at FROM account WHERE %s::text IS NULL OR sid = %s ORDER BY id"
_PLACES = "SELECT kind, sid, name, labels, created_at, updated_at FROM place WHERE account_id = %s ORDER BY kind, sid"
_TOKENS = (
    "SELECT digest, account.sid, token.sid, kind, token.name, hint, scopes, buckets, environments, token.created_at,"
    " expires_at, revoked_at, last_used_at FROM token JOIN account ON account.id = token.account_id"
    " WHERE token.account_id = %s ORDER BY token.created_at, token.sid"
)
_TAG_NUMBERS = "SELECT part, number, name FROM tag_number WHERE account_id = %s ORDER BY part, number"
_EVENTS = "SELECT record FROM event WHERE account_id = %s ORDER BY started_at, sid"
_DELETED = "SELECT record FROM deleted_event WHERE account_id = %s ORDER BY sid"
_REVISIONS = (
    "SELECT event_sid, version, kind, at, by, before FROM revision WHERE account_id = %s ORDER BY event_sid, version"
)

Row = tuple[Any, ...]


class PostgresArchive:
    """Meets `Archive`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def entries(self, account_sid: str | None) -> AsyncIterator[ArchiveEntry]:
        """See `Archive.entries`."""
        connection = await to_thread.run_sync(self._connections.open)
        try:
            await to_thread.run_sync(_begin, connection)
            everything = _everything(connection, account_sid)
            while batch := await to_thread.run_sync(_next_batch, everything):
                for entry in batch:
                    yield entry
        except psycopg.OperationalError as error:
            raise unavailable(error) from error
        finally:
            connection.close()

    async def load(self, entries: Iterable[ArchiveEntry]) -> Loaded:
        """See `Archive.load`."""
        return await self._connections.write(partial(load_batch, list(entries)))


def _begin(connection: psycopg.Connection) -> None:
    for statement in (_BEGIN, *_UNBOUNDED):
        connection.execute(statement)


def _next_batch(everything: Iterator[ArchiveEntry]) -> list[ArchiveEntry]:
    return list(islice(everything, BATCH))


def _everything(connection: psycopg.Connection, account_sid: str | None) -> Iterator[ArchiveEntry]:
    """Kind by kind, and each account by account, so that every statement goes along an index and nothing is sorted."""
    accounts = connection.execute(_ACCOUNTS, (account_sid, account_sid)).fetchall()
    yield from (Account(*row[1:]) for row in accounts)
    for statement, decode in DECODERS:
        for account_id, sid, *_ in accounts:
            with connection.cursor("export") as cursor:
                cursor.itersize = BATCH
                cursor.execute(statement.encode(), (account_id,))
                yield from (decode(row, sid) for row in cursor)


DECODERS: tuple[tuple[str, Callable[[Row, str], ArchiveEntry]], ...] = (
    (_PLACES, lambda row, sid: decode_place((row[1], row[2], row[3], row[4], row[5]), sid, PlaceKind(row[0]))),
    (_TOKENS, lambda row, _: ArchivedToken(decode_token(row[1:]), bytes(row[0]))),
    (_TAG_NUMBERS, lambda row, sid: TagNumber(sid, TagPart(row[0]), row[1], row[2])),
    (_EVENTS, lambda row, sid: ArchivedEvent(decode_event(row[0], sid))),
    (_DELETED, lambda row, sid: ArchivedEvent(decode_event(row[0], sid), deleted=True)),
    (_REVISIONS, lambda row, sid: decode_revision((row[0], row[1], row[2], row[3], row[4], row[5]), sid)),
)
