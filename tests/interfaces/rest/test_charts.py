"""`GET …/charts`, over a real Prometheus and over none."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import pytest

from milepost.domain.token import TokenScope
from milepost.settings.prometheus import authorization
from tests.interfaces.http_world import free_port
from tests.interfaces.rest.api import Api, fields_refused, refused, rest_api
from tests.prometheus_server import Prometheus, Traffic, running_prometheus
from tests.upstreams.scripted_server import answer, says, scripted

NOON = 1_768_478_400
"""2026-01-15T12:00:00Z, in seconds."""
HOUR_BEFORE = {"startTime": "2026-01-15T11:00:00Z", "endTime": "2026-01-15T12:00:00Z"}
NOTHING: dict[str, Any] = {
    "startTime": "2026-01-15T11:00:00.000Z",
    "endTime": "2026-01-15T12:00:00.000Z",
    "stepSeconds": 15,
}


@pytest.fixture(scope="module")
def prometheus() -> Generator[Prometheus]:
    past = (NOON - 7200, NOON)
    with running_prometheus([
        Traffic({"service": "checkout"}, *past, lambda _: {"200": 3.0, "500": 1.0}),
        Traffic({"service": "cart"}, *past, lambda _: {"200": 6.0}),
    ]) as server:  # fmt: skip
        yield server


@pytest.fixture
async def measured(tmp_path: Path, prometheus: Prometheus) -> AsyncGenerator[Api]:
    """The API beside Prometheus, two buckets being registered."""
    async with rest_api(tmp_path, prometheus_url=prometheus.url) as api:
        for name in ("checkout", "cart"):
            await api.post("buckets", {"name": name, "sid": f"bkt_{name}", "labels": {"service": name}})
        yield api


async def charts(api: Api, **parameters: Any) -> dict[str, Any]:
    answer = await api.get("charts", **HOUR_BEFORE, **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def at_noon(answer: dict[str, Any]) -> dict[str, float]:
    """The last value of each series."""
    return {series["name"]: series["values"][-1] for chart in answer["charts"] for series in chart["series"]}


async def test_without_prometheus_there_are_no_charts_and_that_is_said(api: Api):
    assert await charts(api) == {**NOTHING, "connected": False, "charts": []}


async def test_a_bucket_is_drawn_by_its_labels(measured: Api):
    answer = await charts(measured, bucketSid="checkout")
    assert answer.items() >= {**NOTHING, "connected": True}.items()
    assert [(chart["name"], chart["title"], chart["unit"]) for chart in answer["charts"]] == [
        ("throughput", "Throughput", "requests/s"),
        ("errorRatio", "Error ratio", "ratio"),
        ("responseTime", "Response time", "seconds"),
    ]
    assert {len(series["values"]) for chart in answer["charts"] for series in chart["series"]} == {241}
    expected = {
        "2xx": 3.0,
        "3xx": 0.0,
        "4xx": 0.0,
        "5xx": 1.0,
        "errors": 0.25,
        "p50": 0.05,
        "p95": 0.183333,
        "p99": 0.25,
    }
    assert at_noon(answer) == pytest.approx(expected, rel=1e-5)
    assert "warnings" not in answer


async def test_everything_is_drawn_together_where_no_bucket_is_named(measured: Api):
    assert at_noon(await charts(measured))["2xx"] == pytest.approx(9.0)


async def test_a_restricted_token_is_drawn_its_own_bucket_and_no_other(measured: Api):
    holder = await measured.with_token(TokenScope.EVENTS_READ, buckets=("cart",))
    for parameters in ({}, {"bucketSid": "bkt_cart"}):
        assert at_noon(await charts(holder, **parameters))["2xx"] == pytest.approx(6.0)
    assert fields_refused(await holder.get("charts", bucketSid="checkout")) == {"bucketSid"}


async def test_what_selects_everything_is_warned_of(measured: Api):
    await measured.put("buckets/cart", {"labels": {}})
    answer = await charts(measured, bucketSid="cart")
    assert at_noon(answer)["2xx"] == pytest.approx(9.0)
    [warning] = answer["warnings"]
    assert warning["source"].startswith("prometheus:127.0.0.1:")
    assert warning["message"].startswith('the bucket "cart" has no labels')


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"startTime": "now", "endTime": "now-1h"}, "startTime"),
        ({"startTime": "0001-01-01T00:00:00Z"}, "startTime"),
        ({"startTime": "yesterday"}, "startTime"),
        ({"endTime": "5"}, "endTime"),
        ({"bucketSid": "search"}, "bucketSid"),
        ({"limit": "5"}, "limit"),
    ],
)
async def test_what_can_not_be_drawn_names_the_parameter(measured: Api, parameters: dict[str, str], field: str):
    assert fields_refused(await measured.get("charts", None, **parameters)) == {field}


async def test_reading_is_needed(measured: Api):
    writer = await measured.with_token(TokenScope.EVENTS_WRITE)
    refused(await writer.get("charts"), 403)


async def test_a_prometheus_that_is_away_leaves_the_charts_out_and_events_as_they_are(tmp_path: Path):
    async with rest_api(tmp_path, prometheus_url=f"http://127.0.0.1:{free_port()}") as api:
        await api.record()
        answer = await charts(api)
        assert (answer["connected"], answer["charts"]) == (True, [])
        [warning] = answer["warnings"]
        assert warning["source"].startswith("prometheus:127.0.0.1:")
        assert warning["message"].endswith("can't be reached (it refuses the connection)")
        assert await api.found() == ["v1"]
        metrics = await api.world.metrics()
    assert 'milepost_store_operations_total{operation="metrics.measure",outcome="unavailable"} 1.0' in metrics


async def test_a_query_that_is_none_is_warned_of_by_its_setting(tmp_path: Path, prometheus: Prometheus):
    wrong = "sum(rate(http_requests_total{$labels}[$window])"
    async with rest_api(tmp_path, prometheus_url=prometheus.url, prometheus_throughput=wrong) as api:
        answer = await charts(api)
    assert [chart["name"] for chart in answer["charts"]] == ["responseTime"]
    assert "MILEPOST_PROMETHEUS_THROUGHPUT" in answer["warnings"][0]["message"]


async def test_a_credential_goes_to_prometheus_as_a_header_and_nowhere_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    said = {"prometheus_token": "12345:opaque-credential", "prometheus_tenant": "shop"}
    async with (
        scripted(says(answer(500, b"{}"))) as server,
        rest_api(tmp_path, prometheus_url=server.url, **said) as api,
    ):
        told = (await charts(api))["warnings"][0]["message"]
    assert told.endswith("is in trouble (status 500)")
    for request in server.requests:
        head = request.decode().lower()
        assert f"authorization: {authorization(said['prometheus_token'])}".lower() in head
        assert "x-scope-orgid: shop" in head
    printed = capsys.readouterr()
    assert "opaque" not in told + printed.out + printed.err + caplog.text
