"""Writing events: each write is read, applied and sent once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from milepost.domain.errors import Conflict, Invalid, MilepostError, NotFound, ReadOnly, Unavailable
from milepost.domain.event import Event, Provenance
from milepost.domain.instant import Clock, Instant
from milepost.domain.ports import Created
from milepost.upstreams.apitraffic.answers import Unreadable, not_understood
from milepost.upstreams.apitraffic.dedup import DedupKeys
from milepost.upstreams.apitraffic.locks import Locks
from milepost.upstreams.apitraffic.reader import ApiTrafficReader, Fetched, event_path
from milepost.upstreams.apitraffic.record import changed_fields, new_fields, read_record
from milepost.upstreams.apitraffic.timeline import EVENTS_PATH, LIMITS, TimelineLimits
from milepost.upstreams.exchange import Exchange, Received

MOST_TRIES: Final = 5
"""How often a change is applied anew because somebody else was quicker."""
_NOT_TAKEN: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
_REFUSALS: Final = (*_NOT_TAKEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.CONFLICT)
_STALE: Final = HTTPStatus.PRECONDITION_FAILED


class ApiTrafficEvents(ApiTrafficReader):
    """Meets `EventReader` and `EventWriter` for the account that the exchange's address ends with.

    A change is bound to what was read where the upstream gives an entity tag. Where it gives none, changes of one event take
    their turns within this process alone: one made elsewhere between reading and writing is written over, though only in
    the fields that are changed here.
    """

    def __init__(self, exchange: Exchange, account_sid: str, clock: Clock, limits: TimelineLimits = LIMITS) -> None:
        super().__init__(exchange, account_sid, clock, limits)
        self._keys = DedupKeys(exchange, account_sid, clock, limits)
        self._changing = Locks()

    async def create(self, event: Event) -> Created:
        """See `EventWriter.create`; sid and creation time are the upstream's. Raises `Invalid` for what it doesn't take."""
        if event.account_sid != self._account_sid:
            raise NotFound("account", event.account_sid)
        fields = new_fields(event)
        if event.dedup_key is None:
            return Created(await self._post(fields), replayed=False)
        async with self._keys.taken(event.dedup_key):
            holder = await self._keys.holder(event.dedup_key, event.started_at)
            return Created(holder or await self._post(fields), replayed=holder is not None)

    async def change(
        self,
        account_sid: str,
        event_sid: str,
        apply: Callable[[Event], Event],
        by: Provenance,  # noqa: ARG002 - the API keeps no history
    ) -> Event:
        """See `EventWriter.change`. Raises `Invalid` for what the upstream doesn't take."""

        async def change(fetched: Fetched) -> Event | None:
            event = fetched.held.event
            changed = apply(event)
            return event if changed is event else await self._put(fetched, changed)

        return await self._in_turn(account_sid, event_sid, change)

    async def delete(
        self,
        account_sid: str,
        event_sid: str,
        allow: Callable[[Event], None],
        by: Provenance,  # noqa: ARG002 - the API keeps no history
        at: Instant,  # noqa: ARG002
    ) -> Event:
        """See `EventWriter.delete`."""

        async def delete(fetched: Fetched) -> Event | None:
            allow(fetched.held.event)
            received = await self._send("DELETE", fetched)
            match received.content:
                case {"deleted": False}:
                    raise not_understood(self._exchange.name, "nothing deleted", written=True)
                case _:
                    return None if received.status == _STALE else fetched.held.event

        return await self._in_turn(account_sid, event_sid, delete)

    async def _in_turn(
        self, account_sid: str, event_sid: str, write: Callable[[Fetched], Awaitable[Event | None]]
    ) -> Event:
        """What `write` makes of the event as it is; None is that it was another by then, and it is read again."""
        async with self._changing.held(event_sid):
            for _ in range(MOST_TRIES):
                written = await write(await self._fetch(account_sid, event_sid))
                if written is not None:
                    return written
        raise Unavailable(f"event {event_sid} is being changed over and over by others; nothing was written")

    async def _post(self, fields: Mapping[str, Any]) -> Event:
        received = await self._exchange.send("POST", EVENTS_PATH, fields, expected=_REFUSALS)
        self._require_taken(received, NotFound("account", self._account_sid))
        return self._written(received)

    async def _put(self, fetched: Fetched, changed: Event) -> Event | None:
        event, key = fetched.held.event, changed.dedup_key
        fields = changed_fields(fetched.held, changed)
        if not fields:
            return event
        if key is None or key == event.dedup_key:
            return await self._sent(fetched, fields)
        async with self._keys.taken(key):
            holder = await self._keys.holder(key, changed.started_at)
            if holder is not None and holder.sid != event.sid:
                raise Conflict("dedupKey", "it is taken by another event; write another key")
            return await self._sent(fetched, fields)

    async def _sent(self, fetched: Fetched, fields: Mapping[str, Any]) -> Event | None:
        received = await self._send("PUT", fetched, fields)
        return None if received.status == _STALE else self._written(received)

    async def _send(self, method: str, fetched: Fetched, fields: Mapping[str, Any] | None = None) -> Received:
        sid = fetched.held.event.sid
        headers = {} if fetched.etag is None else {"if-match": fetched.etag}
        received = await self._exchange.send(method, event_path(sid), fields, headers, (*_REFUSALS, _STALE))
        self._require_taken(received, NotFound("event", sid))
        return received

    def _require_taken(self, received: Received, not_found: NotFound) -> None:
        """Raises what the upstream's no to a write comes to."""
        name, status = self._exchange.name, received.status
        refusals: dict[int, MilepostError] = {
            HTTPStatus.NOT_FOUND: not_found,
            HTTPStatus.METHOD_NOT_ALLOWED: ReadOnly(f"{name} takes no writes"),
            HTTPStatus.CONFLICT: Conflict("event", f"{name} has something else in its place (status {status})"),
        }
        if status in _NOT_TAKEN:
            raise Invalid.of("", f"{name} takes no such event (status {status}); its limits may be narrower")
        if status in refusals:
            raise refusals[status]

    def _written(self, received: Received) -> Event:
        """The event as the upstream has it by now."""
        try:
            return read_record(received.content, self._account_sid).event
        except Unreadable as unreadable:
            raise not_understood(self._exchange.name, unreadable, written=True) from None
