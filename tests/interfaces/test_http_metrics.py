"""What is counted, who may see it, and whether the server is well."""

from __future__ import annotations

import re
from pathlib import Path

import anyio
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from milepost.domain.errors import MilepostError, NotFound, Unavailable
from milepost.middleware.refusals import Refusal
from milepost.telemetry.health import READY_SECONDS, readiness
from milepost.telemetry.outcomes import outcome_of
from tests.interfaces.http_world import GUARD_SECONDS, bearer, error_of, http_world

SCOPE = {"type": "http", "method": "GET", "path": "/readyz", "headers": []}


def value(text: str, name: str, **labels: str) -> float:
    """One sample of the exposition; 0 where it isn't there."""
    for line in text.splitlines():
        if match := re.fullmatch(rf"{name}(?:{{(.*)}})? (\S+)", line):
            found = dict(re.findall(r'(\w+)="([^"]*)"', match[1] or ""))
            if found == labels:
                return float(match[2])
    return 0.0


async def test_tool_calls_are_counted_by_tool_and_outcome(tmp_path: Path):
    async with http_world(tmp_path) as world:
        await world.call(world.first_secret, "list_events")
        await world.call(world.first_secret, "list_events", limit=0)
        await world.call(world.first_secret, "get_event", sid="evt_none")
        await world.call(world.first_secret, "no_such_tool_" + "x" * 50)
        text = await world.metrics()
        assert value(text, "milepost_tool_calls_total", tool="list_events", outcome="ok") == 1
        assert value(text, "milepost_tool_calls_total", tool="list_events", outcome="refused") == 1
        assert value(text, "milepost_tool_calls_total", tool="get_event", outcome="refused") == 1
        assert value(text, "milepost_tool_call_seconds_count", tool="list_events") == 2
        assert "no_such_tool" not in text


async def test_store_operations_are_counted_by_operation_and_outcome(tmp_path: Path):
    async with http_world(tmp_path) as world:
        await world.call(world.first_secret, "create_event", type="deployment", name="v1")
        await world.call(world.first_secret, "get_event", sid="evt_none")
        text = await world.metrics()
        assert value(text, "milepost_store_operations_total", operation="writer.create", outcome="ok") == 1
        assert value(text, "milepost_store_operations_total", operation="reader.get", outcome="not_found") == 1
        assert value(text, "milepost_store_operation_seconds_count", operation="writer.create") == 1


async def test_requests_are_counted_under_known_routes_and_methods_alone(tmp_path: Path):
    async with http_world(tmp_path) as world:
        await world.client.get("/mcp")
        await world.client.get("/made/up/by/a/user")
        await world.client.request("BREW", "/healthz")
        text = await world.metrics()
        assert value(text, "milepost_http_requests_total", method="GET", route="/mcp", status="401") == 1
        assert value(text, "milepost_http_requests_total", method="GET", route="other", status="404") == 1
        assert "BREW" not in text
        assert "made" not in text


async def test_open_streams_are_shown_while_they_are_open(tmp_path: Path):
    async with http_world(tmp_path) as world:
        headers = {"accept": "text/event-stream"} | bearer(world.first_secret)
        async with world.client.stream("GET", "/sse", headers=headers):
            assert value(await world.metrics(), "milepost_open_streams", route="/sse") == 1
        with anyio.fail_after(GUARD_SECONDS):
            while value(await world.metrics(), "milepost_open_streams", route="/sse"):
                pass


async def test_metrics_hold_nothing_of_any_account(tmp_path: Path):
    async with http_world(tmp_path) as world:
        await world.call(world.first_secret, "create_event", type="deployment", name="the launch", source="launchpad")
        text = await world.metrics()
        for secret in ("the launch", "launchpad", world.owner.account_sid, world.first_secret):
            assert secret not in text


async def test_metrics_need_a_token_from_anywhere_but_this_machine(tmp_path: Path):
    async with http_world(tmp_path, trusted_proxies="127.0.0.1") as world:
        far = {"x-forwarded-for": "203.0.113.9"}
        refused = await world.client.get("/metrics", headers=far)
        assert refused.status_code == 401
        assert error_of(refused)["code"] == "INVALID_TOKEN"
        assert (await world.client.get("/metrics", headers=far | bearer(world.first_secret))).status_code == 200
        for path in ("/healthz", "/readyz"):
            assert (await world.client.get(path, headers=far)).status_code == 200


async def test_what_an_unnamed_proxy_on_this_machine_passes_on_is_not_local(tmp_path: Path):
    async with http_world(tmp_path) as world:
        for forwarded in ({"x-forwarded-for": "127.0.0.1"}, {"forwarded": "for=127.0.0.1"}):
            assert (await world.client.get("/metrics", headers=forwarded)).status_code == 401


async def test_a_well_server_says_so(tmp_path: Path):
    async with http_world(tmp_path) as world:
        for path in ("/healthz", "/readyz"):
            answer = await world.client.get(path)
            assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_server_whose_store_is_out_of_reach_is_not_ready():
    async def unreachable() -> None:
        raise Unavailable("the disk is gone")

    async def unread() -> dict[str, object]:
        raise AssertionError("there is no body to read")

    async def unsent(_: object) -> None:
        raise AssertionError("nothing is sent")

    with pytest.raises(Unavailable):
        await readiness(unreachable)(SCOPE, unread, unsent)


async def test_a_store_that_hangs_is_not_ready(monkeypatch: pytest.MonkeyPatch):
    assert READY_SECONDS == 2.0
    monkeypatch.setattr("milepost.telemetry.health.READY_SECONDS", 0.01)

    async def unread() -> dict[str, object]:
        raise AssertionError("there is no body to read")

    async def unsent(_: object) -> None:
        raise AssertionError("nothing is sent")

    with anyio.fail_after(GUARD_SECONDS), pytest.raises(Unavailable, match=r"0\.01 seconds"):
        await readiness(anyio.sleep_forever)(SCOPE, unread, unsent)


def test_outcomes_are_words_of_a_closed_list():
    assert outcome_of(None) == "ok"
    assert outcome_of(NotFound("event", "evt_1")) == "not_found"
    assert outcome_of(ZeroDivisionError()) == "bug"
    assert outcome_of(KeyboardInterrupt()) == "cancelled"
    assert outcome_of(Refusal(400, "X", "x")) == "bug"
    words = [outcome_of(kind.__new__(kind)) for kind in MilepostError.__subclasses__()]
    assert len(set(words)) == len(words)
    assert "bug" not in words


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """What spans come to; the provider can be set once a process."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    memory = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    return memory


def named(spans: tuple[ReadableSpan, ...], name: str) -> ReadableSpan:
    return next(span for span in spans if span.name == name)


async def test_a_tool_call_and_the_store_operations_under_it_are_spans(exporter: InMemorySpanExporter, tmp_path: Path):
    async with http_world(tmp_path) as world:
        exporter.clear()
        await world.call(world.first_secret, "create_event", type="deployment", name="v1")
        await world.call(world.first_secret, "get_event", sid="evt_none")
    spans = exporter.get_finished_spans()
    tool, write, read = (named(spans, name) for name in ("tools/call create_event", "writer.create", "reader.get"))
    assert write.parent is not None
    assert tool.context is not None
    assert write.parent.span_id == tool.context.span_id
    assert dict(write.attributes or {}) == {"db.system.name": "sqlite", "db.operation.name": "writer.create"}
    assert (read.attributes or {})["error.type"] == "not_found"
    assert read.status.is_ok
    assert "v1" not in str([span.to_json() for span in spans])
