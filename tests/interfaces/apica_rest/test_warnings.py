"""Sources that gave nothing to a page are named in headers, since an array has no room for them."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from milepost.domain.caller import Caller
from milepost.domain.query import EventPage, EventQuery, Missing
from milepost.interfaces.apica_rest.events import list_events
from milepost.interfaces.apica_rest.warnings import LONGEST_WARNING, warning_headers
from milepost.operations.operation import Context, Request
from milepost.services.services import Services
from milepost.stores.sqlite.events import SqliteEvents
from milepost.stores.sqlite.store import SqliteStore
from milepost.wire.apica_parameters import ApicaEventParameters
from milepost.wire.reading import read_input
from tests.services.world import StandingClock, ports_of

MISSING = (Missing("billing", "it didn't answer within 5 seconds"), Missing("Ülm", "it is away"))


class Incomplete(SqliteEvents):
    """Says of every page that something is missing from it."""

    async def find(self, account_sid: str, query: EventQuery) -> EventPage:
        return replace(await super().find(account_sid, query), missing=MISSING)


async def test_each_missing_source_has_a_header(tmp_path: Path):
    clock = StandingClock()
    with closing(SqliteStore(tmp_path / "milepost.db")) as store:
        reader = Incomplete(store.events._readers, store.events._writer)
        services = Services.over(replace(ports_of(store), reader=reader), clock, os.urandom)
        account = (await services.accounts.first_start()).account
        request = Request(
            caller=Caller(account_sid=account.sid, door="test"),
            path="/v3/events",
            names={},
            query=[],
            parameters=read_input(ApicaEventParameters, {}),
            body=None,
            if_match=None,
            if_none_match=lambda _: False,
            base_url="http://127.0.0.1",
            now=clock(),
        )
        answer = await list_events(Context(services, clock), request)
    assert answer.content == []
    assert answer.headers == [
        (b"x-milepost-warning", b"billing: it didn't answer within 5 seconds"),
        (b"x-milepost-warning", "Ülm: it is away".encode("latin-1")),
    ]


@pytest.mark.parametrize(
    ("reason", "written"),
    [
        ("a\r\nSet-Cookie: b", b"x: a??Set-Cookie: b"),
        ("東京 😀", b"x: ?? ?"),
        ("\x00\x7f\x85\u2028", b"x: ????"),
        (" ", b"x:"),
        ("y" * 10_000, b"x: " + b"y" * (LONGEST_WARNING - 3)),
    ],
)
def test_a_warning_is_one_line_of_what_a_header_may_hold(reason: str, written: bytes):
    ((_, value),) = warning_headers([Missing("x", reason)])
    assert value == written
    assert LONGEST_WARNING == 512
