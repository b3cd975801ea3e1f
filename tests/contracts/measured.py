"""Where metrics are read from: what the suite of that port runs over. A further source joins by a function and a line here."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from milepost.domain.ports import MetricSource
from tests.prometheus_server import Prometheus
from tests.upstreams.prometheus.asking import metrics_of


@asynccontextmanager
async def prometheus_source(prometheus: Prometheus) -> AsyncGenerator[MetricSource]:
    async with metrics_of(prometheus.url) as metrics:
        yield metrics


MEASURED: dict[str, Callable[[Prometheus], AbstractAsyncContextManager[MetricSource]]] = {
    "prometheus": prometheus_source
}
