"""What is counted, in Prometheus' form. Every label has few values, none of which a user can choose."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

OTHER: Final = "other"
"""Stands for every value that is not on a label's list."""
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The counts of one application, in a registry of their own."""

    def __init__(self, version: str, routes: Collection[str]) -> None:
        self._routes = frozenset(routes)
        disable_created_metrics()
        self._registry = registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        Gauge("milepost_info", "Which Milepost this is.", ["version"], registry=registry).labels(version).set(1)
        self._tool_calls = Counter("milepost_tool_calls", "Calls of MCP tools.", ["tool", "outcome"], registry=registry)
        self._tool_seconds = Histogram(
            "milepost_tool_call_seconds", "Time to answer a tool call.", ["tool"], registry=registry, buckets=SECONDS
        )
        self._store_operations = Counter(
            "milepost_store_operations", "Operations on the store.", ["operation", "outcome"], registry=registry
        )
        self._store_seconds = Histogram(
            "milepost_store_operation_seconds",
            "Time that an operation on the store took.",
            ["operation"],
            registry=registry,
            buckets=SECONDS,
        )
        self._expired = Counter(
            "milepost_events_expired", "Events that this process removed for their age.", registry=registry
        )
        self._requests = Counter(
            "milepost_http_requests", "HTTP requests answered.", ["method", "route", "status"], registry=registry
        )
        self._request_seconds = Histogram(
            "milepost_http_request_seconds",
            "Time from an HTTP request to the end of its answer.",
            ["route"],
            registry=registry,
            buckets=SECONDS,
        )

    def count_tool_call(self, tool: str, outcome: str, seconds: float) -> None:
        """A tool call was answered."""
        self._tool_calls.labels(tool, outcome).inc()
        self._tool_seconds.labels(tool).observe(seconds)

    def count_store_operation(self, operation: str, outcome: str, seconds: float) -> None:
        """A method of a port returned or failed; `operation` is `writer.create` and such."""
        self._store_operations.labels(operation, outcome).inc()
        self._store_seconds.labels(operation).observe(seconds)

    def count_expired(self, events: int) -> None:
        """So many events were removed for their age."""
        self._expired.inc(events)

    def count_request(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """An HTTP request was answered."""
        route = route if route in self._routes else OTHER
        self._requests.labels(method if method in METHODS else OTHER, route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def show_open_streams(self, count: Callable[[], Mapping[str, int]]) -> None:
        """Have `milepost_open_streams` tell what `count` says at the moment, by path."""
        self._registry.register(_OpenStreams(count, self._routes))

    def text(self) -> tuple[bytes, str]:
        """Everything in the text format, and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


class _OpenStreams(Collector):
    def __init__(self, count: Callable[[], Mapping[str, int]], routes: frozenset[str]) -> None:
        self._count = count
        self._routes = routes

    def collect(self) -> Iterable[Metric]:
        family = GaugeMetricFamily("milepost_open_streams", "Streams of events that are open.", labels=["route"])
        for path, number in self._count().items():
            family.add_metric([path if path in self._routes else OTHER], number)
        yield family
