"""Events: the reader's and the writer's port."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace

from milepost.domain.errors import Conflict, NotFound
from milepost.domain.event import Event, Provenance
from milepost.domain.history import ChangeKind
from milepost.domain.instant import Instant
from milepost.domain.ports import Created
from milepost.domain.query import EventPage, EventQuery
from milepost.domain.scope import Restriction
from milepost.stores.sqlite.live import (
    add_live,
    change_live,
    check_dedup_key,
    find_by_dedup_key,
    get_live,
    remove_live,
    sid_is_taken,
)
from milepost.stores.sqlite.lookup import find_account_id
from milepost.stores.sqlite.notices import Change
from milepost.stores.sqlite.query.completion import find_sids, find_sources
from milepost.stores.sqlite.query.page import find_page
from milepost.stores.sqlite.readers import Readers
from milepost.stores.sqlite.revisions import Occasion, hide_event, keep_revision
from milepost.stores.sqlite.writer import Work, Writer


class SqliteEvents:
    """Meets `EventReader` and `EventWriter`."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    async def get(self, account_sid: str, event_sid: str) -> Event:
        """See `EventReader.get`."""

        def look(connection: sqlite3.Connection) -> Event:
            account_id = find_account_id(connection, account_sid)
            if account_id is None:
                raise NotFound("event", event_sid)
            return get_live(connection, account_id, account_sid, event_sid).event

        return await self._readers.read(look)

    async def find(self, account_sid: str, query: EventQuery) -> EventPage:
        """See `EventReader.find`."""

        def look(connection: sqlite3.Connection) -> EventPage:
            account_id = find_account_id(connection, account_sid)
            if account_id is None:
                return EventPage(())
            return find_page(connection, account_id, account_sid, query)

        return await self._readers.read(look)

    async def sources(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        """See `EventReader.sources`."""

        def look(connection: sqlite3.Connection) -> tuple[str, ...]:
            account_id = find_account_id(connection, account_sid)
            return () if account_id is None else find_sources(connection, account_id, prefix, limit, reach)

        return await self._readers.read(look)

    async def sids(self, account_sid: str, prefix: str, limit: int, reach: Restriction) -> tuple[str, ...]:
        """See `EventReader.sids`."""

        def look(connection: sqlite3.Connection) -> tuple[str, ...]:
            account_id = find_account_id(connection, account_sid)
            return () if account_id is None else find_sids(connection, account_id, prefix, limit, reach)

        return await self._readers.read(look)

    async def create(self, event: Event) -> Created:
        """See `EventWriter.create`."""

        def item(work: Work) -> Created:
            account_id = work.account_id(event.account_sid)
            if event.dedup_key is not None:
                holder = find_by_dedup_key(work.connection, account_id, event.account_sid, event.dedup_key)
                if holder is not None:
                    return Created(holder.event, replayed=True)
            if sid_is_taken(work.connection, account_id, event.sid):
                raise Conflict("sid", "an event of this account has this sid")
            add_live(work, account_id, event, ChangeKind.CREATED)
            return Created(event, replayed=False)

        return await self._writer.write(item)

    async def change(self, account_sid: str, event_sid: str, apply: Callable[[Event], Event], by: Provenance) -> Event:
        """See `EventWriter.change`."""

        def item(work: Work) -> Event:
            account_id = work.event_account_id(account_sid, event_sid)
            live = get_live(work.connection, account_id, account_sid, event_sid)
            changed = apply(live.event)
            if changed is live.event:
                return changed
            check_dedup_key(work, account_id, changed, live.id)
            at = changed.updated_at if changed.updated_at is not None else live.event.created_at
            occasion = Occasion(ChangeKind.CHANGED, at, by)
            keep_revision(work.connection, account_id, event_sid, changed.version, occasion, live.event)
            change_live(work, live, changed)
            return changed

        return await self._writer.write(item)

    async def delete(
        self, account_sid: str, event_sid: str, allow: Callable[[Event], None], by: Provenance, at: Instant
    ) -> Event:
        """See `EventWriter.delete`. The hidden event carries the deletion's version, so that versions only grow."""

        def item(work: Work) -> Event:
            account_id = work.event_account_id(account_sid, event_sid)
            live = get_live(work.connection, account_id, account_sid, event_sid)
            allow(live.event)
            hidden = replace(live.event, version=live.event.version + 1)
            occasion = Occasion(ChangeKind.DELETED, at, by)
            keep_revision(work.connection, account_id, event_sid, hidden.version, occasion, live.event)
            hide_event(work.connection, account_id, hidden)
            remove_live(work, live)
            work.changes.append(Change(ChangeKind.DELETED, account_id, event_sid, (live.event.scope,)))
            return live.event

        return await self._writer.write(item)
