"""One happening, one event: as far as the upstream's newest events tell."""

from dataclasses import replace
from typing import Any

import anyio
import httpx2
import pytest

from milepost.domain.errors import Broken, Conflict, Unavailable
from milepost.domain.event import Event
from milepost.domain.instant import DAY, MINUTE, SECOND, Instant
from milepost.upstreams.apitraffic.dedup import DEDUP_WINDOW, LOOK_UP_SECONDS
from milepost.upstreams.apitraffic.timeline import LIMITS
from milepost.upstreams.exchange import LIMITS as EXCHANGE
from tests.contracts.samples import ACCOUNT, BY, make
from tests.upstreams.apitraffic.documented import NOW, DocumentedApi, adapter, yielding

KEY = "github:run:8123"


def ago(milliseconds: int, **fields: Any) -> Event:
    return make(started_at=Instant(NOW - milliseconds), **fields)


def test_the_window_is_seven_days() -> None:
    assert DEDUP_WINDOW == 7 * DAY


async def test_a_key_that_is_held_gives_back_its_holder_and_nothing_is_sent() -> None:
    api = DocumentedApi()
    events = adapter(api.answer)
    first = await events.create(ago(MINUTE, dedup_key=KEY))
    again = await events.create(ago(0, dedup_key=KEY))
    assert (first.replayed, again.replayed) == (False, True)
    assert again.event == first.event
    assert len(api.sent("POST")) == 1


async def test_an_event_without_a_key_is_not_looked_up() -> None:
    api = DocumentedApi()
    await adapter(api.answer).create(ago(0))
    assert [request.method for request in api.requests] == ["POST"]


async def test_the_look_up_asks_for_the_window_alone_newest_first() -> None:
    api = DocumentedApi()
    await adapter(api.answer).create(ago(DAY, dedup_key=KEY))
    [request] = api.sent("GET")
    assert dict(request.url.params) == {"limit": "100", "startTime": "2024-01-08T10:13:19.999Z"}


@pytest.mark.parametrize(("started_at", "found"), [(NOW - DEDUP_WINDOW, True), (NOW - DEDUP_WINDOW - 1, False)])
async def test_a_holder_is_found_within_the_window(started_at: int, found: bool) -> None:
    api = DocumentedApi()
    api.hold(make(started_at=Instant(started_at), dedup_key=KEY))
    assert (await adapter(api.answer).create(ago(0, dedup_key=KEY))).replayed is found


async def test_the_window_lies_before_the_start_of_an_event_of_the_past() -> None:
    api = DocumentedApi()
    api.hold(ago(37 * DAY, dedup_key=KEY))
    assert (await adapter(api.answer).create(ago(30 * DAY, dedup_key=KEY))).replayed
    assert not (await adapter(api.answer).create(ago(29 * DAY, dedup_key=KEY))).replayed


async def test_the_holder_of_an_event_of_the_past_is_found_behind_any_number_of_newer_ones() -> None:
    api = DocumentedApi()
    api.hold(*(ago(number * MINUTE) for number in range(600)))
    events = adapter(api.answer)
    first = await events.create(ago(30 * DAY, dedup_key=KEY))
    assert (await events.create(ago(30 * DAY, dedup_key=KEY))).event == first.event
    assert len(api.sent("GET")) == 5 + 1


async def test_a_slow_upstream_is_looked_through_all_the_same() -> None:
    api = DocumentedApi()
    api.hold(*(ago(number * MINUTE) for number in range(450)), ago(450 * MINUTE, dedup_key=KEY))

    def clock() -> Instant:
        return Instant(NOW + 10 * SECOND * len(api.requests))

    assert LIMITS.requests * EXCHANGE.total_seconds < LOOK_UP_SECONDS
    assert (await adapter(api.answer, clock=clock).create(ago(0, dedup_key=KEY))).replayed


async def test_five_requests_are_made_at_most() -> None:
    api = DocumentedApi()
    api.hold(*(ago(number * MINUTE) for number in range(600)), ago(600 * MINUTE, dedup_key=KEY))
    assert not (await adapter(api.answer).create(ago(0, dedup_key=KEY))).replayed
    assert len(api.sent("GET")) == 5


async def test_of_several_holders_the_first_is_given_back() -> None:
    api = DocumentedApi()
    for sid, created_at in (("evt_a", 7), ("evt_b", 5), ("evt_c", 6)):
        api.hold(ago(0, sid=sid, created_at=Instant(created_at), dedup_key=KEY))
    assert (await adapter(api.answer).create(ago(0, dedup_key=KEY))).event.sid == "evt_b"


async def test_a_key_that_a_milepost_up_there_keeps_itself_is_found() -> None:
    api = DocumentedApi()
    api.hold(ago(0, sid="evt_1"))
    api.touch("evt_1", dedupKey=KEY)
    assert (await adapter(api.answer).create(ago(0, dedup_key=KEY))).replayed


async def test_many_at_once_with_one_key_make_one_event() -> None:
    api = DocumentedApi()
    events = adapter(yielding(api))
    sids: list[str] = []

    async def create() -> None:
        sids.append((await events.create(ago(0, dedup_key=KEY))).event.sid)

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(create)
    assert len(api.sent("POST")) == len(set(sids)) == 1
    assert len(sids) == 20
    assert len(events._keys._locks) == 0


async def test_a_retry_after_an_unknown_outcome_finds_what_was_written() -> None:
    api = DocumentedApi()

    def lose_the_answer(request: httpx2.Request) -> None:
        if request.method == "POST":
            api.perform(request)
            raise httpx2.ReadError("lost")

    api.mood = lose_the_answer
    events = adapter(api.answer)
    with pytest.raises(Unavailable) as raised:
        await events.create(ago(0, dedup_key=KEY))
    assert raised.value.outcome_unknown
    again = await events.create(ago(0, dedup_key=KEY))
    assert again.replayed
    assert list(api.records) == [again.event.sid]


async def test_nothing_is_written_where_the_look_up_fails() -> None:
    api = DocumentedApi(mood=lambda request: httpx2.Response(500) if request.method == "GET" else None)
    with pytest.raises(Unavailable) as raised:
        await adapter(api.answer).create(ago(0, dedup_key=KEY))
    assert not raised.value.outcome_unknown
    assert api.sent("POST") == []


async def test_too_many_events_at_one_moment_end_the_look_up_and_not_the_writing() -> None:
    api = DocumentedApi()
    api.hold(*(ago(MINUTE) for _ in range(150)))
    assert not (await adapter(api.answer).create(ago(0, dedup_key=KEY))).replayed


async def test_nothing_is_written_where_the_newest_events_cannot_be_told() -> None:
    api = DocumentedApi(order=lambda records: sorted(records, key=lambda record: record["startedAt"]))
    api.hold(*(ago(number * MINUTE) for number in range(101)))
    with pytest.raises(Broken):
        await adapter(api.answer).create(ago(0, dedup_key=KEY))
    assert api.sent("POST") == []


async def test_a_change_onto_a_taken_key_conflicts_and_names_no_sid() -> None:
    api = DocumentedApi()
    api.hold(ago(0, sid="evt_holder", dedup_key=KEY), ago(0, sid="evt_1"))
    with pytest.raises(Conflict) as raised:
        await adapter(api.answer).change(ACCOUNT, "evt_1", lambda event: replace(event, dedup_key=KEY), BY)
    assert (raised.value.field, "evt_" in str(raised.value)) == ("dedupKey", False)
    assert api.sent("PUT") == []


async def test_a_change_that_keeps_its_key_or_drops_it_is_not_looked_up() -> None:
    api = DocumentedApi()
    api.hold(ago(0, sid="evt_1", dedup_key=KEY))
    events = adapter(api.answer)
    await events.change(ACCOUNT, "evt_1", lambda event: replace(event, name="new"), BY)
    await events.change(ACCOUNT, "evt_1", lambda event: replace(event, dedup_key=None), BY)
    assert [request.method for request in api.requests] == ["GET", "PUT"] * 2
    assert not (await events.create(ago(0, dedup_key=KEY))).replayed
