"""Opening the back end that the settings name, what lies over it, and the services over all."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from milepost.app.stores import open_store, ports_of, system_of
from milepost.domain.instant import Instant
from milepost.domain.ports import Archive, MetricSource
from milepost.services.services import Services
from milepost.settings import Settings
from milepost.settings.backends import UpstreamBackend
from milepost.telemetry.observed_ports import CountOperation, observed


@dataclass(frozen=True, slots=True)
class Backend:
    """An open back end: what is done with it, and everything that it holds, unless an upstream holds it."""

    services: Services
    archive: Archive | None
    check_ready: Callable[[], Awaitable[None]]
    """Raises `Unavailable` where the store can't do now what this Milepost is for: reading and, unless it is read-only, writing."""
    catch_up: Callable[[], Awaitable[None]]
    """Does what is left of an upgrade of the store, see `Store.catch_up`."""


@asynccontextmanager
async def open_backend(
    settings: Settings, count: CountOperation | None = None, metrics: MetricSource | None = None
) -> AsyncGenerator[Backend]:
    """The back end for as long as it is needed; `count` is told of every operation on it.

    `metrics` take the place of those that the settings name.

    Raises `Unavailable` where it can't be opened. Leaving it finishes what is being written.
    """
    async with open_store(settings.store) as store, AsyncExitStack() as stack:
        ports, system, archive = ports_of(store), system_of(settings.store), store.archive
        if isinstance(settings.backend, UpstreamBackend):
            from milepost.app.upstreams import over_upstream

            ports = await over_upstream(stack, settings, settings.backend, ports, now)
            system, archive = settings.backend.kind.value, None
        if settings.overlays:
            from milepost.app.upstreams import overlaid

            ports = await overlaid(stack, settings, ports, now)
        if metrics is None and settings.prometheus_url is not None:
            from milepost.app.upstreams import open_metrics

            metrics = await open_metrics(stack, settings, settings.prometheus_url, now)
        ports = replace(ports, metrics=metrics)
        services = Services.over(
            observed(ports, system, count),
            now,
            os.urandom,
            read_only=settings.read_only,
            keep_milliseconds=settings.retention,
        )
        yield Backend(services, archive, partial(store.check_ready, writable=not settings.read_only), store.catch_up)


def now() -> Instant:
    """The present moment."""
    return Instant(time.time_ns() // 1_000_000)
