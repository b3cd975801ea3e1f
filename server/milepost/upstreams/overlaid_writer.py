"""Writing where others' events are laid over: to the own store alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from milepost.domain.errors import NotFound, ReadOnly
from milepost.domain.event import Event, Provenance
from milepost.domain.instant import Instant
from milepost.domain.ports import Created, EventWriter
from milepost.upstreams.overlay import OverlaidEvents


class OverlaidWriter:
    """Meets `EventWriter`; of an event that a source has it says that it is only read here (`ReadOnly`)."""

    def __init__(self, own: EventWriter, overlay: OverlaidEvents) -> None:
        self._own = own
        self._overlay = overlay

    async def create(self, event: Event) -> Created:
        """See `EventWriter.create`."""
        return await self._own.create(event)

    async def change(self, account_sid: str, event_sid: str, apply: Callable[[Event], Event], by: Provenance) -> Event:
        """See `EventWriter.change`."""
        try:
            return await self._own.change(account_sid, event_sid, apply, by)
        except NotFound as error:
            await self._refuse(account_sid, event_sid, apply, error)

    async def delete(
        self, account_sid: str, event_sid: str, allow: Callable[[Event], None], by: Provenance, at: Instant
    ) -> Event:
        """See `EventWriter.delete`."""
        try:
            return await self._own.delete(account_sid, event_sid, allow, by, at)
        except NotFound as error:
            await self._refuse(account_sid, event_sid, allow, error)

    async def _refuse(
        self, account_sid: str, event_sid: str, authorise: Callable[[Event], object], not_found: NotFound
    ) -> NoReturn:
        """`authorise` comes first: who may not see the event isn't told that it is there."""
        found = await self._overlay.laid_over(account_sid, event_sid)
        if found is None:
            raise not_found
        name, event = found
        authorise(event)
        raise ReadOnly(f"event {event_sid} is one of {name}, which is only read here")
