"""The sample answer of Apica's description, byte for byte."""

from pathlib import Path

import httpx2

from milepost.domain.event import Check, Event, EventType, Severity
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from tests.upstreams.apica.fake import ACCOUNT, reader

SAMPLE = (Path(__file__).parent / "sample_answer.json").read_bytes()
AT = Instant(1_716_119_551_000)
SIDS = ("evt_2ggW9oVtMiQx3ox4qIMx2Wvm2P7", "evt_2ggW9nY03FpeZEVSRUahnoOQUHs", "evt_2ggW9j1v0qbrJbHkpCnCUoJBcGg")


def sample(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, content=SAMPLE)


def event(sid: str) -> Event:
    return Event(
        sid=sid,
        account_sid=ACCOUNT,
        type=EventType.CUSTOM,
        name="sample string 4",
        started_at=AT,
        created_at=AT,
        severity=Severity.INFORMATION,
        check=Check(2, "sample string 1", "sample string 3"),
    )


async def test_the_sample_is_three_events_though_its_rows_are_the_same():
    async with reader(sample) as events:
        page = await events.find(ACCOUNT, EventQuery())
    assert page.events == tuple(map(event, SIDS))
    assert page.following is None


async def test_each_of_them_is_got_by_its_sid():
    async with reader(sample) as events:
        for sid in SIDS:
            assert await events.get(ACCOUNT, sid) == event(sid)
