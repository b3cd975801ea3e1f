"""Opening the back end that the settings name, and the services over it."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from milepost.domain.instant import Instant
from milepost.domain.ports import Archive
from milepost.services.services import Ports, Services
from milepost.settings import Settings
from milepost.telemetry.observed_ports import CountOperation, observed


@dataclass(frozen=True, slots=True)
class Backend:
    """An open back end: what is done with it, and everything that it holds."""

    services: Services
    archive: Archive


@asynccontextmanager
async def open_backend(settings: Settings, count: CountOperation | None = None) -> AsyncGenerator[Backend]:
    """The back end for as long as it is needed; `count` is told of every operation on it.

    Raises `Unavailable` where it can't be opened. Leaving it finishes what is being written.
    """
    from milepost.stores.sqlite.store import SqliteStore

    store = SqliteStore(settings.backend.path)
    try:
        ports = Ports(
            reader=store.events,
            writer=None if settings.read_only else store.events,
            history=store.history,
            feed=store.feed,
            accounts=store.accounts,
            tokens=store.tokens,
            places=store.places,
            tag_numbers=store.tag_numbers,
        )
        services = Services.over(observed(ports, "sqlite", count), now, os.urandom)
        yield Backend(services, store.archive)
    finally:
        store.close()


def now() -> Instant:
    """The present moment."""
    return Instant(time.time_ns() // 1_000_000)
