"""Answers that aren't what they should be."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from milepost.domain.errors import Broken, Unavailable
from milepost.domain.query import EventQuery, Missing
from milepost.upstreams.exchange import AnswerTooLarge
from tests.upstreams.apica.fake import ACCOUNT, NOW, reader, row, shown

THEIRS = "ORA-00942 at /srv/vendor"
SID = shown([row()])[0].sid
BROKEN = "Apica answered what can't be understood"


def answering(content: Any, **headers: str) -> Any:
    return lambda _: httpx2.Response(200, content=json.dumps(content), headers=headers)


async def refused(content: Any, **headers: str) -> str:
    """What is said of such an answer."""
    async with reader(answering(content, **headers)) as events:
        with pytest.raises(Broken) as finding:
            await events.find(ACCOUNT, EventQuery())
        with pytest.raises(Broken) as getting:
            await events.get(ACCOUNT, SID)
    assert str(getting.value) == str(finding.value)
    assert finding.value.__context__ is None
    assert THEIRS not in repr(finding.value)
    return str(finding.value)


@pytest.mark.parametrize("content", [None, {}, {"records": []}, THEIRS, 5, True])
async def test_what_is_no_list_is_broken(content: Any):
    assert await refused(content) == f"{BROKEN} (the list of events isn't as it has to be)"


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"check_symbol": 5}, "check_symbol"),
        ({"check_symbol": "x" * 257}, "check_symbol"),
        ({"event_type": THEIRS}, "event_type"),
        ({"event_type": None}, "event_type"),
        ({"check_id": THEIRS}, "check_id"),
        ({"check_id": 2.5}, "check_id"),
        ({"check_id": 2**63}, "check_id"),
        ({"check_descriptor": [THEIRS]}, "check_descriptor"),
        ({"severity": THEIRS}, "severity"),
        ({"severity": None}, "severity"),
        ({"event_message": None}, "event_message"),
        ({"event_message": {THEIRS: 1}}, "event_message"),
        ({"event_message": "x" * 8_193}, "event_message"),
        ({"event_message": "\0"}, "event_message"),
        ({"time_stamp_utc": THEIRS}, "time_stamp_utc"),
        ({"time_stamp_utc": 1_716_119_551}, "time_stamp_utc"),
        ({"time_stamp_utc": "now-5m"}, "time_stamp_utc"),
        ({"time_stamp_utc": "2024-02-30T00:00:00"}, "time_stamp_utc"),
    ],
)
async def test_a_row_with_a_wrong_field_says_which_and_quotes_nothing(fields: dict[str, Any], where: str):
    assert await refused([row(), row(**fields)]) == f"{BROKEN} (event[1].{where} isn't as it has to be)"


@pytest.mark.parametrize("wrong", [None, [], THEIRS, 5])
async def test_what_is_no_row_is_broken(wrong: Any):
    assert await refused([wrong]) == f"{BROKEN} (event[0] isn't as it has to be)"


@pytest.mark.parametrize("field", ["event_type", "severity", "event_message", "time_stamp_utc"])
async def test_a_row_without_a_field_that_has_to_be_there_is_broken(field: str):
    short = row()
    del short[field]
    assert await refused([short]) == f"{BROKEN} (event[0].{field} isn't as it has to be)"


async def test_fields_that_apica_may_add_are_passed_over():
    async with reader(answering([row(added="later")])) as events:
        assert (await events.get(ACCOUNT, SID)).sid == SID


@pytest.mark.parametrize("link", ["<?page=2>", "<>", "<?cursor=>", f"<?cursor={'x' * 4_097}>", "<http://[>"])
async def test_a_link_that_doesn_t_say_where_to_go_on_is_broken(link: str):
    text = await refused([], link=f'{link}; rel="next"')
    assert text == f"{BROKEN} (the link to the next page isn't as it has to be)"


@pytest.mark.parametrize(
    "link", ['<?cursor=1>; rel="prev"', '<?cursor=1>; rel="nextish"', "next", '<?cursor=1>, rel="next"']
)
async def test_other_links_lead_nowhere(link: str):
    async with reader(answering([row()], link=link)) as events:
        assert (await events.find(ACCOUNT, EventQuery())).following is None


async def test_pages_that_are_not_newest_first_are_broken():
    async with reader(answering([row(NOW), row(NOW + 5_000)], link='<?cursor=a>; rel="next"')) as events:
        with pytest.raises(Broken, match="pages that aren't newest first"):
            await events.find(ACCOUNT, EventQuery())


async def test_rows_outside_of_what_was_asked_for_are_left_to_their_own_window():
    rows = [row(NOW - 3 * 86_400_000), row()]
    async with reader(answering(rows)) as events:
        page = await events.find(ACCOUNT, EventQuery())
    assert list(page.events) == shown(rows)


async def test_pages_that_never_end_come_to_an_end():
    asked: list[str] = []

    def endless(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.params.get("cursor", ""))
        return httpx2.Response(200, json=[row()], headers={"link": f'<?cursor={len(asked)}>; rel="next"'})

    async with reader(endless) as events:
        with pytest.raises(AnswerTooLarge, match="Apica answers more than is read at once"):
            await events.find(ACCOUNT, EventQuery())
    assert asked == ["", *map(str, range(1, 12))]


async def test_an_answer_that_another_milepost_calls_incomplete_is_called_so():
    async with reader(answering([row()], **{"x-milepost-warning": THEIRS})) as events:
        page = await events.find(ACCOUNT, EventQuery())
        assert [event.sid for event in page.events] == [SID]
        assert page.missing == (Missing("Apica", "couldn't reach all of its own sources"),)
        assert (await events.get(ACCOUNT, SID)).sid == SID
        with pytest.raises(Unavailable, match="couldn't reach all of its own sources"):
            await events.get(ACCOUNT, shown([row(severity="W")])[0].sid)


async def test_the_status_of_a_refusal_is_told_and_its_text_is_not():
    def refuse(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(400, text=THEIRS)

    async with reader(refuse) as events:
        with pytest.raises(Broken, match=r"\(status 400\)$"):
            await events.find(ACCOUNT, EventQuery())
