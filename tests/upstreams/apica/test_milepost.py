"""Another Milepost's `/v3` read as Apica's, over real HTTP. The reader's contract suite runs over it too."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from milepost.domain.archive import ArchivedEvent, TagPart
from milepost.domain.event import Check, Event, EventType, Severity
from milepost.domain.instant import SECOND, Instant
from milepost.domain.query import EventQuery
from milepost.domain.tags import TagFilter, TagId
from tests.contracts.apica import NOW, ApicaSource, apica_source
from tests.contracts.samples import ACCOUNT, make, make_full


@pytest.fixture
async def source(tmp_path: Path) -> AsyncGenerator[ApicaSource]:
    async with apica_source(tmp_path) as opened:
        yield opened


async def everything(source: ApicaSource, query: EventQuery) -> list[Event]:
    found: list[Event] = []
    while True:
        page = await source.reader.find(ACCOUNT, query)
        found += page.events
        if page.following is None:
            return found
        query = replace(query, after=page.following)


async def test_everything_that_a_row_holds_comes_through_and_nothing_else(source: ApicaSource) -> None:
    (kept,) = await source.keep(make_full(started_at=Instant(NOW + 999)))
    (event,) = await everything(source, EventQuery())
    assert event == kept.shown
    assert event == Event(
        sid=event.sid,
        account_sid=ACCOUNT,
        type=EventType.INCIDENT,
        name="Database\tconnection spike \x1b[31m",
        started_at=NOW,
        ended_at=NOW,
        created_at=NOW,
        severity=Severity.ERROR,
        check=Check(2**63 - 1, "symbol", "descriptor"),
    )


async def test_an_event_without_severity_comes_back_as_an_information(source: ApicaSource) -> None:
    await source.keep(make(started_at=NOW, type=EventType.INCIDENT))
    (event,) = await everything(source, EventQuery(severities=frozenset({Severity.INFORMATION})))
    assert (event.type, event.severity, event.check) == (EventType.CUSTOM, Severity.INFORMATION, None)


async def test_thousands_of_events_of_one_second_come_by_its_pages(source: ApicaSource) -> None:
    same = [make(name="again", started_at=Instant(NOW + number % SECOND)) for number in range(2_300)]
    others = [make(started_at=Instant(NOW + seconds * SECOND)) for seconds in range(-30, 30)]
    await source.store.archive.load(map(ArchivedEvent, [*same, *others]))
    found = await everything(source, EventQuery(limit=100))
    assert len({event.sid for event in found}) == len(found) == 2_360
    assert sum(event.name == "again" for event in found) == 2_300
    assert [event.started_at for event in found] == sorted((event.started_at for event in found), reverse=True)
    assert await source.reader.get(ACCOUNT, found[1_000].sid) == found[1_000]


async def test_tag_ids_go_through_as_they_are(source: ApicaSource) -> None:
    await source.keep(make(started_at=NOW, tags={"Environment": ("Prod",)}), make(started_at=NOW))
    numbers = await source.store.tag_numbers.tag_numbers(ACCOUNT, 10, None)
    key, value = (next(one.number for one in numbers if one.part is part) for part in TagPart)
    by_ids = TagFilter(TagId(key), (TagId(value),))
    assert len(await everything(source, EventQuery(include_tags=(by_ids,)))) == 1
    assert len(await everything(source, EventQuery(exclude_tags=(by_ids,)))) == 1
