"""What goes out to Prometheus."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from milepost.domain.charts import Grid
from milepost.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from milepost.domain.selection import Matcher
from tests.upstreams.prometheus.asking import QUERIES, metrics_of
from tests.upstreams.scripted_server import answer, says, scripted
from tests.upstreams.talking import NOW

EMPTY = says(answer(200, b'{"data": {"resultType": "matrix", "result": []}}'))


def grid(window: int) -> Grid:
    return Grid.over(Instant(NOW - window), NOW)


@pytest.mark.parametrize(
    ("window", "scrape_seconds", "seconds"),
    [(HOUR, 15, 60), (HOUR, 30, 120), (HOUR, 1, 15), (DAY, 30, 120), (7 * DAY, 30, 900), (7 * DAY, 600, 2400)],
)
def test_a_rate_is_taken_over_four_scrapes_and_no_less_than_a_step(window: int, scrape_seconds: int, seconds: int):
    queries = type(QUERIES)(QUERIES.throughput, QUERIES.response_time, None, scrape_seconds)
    assert queries.window_seconds(grid(window)) == seconds
    assert f"[{seconds}s]" in queries.written("rate(x{$labels}[$window])", grid(window), ())


def test_places_are_filled_and_nothing_else_is():
    template = 'label_replace(q($quantile, x{a="$1",$labels}[$window]), "b", "$1xx", "c", "$labelsome")'
    written = QUERIES.written(template, grid(HOUR), (Matcher("s", ("v",)), Matcher("t", ("1", "2"))), 0.95)
    assert written == ('label_replace(q(0.95, x{a="$1",s="v",t=~"1|2"}[60s]), "b", "$1xx", "c", "$labelsome")')


def test_what_a_label_holds_is_not_taken_for_a_place():
    written = QUERIES.written("x{$labels}[$window]", grid(HOUR), (Matcher("s", ("$window$quantile",)),))
    assert written == 'x{s="$window$quantile"}[60s]'


async def test_each_chart_is_asked_for_over_the_whole_grid_at_once():
    asked = grid(MINUTE)
    async with (
        scripted(EMPTY) as server,
        metrics_of(f"{server.url}/prometheus", headers={"x-scope-orgid": "me"}) as metrics,
    ):
        await metrics.measure(asked, ())
    targets = [urlsplit(request.split(b" ", 2)[1].decode()) for request in server.requests]
    assert {target.path for target in targets} == {"/prometheus/api/v1/query_range"}
    parameters = [parse_qs(target.query) for target in targets]
    assert len(parameters) == 4
    for one in parameters:
        assert one.keys() == {"query", "start", "end", "step"}
        assert (one["start"], one["end"], one["step"]) == (
            [str(asked.start // SECOND)], [str(asked.end // SECOND)], ["15"]
        )  # fmt: skip
    assert all(b"x-scope-orgid: me" in request.lower() for request in server.requests)
