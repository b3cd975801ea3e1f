"""Answers that aren't what they should be."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from milepost.domain.errors import Broken, Unavailable
from milepost.domain.event import Check
from milepost.domain.query import EventQuery, Missing
from milepost.upstreams.exchange import AnswerTooLarge
from tests.upstreams.apica.fake import ACCOUNT, NOW, days, reader, row, shown

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
    "odd",
    [
        *(None, [], THEIRS, 5),
        row(check_symbol=5),
        row(check_id=THEIRS),
        row(check_id=2.5),
        row(check_id=2**63),
        row(check_descriptor=[THEIRS]),
        row(severity=THEIRS),
        row(severity=None),
        row(event_message={THEIRS: 1}),
        row(time_stamp_utc=THEIRS),
        row(time_stamp_utc=1_716_119_551),
        row(time_stamp_utc="now-5m"),
        row(time_stamp_utc="2024-02-30T00:00:00"),
        {name: value for name, value in row().items() if name != "severity"},
        {name: value for name, value in row().items() if name != "time_stamp_utc"},
    ],
)
async def test_a_row_that_can_not_be_read_is_left_out_and_said_to_be(odd: Any):
    async with reader(answering([odd, row()], link='<?cursor=1>; rel="prev"')) as events:
        page = await events.find(ACCOUNT, EventQuery(start=NOW))
        assert [event.sid for event in page.events] == [SID]
        assert page.missing == (Missing("Apica", "1 event can't be understood and is left out"),)
        assert (await events.get(ACCOUNT, SID)).sid == SID
        with pytest.raises(Broken, match="an event of that moment") as raised:
            await events.get(ACCOUNT, shown([row(severity="W")])[0].sid)
    assert THEIRS not in repr(raised.value)


async def test_rows_that_can_not_be_read_are_counted_over_all_answers_of_a_page():
    async with reader(answering([None, None])) as events:
        page = await events.find(ACCOUNT, EventQuery(start=days(3)))
    assert page.events == ()
    assert page.missing == (Missing("Apica", "4 events can't be understood and are left out"),)


async def test_what_is_odd_in_a_row_is_shown_as_far_as_it_can_be():
    odd = row(severity="e", check_id="2", event_type=THEIRS, event_message="a\0" + "x" * 9_000, check_symbol="y" * 300)
    async with reader(answering([odd, row(event_message=None)])) as events:
        page = await events.find(ACCOUNT, EventQuery())
        for event in page.events:
            assert await events.get(ACCOUNT, event.sid) == event
    assert page.missing == ()
    named = {event.name: event for event in page.events}
    long = named["a\ufffd" + "x" * 254]
    assert long.description == "a\ufffd" + "x" * 8_189 + "…"
    assert long.check == Check(2, "y" * 255 + "…", "Log in")
    assert named.keys() == {long.name, "(no message)"}


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
        assert page.missing == (Missing("Apica", "says that something is missing from its answer"),)
        assert (await events.get(ACCOUNT, SID)).sid == SID
        with pytest.raises(Unavailable, match="says that something is missing from its answer"):
            await events.get(ACCOUNT, shown([row(severity="W")])[0].sid)


async def test_the_status_of_a_refusal_is_told_and_its_text_is_not():
    def refuse(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(400, text=THEIRS)

    async with reader(refuse) as events:
        with pytest.raises(Broken, match=r"\(status 400\)$"):
            await events.find(ACCOUNT, EventQuery())


async def test_an_address_with_nothing_behind_it_is_said_to_be_one_for_an_operator():
    async with reader(lambda _: httpx2.Response(404, text=THEIRS)) as events:
        with pytest.raises(Unavailable) as raised:
            await events.find(ACCOUNT, EventQuery())
    assert str(raised.value) == "Apica has nothing at that address; whoever runs Milepost has to mend it"
