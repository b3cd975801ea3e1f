"""The adapter as the application makes it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from milepost.settings.prometheus import RESPONSE_TIME, THROUGHPUT
from milepost.upstreams.client import upstream_client
from milepost.upstreams.exchange import LIMITS, Exchange, ExchangeLimits
from milepost.upstreams.prometheus.metrics import PrometheusMetrics
from milepost.upstreams.prometheus.queries import Queries
from tests.upstreams.talking import NOW

QUERIES = Queries(throughput=THROUGHPUT, response_time=RESPONSE_TIME, error_ratio=None, scrape_seconds=15)
NAME = "prometheus:test"


@asynccontextmanager
async def metrics_of(
    url: str, limits: ExchangeLimits = LIMITS, headers: dict[str, str] | None = None, **queries: Any
) -> AsyncGenerator[PrometheusMetrics]:
    """What that Prometheus says; `queries` take the place of the defaults."""
    async with upstream_client(url, "milepost/test", headers, limits=limits) as client:
        exchange = Exchange(client, NAME, lambda: NOW, limits)
        yield PrometheusMetrics(exchange, replace(QUERIES, **queries))
