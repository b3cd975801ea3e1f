"""The API as its documentation has it, and nothing besides: twelve fields, pages of at most 100, `hasMore`, no cursor.

What isn't documented can be set: whether `endTime` itself belongs to a window, in which order events of one moment come,
whether answers carry entity tags.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import anyio.lowlevel
import httpx2

from milepost.domain.event import Event
from milepost.domain.instant import Clock, Instant, format_instant, parse_instant
from milepost.upstreams.apitraffic.luggage import load
from milepost.upstreams.apitraffic.timeline import LIMITS, TimelineLimits
from milepost.upstreams.apitraffic.writer import ApiTrafficEvents
from milepost.upstreams.exchange import Exchange, ExchangeLimits
from milepost.wire.event_record import event_record
from tests.contracts.samples import ACCOUNT

FIELDS = (
    *("sid", "accountSid", "type", "name", "description", "source", "metadata", "bucketSids", "environmentSids"),
    *("startedAt", "endedAt", "createdAt"),
)
SET_BY_THE_API = ("sid", "accountSid", "createdAt")
DEFAULTS: dict[str, Any] = dict.fromkeys(FIELDS) | {"bucketSids": ["*"], "environmentSids": ["*"]}
NOW = Instant(1_705_400_000_000)
NAME = "apitraffic:api.test"
Record = dict[str, Any]
Answer = (
    Callable[[httpx2.Request], httpx2.Response] | Callable[[httpx2.Request], Coroutine[None, None, httpx2.Response]]
)


def documented_record(event: Event) -> Record:
    """The event in the twelve fields."""
    record = event_record(event) | {"metadata": load(event)}
    return {name: record[name] for name in FIELDS}


@dataclass
class DocumentedApi:
    """`mood` may answer in its place, or raise; None leaves it to the API."""

    now: Instant = NOW
    end_included: bool = True
    tagged: bool = False
    most: int = 100
    order: Callable[[list[Record]], list[Record]] = lambda records: sorted(
        records, key=lambda record: parse_instant(record["startedAt"], ""), reverse=True
    )
    mood: Callable[[httpx2.Request], httpx2.Response | None] = lambda _: None
    records: dict[str, Record] = field(default_factory=dict[str, Record])
    requests: list[httpx2.Request] = field(default_factory=list[httpx2.Request])
    _numbers: Iterable[int] = field(default_factory=lambda: count(1))
    _versions: Counter[str] = field(default_factory=Counter[str])

    def hold(self, *events: Event) -> None:
        """Have these events."""
        for event in events:
            self.records[event.sid] = documented_record(event)

    def touch(self, sid: str, **fields: Any) -> None:
        """Change an event, as others do."""
        self.records[sid] |= fields
        self._versions[sid] += 1

    def sent(self, method: str) -> list[httpx2.Request]:
        """The requests of that method."""
        return [request for request in self.requests if request.method == method]

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self.mood(request) or self.perform(request)

    def perform(self, request: httpx2.Request) -> httpx2.Response:
        """What the documentation says."""
        _, _, _, account_sid, _, *rest = request.url.path.split("/")
        if not rest:
            return self._create(account_sid, request) if request.method == "POST" else self._list(account_sid, request)
        sid = rest[0]
        if self.records.get(sid, {}).get("accountSid") != account_sid:
            return refusal(404, "RESOURCE_NOT_FOUND")
        if request.headers.get("if-match", self._etag(sid)) != self._etag(sid):
            return refusal(412, "PRECONDITION_FAILED")
        if request.method == "DELETE":
            del self.records[sid]
            return httpx2.Response(200, json={"sid": sid, "deleted": True})
        if request.method == "PUT":
            self.touch(sid, **known(json.loads(request.content)))
        return self._one(sid, 200)

    def _create(self, account_sid: str, request: httpx2.Request) -> httpx2.Response:
        sid = f"evt_{next(iter(self._numbers)):027}"
        set_here = {"sid": sid, "accountSid": account_sid, "createdAt": format_instant(self.now)}
        fields = known(json.loads(request.content))
        self.records[sid] = DEFAULTS | {"startedAt": format_instant(self.now)} | fields | set_here
        return self._one(sid, 201)

    def _list(self, account_sid: str, request: httpx2.Request) -> httpx2.Response:
        asked = dict(request.url.params)
        limit = min(int(asked.pop("limit", "25")), self.most)
        found = self.order([one for one in self.records.values() if self._wanted(one, account_sid, asked)])
        return httpx2.Response(200, json={"hasMore": len(found) > limit, "records": found[:limit]})

    def _wanted(self, record: Record, account_sid: str, asked: dict[str, str]) -> bool:
        moment, end = parse_instant(record["startedAt"], ""), asked.get("endTime")
        latest = None if end is None else parse_instant(end, "") - (0 if self.end_included else 1)
        return (
            record["accountSid"] == account_sid
            and (latest is None or moment <= latest)
            and ("startTime" not in asked or moment >= parse_instant(asked["startTime"], ""))
            and asked.get("type", record["type"]) == record["type"]
            and _applies(record["bucketSids"], asked.get("bucketSid"))
            and _applies(record["environmentSids"], asked.get("environmentSid"))
        )

    def _one(self, sid: str, status: int) -> httpx2.Response:
        headers = {"etag": self._etag(sid)} if self.tagged else {}
        return httpx2.Response(status, json=self.records[sid], headers=headers)

    def _etag(self, sid: str) -> str:
        return f'"{self._versions[sid]}"'


def _applies(sids: list[str], sid: str | None) -> bool:
    return sid is None or sids == ["*"] or sid in sids


def known(fields: Record) -> Record:
    """A body, which has nothing but what may be written."""
    assert not fields.keys() - set(FIELDS) | fields.keys() & set(SET_BY_THE_API)
    return fields


def refusal(status: int, code: str = "VALIDATION_ERROR") -> httpx2.Response:
    """An error as the API writes it."""
    return httpx2.Response(
        status, json={"success": False, "error": {"code": code, "message": "VENDOR TEXT", "details": []}}
    )


def adapter(
    answer: Answer, account_sid: str = ACCOUNT, limits: TimelineLimits = LIMITS, clock: Clock = lambda: NOW
) -> ApiTrafficEvents:
    """The adapter over whatever answers."""
    client = httpx2.AsyncClient(
        transport=httpx2.MockTransport(answer), base_url=f"https://api.test/v1/accounts/{account_sid}"
    )
    exchange = Exchange(client, NAME, clock, ExchangeLimits(first_pause_seconds=0.0))
    return ApiTrafficEvents(exchange, account_sid, clock, limits)


def yielding(api: DocumentedApi) -> Callable[[httpx2.Request], Coroutine[None, None, httpx2.Response]]:
    """The API at a distance: others get their turn while it is asked."""

    async def answer(request: httpx2.Request) -> httpx2.Response:
        await anyio.lowlevel.checkpoint()
        response = api.answer(request)
        await anyio.lowlevel.checkpoint()
        return response

    return answer
