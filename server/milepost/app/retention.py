"""The task of `milepost serve` that keeps to `MILEPOST_RETENTION`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Final

import anyio

from milepost.domain.errors import MilepostError
from milepost.services.retention import RetentionService

PAUSE_SECONDS: Final = 0.5
"""Between two batches, so that writers have the store to themselves most of the time."""
PASS_SECONDS: Final = 600.0
"""Between two passes."""
TELL_EVERY: Final = 10_000
"""Events after which a long pass says how far it is."""

_log = logging.getLogger(__name__)

Pause = Callable[[float], Awaitable[None]]


async def keep_to_retention(
    retention: RetentionService, count: Callable[[int], None], pause: Pause = anyio.sleep
) -> None:
    """Pass after pass, for as long as it isn't cancelled; `count` is told of every batch."""
    while True:
        await one_pass(retention, count, pause)
        await pause(PASS_SECONDS)


async def one_pass(retention: RetentionService, count: Callable[[int], None], pause: Pause) -> None:
    """Remove what has expired by now; a store that fails is told of in the log, and tried again with the next pass."""
    removed = 0
    try:
        async with aclosing(retention.remove_expired()) as batches:
            async for batch in batches:
                count(batch)
                if removed // TELL_EVERY < (removed + batch) // TELL_EVERY:
                    _log.info("removing expired events", extra={"removed": removed + batch})
                removed += batch
                await pause(PAUSE_SECONDS)
    except MilepostError as error:
        _log.warning("couldn't remove expired events: %s", error, extra={"removed": removed})
    except Exception:  # noqa: BLE001 - serving goes on, whatever a pass meets
        _log.exception("a bug kept expired events from being removed", extra={"removed": removed})
    else:
        if removed:
            _log.info("removed expired events", extra={"removed": removed})
