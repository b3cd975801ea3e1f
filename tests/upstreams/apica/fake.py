"""An Apica that holds rows in memory, filters as the description of its events API says, and remembers what it was asked."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from milepost.domain.event import Event
from milepost.domain.instant import DAY, Instant, format_instant, parse_instant
from milepost.domain.tags import Tags, parse_tag_filter
from milepost.upstreams.apica.event import events_of
from milepost.upstreams.apica.events import ApicaEvents
from milepost.upstreams.exchange import Exchange, ExchangeLimits
from milepost.wire.apica_row import read_apica_row
from tests.contracts.samples import make
from tests.stores.brute_force import tagged

ACCOUNT = "acc_local"
NOW = Instant(1_716_119_551_000)
Row = dict[str, Any]
QUICK = ExchangeLimits(first_pause_seconds=0.0)


def row(moment: int = NOW, **fields: Any) -> Row:
    """One of Apica's; `moment` in milliseconds, its fraction written only where there is one."""
    written = format_instant(Instant(moment))
    return {
        "check_symbol": "login",
        "event_type": "CheckEvent",
        "check_id": 2,
        "check_descriptor": "Log in",
        "severity": "E",
        "event_message": "Login failed",
        "time_stamp_utc": written[:19] if moment % 1000 == 0 else written[:23],
        "event_age_seconds": 1,
        **fields,
    }


def shown(rows: Iterable[Row]) -> list[Event]:
    """The events that rows are, all of them read at once."""
    return events_of((read_apica_row(one, "row") for one in rows), ACCOUNT)


@dataclass
class FakeApica:
    """`tags`: those of each check. `page_size`: None for one page, as Apica has it; else as another Milepost pages."""

    rows: Sequence[Row] = ()
    tags: Mapping[int, Tags] = field(default_factory=dict[int, Tags])
    page_size: int | None = None
    asked: list[list[tuple[str, str]]] = field(default_factory=list[list[tuple[str, str]]])
    order: random.Random = field(default_factory=lambda: random.Random(1))

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert (request.method, request.url.host, request.url.path) == ("GET", "apica.example", "/v3/events")
        self.asked.append(request.url.params.multi_items())
        found = [one for one in self.rows if self._meets(one, request.url.params)]
        if self.page_size is None:
            self.order.shuffle(found)
            return httpx2.Response(200, json=found)
        found.sort(key=lambda one: one["time_stamp_utc"], reverse=True)
        begin = int(request.url.params.get("cursor", "0"))
        end = begin + self.page_size
        url = request.url.copy_set_param("cursor", str(end)).copy_with(host="elsewhere.example")
        headers = {"link": f'<{url}>; rel="next"'} if end < len(found) else {}
        return httpx2.Response(200, json=found[begin:end], headers=headers)

    def _meets(self, one: Row, asked: httpx2.QueryParams) -> bool:
        moment = parse_instant(one["time_stamp_utc"], "time")
        return all(
            (
                asked.get("message", "").lower() in one["event_message"].lower(),
                one["severity"] in asked.get("severity", "IWEF"),
                asked.get("check_id") in (None, str(one["check_id"])),
                moment >= int(asked.get("milliseconds_utc_from", moment)),
                moment <= int(asked.get("milliseconds_utc_to", moment)),
                self._bears(one, asked),
            )
        )

    def _bears(self, one: Row, asked: httpx2.QueryParams) -> bool:
        event = make(tags=self.tags.get(one["check_id"]))
        excluded = [tagged(event, parse_tag_filter(text, "tag"), {}) for text in asked.get_list("exclude_tag")]
        included = [tagged(event, parse_tag_filter(text, "tag"), {}) for text in asked.get_list("include_tag")]
        some = all(included) if asked.get("include_tag_op") == "and" else any(included)
        return not any(excluded) and (some or not included)


@asynccontextmanager
async def reader(transport: Any, limits: ExchangeLimits = QUICK, now: Instant = NOW) -> AsyncGenerator[ApicaEvents]:
    """The adapter, with `transport` in the place of the network."""
    mock = httpx2.MockTransport(transport)
    async with httpx2.AsyncClient(base_url="https://apica.example/v3", transport=mock) as client:
        yield ApicaEvents(Exchange(client, "Apica", lambda: now, limits), ACCOUNT, lambda: now)


def days(number: float) -> Instant:
    """So many days before now."""
    return Instant(NOW - round(number * DAY))
