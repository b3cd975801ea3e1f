"""How statements go through the tables: along indexes, in their order, and no farther than they have to."""

import re
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from milepost.domain.archive import ArchivedEvent
from milepost.domain.event import EventType
from milepost.domain.history import PurgeSelection
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery, Position
from milepost.domain.scope import Restriction, Scope
from milepost.domain.tags import TagFilter
from milepost.stores.postgres import archive
from milepost.stores.postgres.connection import VALUES, complete, connect
from milepost.stores.postgres.query import text
from milepost.stores.postgres.query.page import find_page
from milepost.stores.postgres.selection import select_hidden, select_live
from tests.stores.postgres_rooms import ACCOUNT, look, make, open_store

SORTED = re.compile(r"Sort Key: (\S+)")
MAY_BE_SORTED = {"wanted.place", "along.chunk", "posting.chunk", "event.chunk"}
"""Strides of many terms, and what trigrams found, are bounded by what they begin with and come in no order."""


class Traced(psycopg.Connection[Any]):
    """A connection that explains whatever it runs."""

    plans: list[str]

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        statement = _text(query)
        if statement.startswith(("SELECT", "WITH")):
            explained = super().execute(f"EXPLAIN {statement}".encode(), params)
            self.plans += [row[0] for row in explained]
        return super().execute(query, params, **options)


@pytest.fixture
def traced(url: str) -> Generator[Traced]:
    with Traced.connect(complete(url), autocommit=True, context=VALUES) as connection:
        connection.plans = []
        yield connection


@pytest.mark.parametrize("statement", [statement for statement, _ in archive.DECODERS])
async def test_no_part_of_an_export_is_sorted(url: str, statement: str) -> None:
    with connect(complete(url)) as connection:
        plan = [row[0] for row in connection.execute(f"EXPLAIN {statement}".encode(), (1,))]
    assert not [step for step in plan if "Sort" in step or "Seq Scan" in step], plan


QUERIES = {
    "nothing": EventQuery(),
    "type": EventQuery(types=frozenset({EventType.DEPLOYMENT})),
    "bucket": EventQuery(bucket_sid="b1"),
    "bucket and type": EventQuery(bucket_sid="b1", types=frozenset({EventType.DEPLOYMENT})),
    "two tags": EventQuery(include_tags=(TagFilter("a", ("b",)), TagFilter("a", ("c",))), include_all_tags=True),
    "tags": EventQuery(include_tags=(TagFilter("a", ("b", "c")),), exclude_tags=(TagFilter("d", ()),)),
    "dedup key": EventQuery(dedup_key="k"),
    "window": EventQuery(start=Instant(5_000), end=Instant(6_000)),
    "window and bucket": EventQuery(start=Instant(5_000), end=Instant(6_000), bucket_sid="b1"),
    "token": EventQuery(reach=Restriction(frozenset(f"b{number}" for number in range(100)))),
    "message": EventQuery(message="rare words"),
    "message and source": EventQuery(message="rare words", source="ci"),
}


@pytest.mark.parametrize("statistics", ["ANALYZE", "SELECT 1"], ids=["known", "unknown"])
@pytest.mark.parametrize("query", QUERIES.values(), ids=list(QUERIES))
async def test_no_page_reads_a_whole_table_or_sorts_what_grows(
    url: str, traced: Traced, query: EventQuery, statistics: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "MOST_WALKED", 10)
    monkeypatch.setattr(text, "MOST_WALKED_WITH_FILTERS", 10)
    async with open_store(url) as store:
        scope = Scope(("b1", "b2"))
        await store.archive.load(
            ArchivedEvent(make(number, source="ci", tags={"a": ("b",)}, scope=scope)) for number in range(100)
        )
    look(url, statistics)
    with traced.transaction():
        for after in (None, Position(Instant(5_500), "")):
            find_page(traced, 1, ACCOUNT, replace(query, after=after))
    assert traced.plans
    assert not [step for step in traced.plans if "Seq Scan" in step], traced.plans
    keys = {match[1].rstrip(",") for step in traced.plans if (match := SORTED.search(step))}
    assert keys <= MAY_BE_SORTED, traced.plans


async def test_what_a_purge_selects_is_found_along_an_index(url: str, traced: Traced) -> None:
    async with open_store(url) as store:
        await store.events.create(make(1, source="ci"))
    for selection in (
        PurgeSelection(account_sid=ACCOUNT, source="ci"),
        PurgeSelection(account_sid=ACCOUNT, before=Instant(5_000)),
        PurgeSelection(account_sid=ACCOUNT, event_sid="evt_000001", source="ci"),
    ):
        with traced.transaction():
            select_live(traced, selection, 5)
            select_hidden(traced, selection, 5, "")
    assert not [step for step in traced.plans if "Seq Scan" in step or "Sort Key: started" in step], traced.plans


def _text(query: str | bytes) -> str:
    return query if isinstance(query, str) else query.decode()
