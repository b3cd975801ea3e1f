"""An exchange with a scripted peer, as the application makes it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio

from milepost.domain.instant import Instant
from milepost.upstreams.client import upstream_client
from milepost.upstreams.exchange import Exchange, ExchangeLimits

NOW = Instant(1_705_320_000_000)
TICKET = "C471ADC4-19B4-4219-BBF4-671A97EC653E"
TOKEN = "opaque-credential-8123"
VENDOR = "ORA-00942 at /srv/vendor/events.cs"
"""What an upstream writes in its errors."""
GUARD_SECONDS = 30.0
"""Against hanging; nothing is timed by it."""
PATIENT = ExchangeLimits(total_seconds=GUARD_SECONDS, connect_seconds=GUARD_SECONDS, first_pause_seconds=0.0)
HASTY = ExchangeLimits(total_seconds=0.4, first_pause_seconds=0.0)


@asynccontextmanager
async def exchange_with(url: str, limits: ExchangeLimits = PATIENT) -> AsyncGenerator[Exchange]:
    """With both kinds of credential, and an end to waiting."""
    client = upstream_client(
        f"{url}/v3", "milepost/test", {"authorization": f"Bearer {TOKEN}"}, {"auth_ticket": TICKET}, limits
    )
    with anyio.fail_after(GUARD_SECONDS * 2):
        async with client:
            yield Exchange(client, "Apica", lambda: NOW, limits)
