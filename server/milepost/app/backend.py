"""Opening the back end that the settings name, what lies over it, and the services over all."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from milepost.domain.instant import Instant
from milepost.domain.ports import Archive
from milepost.services.services import Ports, Services
from milepost.settings import Settings
from milepost.settings.backends import UpstreamBackend
from milepost.telemetry.observed_ports import CountOperation, observed

if TYPE_CHECKING:
    from milepost.stores.sqlite.store import SqliteStore


@dataclass(frozen=True, slots=True)
class Backend:
    """An open back end: what is done with it, and everything that it holds, unless an upstream holds it."""

    services: Services
    archive: Archive | None


@asynccontextmanager
async def open_backend(settings: Settings, count: CountOperation | None = None) -> AsyncGenerator[Backend]:
    """The back end for as long as it is needed; `count` is told of every operation on it.

    Raises `Unavailable` where it can't be opened. Leaving it finishes what is being written.
    """
    from milepost.stores.sqlite.store import SqliteStore

    store = SqliteStore(settings.store.path)
    try:
        async with AsyncExitStack() as stack:
            ports, system, archive = ports_of(store), "sqlite", store.archive
            if isinstance(settings.backend, UpstreamBackend):
                from milepost.app.upstreams import over_upstream

                ports = await over_upstream(stack, settings, settings.backend, ports, now)
                system, archive = settings.backend.kind.value, None
            if settings.overlays:
                from milepost.app.upstreams import overlaid

                ports = await overlaid(stack, settings, ports, now)
            watched = observed(ports, system, count)
            yield Backend(Services.over(watched, now, os.urandom, read_only=settings.read_only), archive)
    finally:
        store.close()


def ports_of(store: SqliteStore) -> Ports:
    """Every port of an embedded store."""
    return Ports(
        reader=store.events,
        writer=store.events,
        history=store.history,
        feed=store.feed,
        accounts=store.accounts,
        tokens=store.tokens,
        places=store.places,
        tag_numbers=store.tag_numbers,
    )


def now() -> Instant:
    """The present moment."""
    return Instant(time.time_ns() // 1_000_000)
