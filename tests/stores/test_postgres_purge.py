"""After a purge no table holds anything of what was purged."""

from dataclasses import replace

import pytest

from milepost.domain.archive import ArchivedEvent
from milepost.domain.event import Check, Event, Provenance
from milepost.domain.history import PurgeSelection
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.domain.scope import Scope
from milepost.domain.tags import TagFilter
from milepost.stores.postgres import purge
from milepost.stores.postgres.store import PostgresStore
from tests.stores.postgres_rooms import ACCOUNT, bound, look, make, open_store
from tests.stores.test_find_by_brute_force import check_postgres_index

SECRET = "zanzibar"
BY = Provenance("cli", f"{SECRET} token", f"{SECRET} client")
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"


def contents(url: str) -> dict[str, str]:
    """Every row of every table, as text."""
    tables = [name for (name,) in look(url, TABLES)]
    return {name: str(look(url, f"SELECT string_agg(t::text, ' ') FROM {name} AS t")) for name in tables}  # noqa: S608


def personal(number: int) -> Event:
    """An event that says the secret wherever something can be said."""
    word = f"{SECRET}{number}"
    return make(
        number,
        sid=f"evt_{word}",
        name=f"Deploy by {word}",
        description=f"{word} " * 50,
        source=SECRET,
        metadata={word: word},
        scope=Scope((word,), (word,)),
        tags={word: (word, f"{word}b")},
        check=Check(1, word, word),
        dedup_key=word,
        created_by=BY,
    )


def harmless(number: int) -> Event:
    return make(number, description="nothing to see " * 10, source="ci", tags={"Team": (f"t{number % 7}",)})


async def fill(store: PostgresStore, count: int) -> None:
    """Personal events among others, some changed, some deleted, some restored."""
    events = [personal(number) if number % 5 == 0 else harmless(number) for number in range(count)]
    await store.archive.load(map(ArchivedEvent, events))
    for number in range(0, count, 15):
        event = personal(number)
        changed = replace(event, version=2, name=f"{SECRET} again", started_at=Instant(event.started_at + 7_777))
        await store.events.change(ACCOUNT, event.sid, lambda _, changed=changed: changed, BY)
    for number in range(0, count, 20):
        sid = personal(number).sid
        await store.events.delete(ACCOUNT, sid, lambda _: None, BY, Instant(1))
        if number % 40 == 0:
            await store.history.restore(ACCOUNT, sid, lambda event: replace(event, version=event.version + 1), BY)


async def test_nothing_of_purged_events_stays_in_any_table(url: str) -> None:
    async with open_store(url) as store:
        await fill(store, 1_500)
        assert {name for name, text in contents(url).items() if SECRET in text} == {
            "event", "event_text", "deleted_event", "revision", "notice", "source", "tag_number",
        }  # fmt: skip
        purged = await store.history.purge(PurgeSelection(account_sid=ACCOUNT, source=SECRET), lambda _: None)
        assert purged == 300
        assert [name for name, text in contents(url).items() if SECRET in text] == []
        assert look(url, "SELECT count(*) FROM event") == [(1_200,)]
        check_postgres_index(url)


async def test_a_purge_of_everything_leaves_the_index_empty(url: str) -> None:
    async with open_store(url) as store:
        await fill(store, 60)
        await store.history.purge(PurgeSelection(account_sid=ACCOUNT, before=Instant(10**12)), lambda _: None)
    for table in ("event", "event_text", "deleted_event", "revision", "posting", "chunk", "source"):
        assert look(url, f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608 - names of ours


async def test_the_id_of_a_purged_tag_never_means_another(url: str) -> None:
    numbers = "SELECT number, name FROM tag_number WHERE part = 'key' ORDER BY number"
    async with open_store(url) as store:
        await store.events.create(make(1, tags={"old": ("a",)}))
        await store.history.purge(PurgeSelection(account_sid=ACCOUNT, event_sid="evt_000001"), lambda _: None)
        assert look(url, numbers) == [(1, None)]
        await store.events.create(make(2, tags={"new": ("a",)}))
        assert look(url, numbers) == [(1, None), (2, "new")]


async def test_the_next_purge_cleans_up_after_one_that_was_cut_off(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    selection = PurgeSelection(account_sid=ACCOUNT, source=SECRET)

    def killed(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    async with open_store(url) as store:
        await fill(store, 30)
        monkeypatch.setattr(purge, "sweep_sources", killed)
        with pytest.raises(ZeroDivisionError):
            await store.history.purge(selection, lambda _: None)
        monkeypatch.undo()
        assert SECRET in contents(url)["tag_number"]
        assert await store.history.purge(selection, lambda _: None) == 0
        assert [name for name, text in contents(url).items() if SECRET in text] == []


async def test_names_are_swept_in_batches(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("milepost.stores.postgres.sweep.BATCH", 3)
    async with open_store(url) as store:
        await fill(store, 30)
        await store.archive.load(
            ArchivedEvent(make(1_000 + n, source=f"s{n}", tags={f"k{n}": ("v",)})) for n in range(10)
        )
        await store.history.purge(PurgeSelection(account_sid=ACCOUNT, source=SECRET), lambda _: None)
        assert [name for name, text in contents(url).items() if SECRET in text] == []
        assert look(url, "SELECT count(*) FROM source") == [(11,)]


async def test_tags_that_only_the_past_has_keep_their_ids(url: str) -> None:
    async with open_store(url) as store:
        deleted, changed = make(1, tags={"Stage": ("Prod",)}), make(2, tags={"Team": ("a",)})
        for event in (deleted, changed, make(3, source="gone", tags={"Stage": ("Test",)})):
            await store.events.create(event)
        await store.events.delete(ACCOUNT, deleted.sid, lambda _: None, BY, Instant(1))
        await store.events.change(ACCOUNT, changed.sid, lambda event: replace(event, version=2, tags=None), BY)
        await store.history.purge(PurgeSelection(account_sid=ACCOUNT, source="gone"), lambda _: None)
        names = {name for (name,) in look(url, "SELECT name FROM tag_number")}
        assert names == {"Stage", "Prod", "Team", "a", None}
        await store.history.restore(ACCOUNT, deleted.sid, lambda event: replace(event, version=3), BY)
        found = await store.events.find(ACCOUNT, EventQuery(include_tags=(TagFilter("Stage", ("Prod",)),)))
        assert [event.sid for event in found.events] == [deleted.sid]


async def test_counting_may_take_longer_than_other_reads(url: str) -> None:
    async with open_store(url) as store:
        await fill(store, 400)
    async with await PostgresStore.open(bound(url, statement_timeout="1s")) as store:
        selection = PurgeSelection(account_sid=ACCOUNT, source=SECRET)
        assert await store.history.count_purge(selection) == 80
        assert await store.history.purge(selection, lambda _: None) == 80
