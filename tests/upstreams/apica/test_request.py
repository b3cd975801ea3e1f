"""What goes out to Apica for each of our filters, parameter by parameter."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from milepost.domain.errors import NotFound
from milepost.domain.event import EventType, Severity
from milepost.domain.instant import LATEST, SECOND, Instant
from milepost.domain.query import EventPage, EventQuery, Position
from milepost.domain.scope import UNRESTRICTED, Restriction
from milepost.domain.tags import TagFilter, TagId
from tests.upstreams.apica.fake import ACCOUNT, NOW, FakeApica, days, reader, row, shown

DAY_BEFORE = ("milliseconds_utc_from", str(NOW - 86_399 * SECOND))
NEW = [[DAY_BEFORE]]
"""The first request where nothing else is asked: the last day, and all that is to come."""
NOT_ASKED: list[list[tuple[str, str]]] = []
HALF_SECOND = 500
PROD, DEV = TagFilter("Environment", ("Prod", "Dev")), TagFilter(None, (TagId(6985),))

SENT: dict[str, list[tuple[dict[str, Any], Any]]] = {
    "types": [
        ({"types": frozenset({EventType.INCIDENT})}, [[("severity", "WEF"), DAY_BEFORE]]),
        ({"types": frozenset({EventType.CUSTOM, EventType.SCALE})}, [[("severity", "I"), DAY_BEFORE]]),
        ({"types": frozenset(EventType)}, NEW),
        ({"types": frozenset({EventType.DEPLOYMENT, EventType.CONFIG_CHANGE})}, NOT_ASKED),
    ],
    "start": [
        ({"start": Instant(NOW - 60 * SECOND)}, [[("milliseconds_utc_from", str(NOW - 60 * SECOND))]]),
        ({"start": Instant(NOW - HALF_SECOND)}, [[("milliseconds_utc_from", str(NOW - SECOND))]]),
        ({"start": Instant(NOW + SECOND)}, [[("milliseconds_utc_from", str(NOW + SECOND))]]),
        ({"start": Instant(LATEST + 1)}, NOT_ASKED),
    ],
    "end": [
        (
            {"end": Instant(NOW + HALF_SECOND)},
            [[DAY_BEFORE, ("milliseconds_utc_to", str(NOW + SECOND - 1))]],
        ),
        (
            {"end": days(30), "start": days(30)},
            [[("milliseconds_utc_from", str(days(30))), ("milliseconds_utc_to", str(days(30) + SECOND - 1))]],
        ),
        ({"end": Instant(-1)}, NOT_ASKED),
        ({"end": days(2), "start": days(1)}, NOT_ASKED),
        ({"end": Instant(LATEST)}, NEW),
    ],
    "bucket_sid": [({"bucket_sid": "bkt_a"}, NEW)],
    "environment_sid": [({"environment_sid": "prod01"}, NEW)],
    "ongoing": [({"ongoing": True}, NOT_ASKED), ({"ongoing": False}, NEW)],
    "source": [({"source": "ci"}, NOT_ASKED)],
    "severities": [
        ({"severities": frozenset({Severity.FATAL, Severity.INFORMATION})}, [[("severity", "IF"), DAY_BEFORE]]),
        ({"severities": frozenset(Severity)}, NEW),
        ({"severities": frozenset({Severity.FATAL}), "types": frozenset({EventType.CUSTOM})}, NOT_ASKED),
    ],
    "exclude_severities": [
        ({"exclude_severities": frozenset({Severity.ERROR})}, [[("severity", "IWF"), DAY_BEFORE]]),
        ({"exclude_severities": frozenset(Severity)}, NOT_ASKED),
    ],
    "check_id": [({"check_id": 12345}, [[("check_id", "12345"), DAY_BEFORE]])],
    "dedup_key": [({"dedup_key": "run:1"}, NOT_ASKED)],
    "message": [
        ({"message": "response time"}, [[("message", "e time"), DAY_BEFORE]]),
        ({"message": "größe"}, NEW),
    ],
    "include_tags": [
        ({"include_tags": (PROD,)}, [[("include_tag", "Environment~Prod;Dev"), DAY_BEFORE]]),
        (
            {"include_tags": (TagFilter(TagId(4568), ("Prod",)), DEV)},
            [[("include_tag", ".4568~Prod"), ("include_tag", "~.6985"), ("include_tag_op", "or"), DAY_BEFORE]],
        ),
    ],
    "include_all_tags": [
        (
            {"include_tags": (PROD, DEV), "include_all_tags": True},
            [
                [
                    ("include_tag", "Environment~Prod;Dev"),
                    ("include_tag", "~.6985"),
                    ("include_tag_op", "and"),
                    DAY_BEFORE,
                ]
            ],
        ),
        ({"include_tags": (PROD,), "include_all_tags": True}, [[("include_tag", "Environment~Prod;Dev"), DAY_BEFORE]]),
        ({"include_all_tags": True}, NEW),
    ],
    "exclude_tags": [
        (
            {"exclude_tags": (TagFilter("Beta", ()), DEV)},
            [[("exclude_tag", "Beta"), ("exclude_tag", "~.6985"), DAY_BEFORE]],
        ),
    ],
    "starts_only": [({"starts_only": True}, NEW)],
    "reach": [({"reach": Restriction(frozenset({"bkt_a"}), frozenset())}, NEW)],
    "after": [
        (
            {"after": Position(Instant(NOW + HALF_SECOND), "evt_1")},
            [[DAY_BEFORE, ("milliseconds_utc_to", str(NOW + SECOND - 1))]],
        ),
        (
            {"after": Position(NOW, ""), "start": Instant(NOW - SECOND)},
            [[("milliseconds_utc_from", str(NOW - SECOND)), ("milliseconds_utc_to", str(NOW - 1))]],
        ),
        (
            {"after": Position(days(1), "x"), "end": NOW, "start": days(1)},
            [[("milliseconds_utc_from", str(days(1))), ("milliseconds_utc_to", str(days(1) + SECOND - 1))]],
        ),
    ],
    "limit": [({"limit": 100}, NEW), ({"limit": 1}, NEW)],
}


def test_every_filter_has_its_row():
    assert SENT.keys() == {field.name for field in fields(EventQuery)}


@pytest.mark.parametrize(
    ("filters", "sent"), [case for cases in SENT.values() for case in cases], ids=lambda value: str(value)[:60]
)
async def test_a_filter_goes_out_as(filters: dict[str, Any], sent: list[list[tuple[str, str]]]):
    apica = FakeApica()
    async with reader(apica) as events:
        page = await events.find(ACCOUNT, EventQuery(**filters))
    assert page.events == ()
    assert apica.asked[: len(sent) or None] == sent


async def test_all_filters_go_out_in_each_request():
    apica = FakeApica()
    async with reader(apica) as events:
        await events.find(
            ACCOUNT,
            EventQuery(
                message="error",
                severities=frozenset({Severity.ERROR}),
                check_id=7,
                include_tags=(PROD, DEV),
                exclude_tags=(TagFilter("Beta", ()),),
                start=days(30),
                end=NOW,
            ),
        )
    filters = [
        ("message", "error"),
        ("severity", "E"),
        ("check_id", "7"),
        ("include_tag", "Environment~Prod;Dev"),
        ("include_tag", "~.6985"),
        ("exclude_tag", "Beta"),
        ("include_tag_op", "or"),
    ]
    assert len(apica.asked) == 4
    for asked in apica.asked:
        assert asked[:-2] == filters
        assert [name for name, _ in asked[-2:]] == ["milliseconds_utc_from", "milliseconds_utc_to"]


async def test_getting_an_event_asks_for_its_second_alone():
    apica = FakeApica([row(NOW + HALF_SECOND), row()])
    (newer, _) = shown(apica.rows)
    async with reader(apica) as events:
        assert await events.get(ACCOUNT, newer.sid) == newer
    assert apica.asked == [[("milliseconds_utc_from", str(NOW)), ("milliseconds_utc_to", str(NOW + SECOND - 1))]]


async def test_what_can_not_be_there_is_not_asked_for():
    apica = FakeApica([row()])
    (event,) = shown(apica.rows)
    async with reader(apica) as events:
        for account, sid in [
            ("acc_other", event.sid),
            (ACCOUNT, "prod01"),
            (ACCOUNT, "evt_x"),
            (ACCOUNT, event.sid[4:]),
        ]:
            with pytest.raises(NotFound):
                await events.get(account, sid)
        assert await events.find("acc_other", EventQuery()) == EventPage(())
        assert await events.sources(ACCOUNT, "", 10, UNRESTRICTED) == ()
        assert await events.sids("acc_other", "", 10, UNRESTRICTED) == ()
    assert apica.asked == []
