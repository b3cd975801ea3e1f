"""Work on large answers, where it doesn't hold up everything else that this process does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple, Unpack

import anyio.to_thread

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


async def done_by_thread_if(large: bool, work: Callable[[Unpack[Ts]], T], *arguments: *Ts) -> T:  # noqa: FBT001
    """What `work` returns: done here and now, or `large` as it is in a thread, which is left behind when cancelled."""
    if not large:
        return work(*arguments)
    return await anyio.to_thread.run_sync(work, *arguments, abandon_on_cancel=True)
