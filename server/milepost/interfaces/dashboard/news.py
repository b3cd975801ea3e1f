"""What a stream has still to tell: lines of server-sent events, gathered from notices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import anyio
import orjson

from milepost.domain.errors import Unavailable
from milepost.domain.history import ChangeKind, Notice

HEARTBEAT_SECONDS: Final = 15.0
"""So often a quiet stream says that it is there: proxies close what is silent for long."""
MOST_WAITING: Final = 1_000
"""Notices that wait to be told together; one `missed` stands for more."""

HEARTBEAT: Final = b": still here\n\n"
MISSED: Final = b'data: {"kind":"missed"}\n\n'
_TOLD: Final = frozenset({ChangeKind.CREATED, ChangeKind.CHANGED, ChangeKind.DELETED, ChangeKind.RESTORED})


class News:
    """Filled by `gather`, emptied by `taken`. `ended` once no more will come; `broke_off` where there should have been more."""

    def __init__(self) -> None:
        self.ended = False
        self.broke_off = False
        self._lines: dict[bytes, None] = {}
        self._came = anyio.Event()

    async def gather(self, notices: AsyncIterator[Notice]) -> None:
        """Note every notice, until the feed ends or breaks off."""
        try:
            async for notice in notices:
                self._note(notice)
        except Unavailable:
            self.broke_off = True
        self.ended = True
        self._came.set()

    async def taken(self) -> bytes:
        """What came, as soon as something does, and forget it; a heartbeat where nothing comes for long."""
        with anyio.move_on_after(HEARTBEAT_SECONDS):
            await self._came.wait()
        lines, self._lines, self._came = self._lines, {}, anyio.Event()
        return b"".join(lines) or HEARTBEAT

    def _note(self, notice: Notice) -> None:
        line = _line(notice)
        # What is told again counts from its last time: a deletion stays behind the change before it.
        self._lines.pop(line, None)
        self._lines[line] = None
        if len(self._lines) > MOST_WAITING:
            self._lines = {MISSED: None}
        self._came.set()


def _line(notice: Notice) -> bytes:
    """Of something in particular, or else that anything may have changed, as after a purge."""
    if notice.event_sid is None or notice.kind not in _TOLD:
        return MISSED
    return b"data: %s\n\n" % orjson.dumps({"sid": notice.event_sid, "kind": notice.kind.value})
