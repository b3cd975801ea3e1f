"""What one subscriber listens for, and what of it has changed since it was last told."""

from __future__ import annotations

import anyio

from milepost.domain.history import Notice
from milepost.interfaces.mcp_server.uris import TIMELINE, event_uri


class Watch:
    """The addresses that one subscriber listens for. `ready` is set once no change is missed any more, or it is over."""

    def __init__(self, addresses: set[str]) -> None:
        self.addresses = addresses
        self.scope = anyio.CancelScope()
        self.ready = anyio.Event()
        self.over = False
        self._touched: dict[str, None] = {}
        self._news = anyio.Event()

    def note(self, notice: Notice) -> None:
        """Remember which of the addresses it touches; one that is remembered already is remembered once."""
        if touched := _touched(notice, self.addresses):
            self._touched |= dict.fromkeys(touched)
            self._news.set()

    async def noted(self) -> list[str]:
        """What is remembered, as soon as there is something, and forget it."""
        await self._news.wait()
        touched, self._touched, self._news = list(self._touched), {}, anyio.Event()
        return touched


def _touched(notice: Notice, addresses: set[str]) -> list[str]:
    if notice.event_sid is None:
        return sorted(addresses)
    return [uri for uri in (event_uri(notice.event_sid), TIMELINE) if uri in addresses]
