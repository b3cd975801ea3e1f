"""Another Milepost as the upstream, over real HTTP, where it is more than any API has to be."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from milepost.domain.archive import ArchivedEvent
from milepost.domain.event import Event
from milepost.domain.instant import SECOND, Instant
from milepost.domain.query import EventQuery
from milepost.upstreams.apitraffic.timeline import LIMITS
from milepost.upstreams.apitraffic.writer import ApiTrafficEvents
from tests.contracts.samples import ACCOUNT, BY, make, make_full
from tests.upstreams.apitraffic.milepost_upstream import MilepostUpstream, milepost_upstream
from tests.upstreams.apitraffic.test_paging import expected, turned


@pytest.fixture
async def upstream(tmp_path: Path) -> AsyncGenerator[MilepostUpstream]:
    async with milepost_upstream(tmp_path) as opened:
        yield opened


async def test_hundreds_of_events_are_paged_by_time(upstream: MilepostUpstream) -> None:
    events = [
        make(
            sid=f"evt_{number * 11 % 700:03}",
            started_at=Instant(number // 40 * SECOND),
            source="ci" if number % 9 == 0 else None,
        )
        for number in range(700)
    ]
    await upstream.store.archive.load(map(ArchivedEvent, events))
    reader = upstream.events.adapters[ACCOUNT]
    for query in (EventQuery(limit=100), EventQuery(limit=10, source="ci")):
        pages = await turned(reader, query)
        assert [event for page in pages for event in page.events] == expected(events, query)
    assert LIMITS.events * LIMITS.requests < len(events)


async def test_an_event_of_the_other_one_is_shown_whole_and_changed_beside_its_own_fields(
    upstream: MilepostUpstream,
) -> None:
    native = make_full(version=1)
    await upstream.store.events.create(native)
    found = await upstream.events.get(ACCOUNT, native.sid)
    assert replace(found, version=1) == native
    changed = await upstream.events.change(
        ACCOUNT, native.sid, lambda event: replace(event, severity=None, tags=None, updated_at=Instant(5)), BY
    )
    assert replace(changed, version=1) == replace(native, severity=None, tags=None, updated_at=Instant(5))
    there = await upstream.store.events.get(ACCOUNT, native.sid)
    assert (there.severity, there.tags, there.dedup_key) == (native.severity, native.tags, native.dedup_key)


async def test_a_change_made_elsewhere_in_between_is_not_written_over(upstream: MilepostUpstream) -> None:
    event = (await upstream.events.create(make(description="0"))).event
    writer = upstream.events.adapters[ACCOUNT]
    assert isinstance(writer, ApiTrafficEvents)
    client: httpx2.AsyncClient = writer._exchange._client
    statuses: list[int] = []

    def count(found: Event) -> Event:
        return replace(found, description=str(int(found.description or "") + 1), version=found.version + 1)

    async def be_quicker(request: httpx2.Request) -> None:
        if request.method == "PUT" and not statuses:
            await upstream.store.events.change(ACCOUNT, event.sid, count, BY)

    async def note(response: httpx2.Response) -> None:
        if response.request.method == "PUT":
            statuses.append(response.status_code)

    client.event_hooks = {"request": [be_quicker], "response": [note]}
    assert (await writer.change(ACCOUNT, event.sid, count, BY)).description == "2"
    assert statuses == [412, 200]


async def test_a_version_is_one_and_the_same_however_an_event_is_come_by(upstream: MilepostUpstream) -> None:
    created = (await upstream.events.create(make_full())).event
    [listed] = (await upstream.events.find(ACCOUNT, EventQuery())).events
    assert created == listed == await upstream.events.get(ACCOUNT, created.sid)
