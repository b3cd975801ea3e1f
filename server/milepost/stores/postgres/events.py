"""Events: the reader's and the writer's port."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import psycopg

from milepost.domain.errors import Conflict, NotFound
from milepost.domain.event import Event, Provenance
from milepost.domain.history import ChangeKind
from milepost.domain.instant import Instant
from milepost.domain.ports import Created
from milepost.domain.query import EventPage, EventQuery
from milepost.domain.scope import Restriction
from milepost.stores.postgres.connections import Connections
from milepost.stores.postgres.lookup import find_account_id
from milepost.stores.postgres.query.completion import find_sids, find_sources
from milepost.stores.postgres.query.page import find_page
from milepost.stores.postgres.revisions import Occasion
from milepost.stores.postgres.workspace import Workspace
from milepost.stores.postgres.writer import Writer
from milepost.stores.timeline.record import decode_event

_GET = "SELECT record FROM event WHERE account_id = (SELECT id FROM account WHERE sid = %s) AND sid = %s"


class PostgresEvents:
    """Meets `EventReader` and `EventWriter`."""

    def __init__(self, connections: Connections, writer: Writer) -> None:
        self._connections = connections
        self._writer = writer

    async def get(self, account_sid: str, event_sid: str) -> Event:
        """See `EventReader.get`."""

        def look(connection: psycopg.Connection) -> Event:
            found = connection.execute(_GET, (account_sid, event_sid)).fetchone()
            if found is None:
                raise NotFound("event", event_sid)
            return decode_event(found[0], account_sid)

        return await self._connections.glance(look)

    async def find(self, account_sid: str, query: EventQuery) -> EventPage:
        """See `EventReader.find`."""

        def look(connection: psycopg.Connection) -> EventPage:
            account_id = find_account_id(connection, account_sid)
            if account_id is None:
                return EventPage(())
            return find_page(connection, account_id, account_sid, query)

        return await self._connections.read(look)

    async def sources(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        """See `EventReader.sources`."""

        def look(connection: psycopg.Connection) -> tuple[str, ...]:
            account_id = find_account_id(connection, account_sid)
            return () if account_id is None else find_sources(connection, account_id, prefix, limit, reach)

        return await self._connections.read(look)

    async def sids(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        """See `EventReader.sids`."""

        def look(connection: psycopg.Connection) -> tuple[str, ...]:
            account_id = find_account_id(connection, account_sid)
            return () if account_id is None else find_sids(connection, account_id, prefix, limit, reach)

        return await self._connections.read(look)

    async def create(self, event: Event) -> Created:
        """See `EventWriter.create`."""

        def item(work: Workspace) -> Created:
            work.account_id(event.account_sid)
            holder = work.holder(event)
            if holder is not None and holder.live is not None:
                return Created(holder.live, replayed=True)
            entry = work.entry(event.account_sid, event.sid)
            if entry.live is not None or entry.hidden is not None:
                raise Conflict("sid", "an event of this account has this sid")
            work.put(entry, event, ChangeKind.CREATED)
            return Created(event, replayed=False)

        return await self._writer.write(event.account_sid, event.sid, item, event.dedup_key)

    async def change(self, account_sid: str, event_sid: str, apply: Callable[[Event], Event], by: Provenance) -> Event:
        """See `EventWriter.change`."""

        def item(work: Workspace) -> Event:
            entry = work.entry(account_sid, event_sid)
            live = _live(entry.live, event_sid)
            changed = apply(live)
            if changed is live:
                return live
            work.check_dedup_key(changed)
            work.put(entry, changed, ChangeKind.CHANGED)
            at = changed.updated_at if changed.updated_at is not None else live.created_at
            work.keep_revision(entry, changed.version, Occasion(ChangeKind.CHANGED, at, by), live)
            return changed

        return await self._writer.write(account_sid, event_sid, item)

    async def delete(
        self, account_sid: str, event_sid: str, allow: Callable[[Event], None], by: Provenance, at: Instant
    ) -> Event:
        """See `EventWriter.delete`. The hidden event carries the deletion's version, so that versions only grow."""

        def item(work: Workspace) -> Event:
            entry = work.entry(account_sid, event_sid)
            live = _live(entry.live, event_sid)
            allow(live)
            hidden = replace(live, version=live.version + 1)
            work.hide(entry, hidden)
            work.keep_revision(entry, hidden.version, Occasion(ChangeKind.DELETED, at, by), live)
            work.tell(ChangeKind.DELETED, entry.account_id, live)
            return live

        return await self._writer.write(account_sid, event_sid, item)


def _live(found: Event | None, event_sid: str) -> Event:
    if found is None:
        raise NotFound("event", event_sid)
    return found
