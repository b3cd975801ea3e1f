"""The task of `milepost serve` that finishes upgrades of the store while it is in use."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

import anyio

from milepost.domain.errors import MilepostError

PASS_SECONDS: Final = 600.0
"""Between two looks: servers of the version before may still be at work, and leave something behind."""

_log = logging.getLogger(__name__)


async def keep_caught_up(
    catch_up: Callable[[], Awaitable[None]], pause: Callable[[float], Awaitable[None]] = anyio.sleep
) -> None:
    """Look again and again, for as long as it isn't cancelled; a store that fails is told of in the log."""
    while True:
        try:
            await catch_up()
        except MilepostError as error:
            _log.warning("couldn't finish the store's upgrade: %s", error)
        except Exception:  # noqa: BLE001 - serving goes on, whatever this meets
            _log.exception("a bug kept the store's upgrade from being finished")
        await pause(PASS_SECONDS)
