"""What becomes of charts when Prometheus fails, or answers what can't be understood: nothing of it is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from milepost.domain.charts import ChartName, Grid, Measured
from milepost.domain.errors import Broken, Invalid, MilepostError, Unavailable
from milepost.domain.instant import MINUTE, SECOND, Instant
from milepost.domain.selection import Matcher
from tests.upstreams.faults import ERROR, FAULTS, Fault
from tests.upstreams.prometheus.asking import NAME, metrics_of
from tests.upstreams.scripted_server import answer, says, scripted
from tests.upstreams.talking import HASTY, NOW, PATIENT, TICKET, VENDOR

GRID = Grid.over(Instant(NOW - MINUTE), NOW)
START = GRID.start // SECOND
Content = dict[str, Any]


def matrix(*series: tuple[dict[str, str], list[list[Any]]], **more: Any) -> Content:
    result = [{"metric": labels, "values": values} for labels, values in series]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}, **more}


TRAFFIC = matrix(({"code": "200"}, [[START, "9"], [START + 15, "NaN"]]), ({"code": "500"}, [[START, "1"]]))
TIMES = matrix(({}, [[START, "0.25"], [START + 15, "+Inf"], [START + 30, "-Inf"]]))


async def measured(choose: Callable[[str], Content], **options: Any) -> Measured:
    """What is made of these answers, chosen by the query that came."""
    outcome = await outcome_of(choose, **options)
    if isinstance(outcome, MilepostError):
        raise outcome
    return outcome


async def outcome_of(choose: Callable[[str], Content], **options: Any) -> Measured | MilepostError:
    """The same, or why it is nothing."""
    async with scripted() as server:

        async def play(stream: Any) -> bool:
            target = server.requests[-1].split(b" ", 2)[1].decode()
            [query] = parse_qs(urlsplit(target).query)["query"]
            await stream.send(answer(200, json.dumps(choose(query)).encode()))
            return True

        server.plays = (play,)
        async with metrics_of(server.url, PATIENT, **options) as metrics:
            try:
                return await metrics.measure(GRID, ())
            except MilepostError as error:
                return error


def by_kind(traffic: Content, times: Content) -> Callable[[str], Content]:
    return lambda query: times if "histogram_quantile" in query else traffic


async def failure(fault: Fault) -> MilepostError:
    async with scripted(fault.play) as server, metrics_of(server.url, fault.limits) as metrics:
        with pytest.raises(MilepostError) as caught:
            await metrics.measure(GRID, ())
    return caught.value


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in {"400", "redirect to nowhere"}])
async def test_every_fault_is_told_in_our_words(name: str):
    error = await failure(FAULTS[name])
    assert str(error).startswith(f"{NAME} {FAULTS[name].text}")
    assert isinstance(error, Unavailable)
    assert VENDOR not in str(error)
    assert TICKET not in str(error)


@pytest.mark.parametrize("status", [400, 422])
async def test_a_query_that_is_not_taken_names_the_setting(status: int):
    error = await failure(Fault(says(answer(status, ERROR)), "", unknown=False))
    assert isinstance(error, Broken)
    assert "doesn't take the query" in str(error)
    assert str(error).endswith("mend MILEPOST_PROMETHEUS_THROUGHPUT")
    assert VENDOR not in str(error)


NO_SERIES: list[Any] = [
    {}, [], None, "success", 5, {"data": None}, {"data": {"resultType": "vector", "result": []}},
    {"data": {"resultType": "matrix", "result": None}}, {"data": {"resultType": "matrix", "result": [5]}},
    {"data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[1, "x"]]}]}},
    {"data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[1]]}]}},
    {"data": {"resultType": "matrix", "result": [{"metric": {}, "values": [["then", "1"]]}]}},
    {"data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[10**400, "1"]]}]}},
    {"data": {"resultType": "matrix", "result": [{"metric": [], "values": []}]}},
    {"data": {"resultType": "matrix", "result": [{"values": [[1, "1"]]}]}},
]  # fmt: skip


@pytest.mark.parametrize("content", NO_SERIES, ids=lambda content: json.dumps(content)[:80])
async def test_what_is_no_series_is_not_understood(content: Any):
    with pytest.raises(Broken, match="no series of values"):
        await measured(lambda _: content)


async def test_what_is_no_number_is_none():
    found = await measured(by_kind(TRAFFIC, TIMES))
    throughput, ratio, times = found.charts
    assert throughput.series[0].values == (9.0, None, None, None, None)
    assert ratio.series[0].values == (0.1, None, None, None, None)
    assert [one.values for one in times.series] == [(0.25, None, None, None, None)] * 3


async def test_values_beside_the_grid_are_dropped():
    beside = [[START - 15, "1"], [START + 15.2, "2"], [START + 75, "3"], [START + 900, "4"]]
    found = await measured(by_kind(matrix(({"code": "200"}, beside)), TIMES))
    assert found.charts[0].series[0].values == (None, 2.0, None, None, None)


async def test_one_part_that_fails_leaves_the_other_and_is_named():
    for broken, left in ((0, [ChartName.RESPONSE_TIME]), (1, [ChartName.THROUGHPUT, ChartName.ERROR_RATIO])):
        answers = [TRAFFIC, TIMES]
        answers[broken] = {}
        found = await measured(by_kind(*answers))
        assert [chart.name for chart in found.charts] == left
        [missing] = found.missing
        assert (missing.source, "no series of values" in missing.reason) == (NAME, True)


async def test_an_answer_that_says_it_is_not_whole_is_passed_on_without_its_words():
    found = await measured(by_kind(TRAFFIC | {"warnings": [f"{VENDOR} store is gone"]}, TIMES))
    [missing] = found.missing
    assert missing.reason == "says that some of its data couldn't be had"
    assert len(found.charts) == 3


async def test_remarks_about_the_query_are_not_about_the_data():
    remark = "PromQL info: metric might not be a counter"
    assert (await measured(by_kind(TRAFFIC | {"warnings": [remark]}, TIMES))).missing == ()


async def test_a_label_that_no_metric_can_have_is_told_before_anything_is_asked():
    async with scripted() as server, metrics_of(server.url, HASTY) as metrics:
        for label in ("service.name", 'a"b', "", "__name__", "1st", "é", "a}"):
            with pytest.raises(Invalid, match="is no label of a metric"):
                await metrics.measure(GRID, (Matcher(label, ("x",)),))
    assert server.requests == []


async def test_the_status_is_found_by_whichever_label_has_it():
    series = [({label: "404"}, [[START, "1"]]) for label in ("code", "status", "status_code", "http_status")]
    series += [({"class": "4xx", "other": "yes"}, [[START, "1"]]), ({"code": "4XX"}, [[START, "1"]])]
    found = await measured(by_kind(matrix(*series, ({"code": "weird"}, [[START, "7"]])), TIMES))
    at_first = {one.name: one.values[0] for one in found.charts[0].series}
    assert at_first == {"2xx": 0.0, "3xx": 0.0, "4xx": 6.0, "5xx": 0.0, "other": 7.0}


async def test_a_ratio_of_its_own_is_asked_for_where_one_is_set():
    def choose(query: str) -> Content:
        if query.startswith("errors"):
            return matrix(({}, [[START, "0.75"]]))
        return by_kind(TRAFFIC, TIMES)(query)

    found = await measured(choose, error_ratio="errors{$labels}[$window]")
    assert found.charts[1].series[0].values[0] == 0.75
