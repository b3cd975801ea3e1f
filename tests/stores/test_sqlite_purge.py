"""After a purge no file of the store holds a byte of what was purged."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import anyio
import pytest

from milepost.domain.archive import ArchivedEvent
from milepost.domain.errors import Unavailable
from milepost.domain.event import Check, Event, Provenance
from milepost.domain.history import PurgeSelection
from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.domain.scope import Scope
from milepost.domain.tags import TagFilter
from milepost.stores.sqlite import purge, readers
from milepost.stores.sqlite.selection import select_hidden, select_live
from milepost.stores.sqlite.store import SqliteStore
from tests.stores.sqlite_rooms import ACCOUNT, bytes_of, look, make, open_store

SECRET = "zanzibar"
BY = Provenance("cli", f"{SECRET} token", f"{SECRET} client")


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


async def fill(store: SqliteStore, count: int) -> None:
    """Personal events among others, some changed, some deleted, some restored."""
    await store.archive.load(
        ArchivedEvent(personal(number) if number % 5 == 0 else harmless(number)) for number in range(count)
    )
    for number in range(0, count, 15):
        event = personal(number)
        changed = replace(event, version=2, name=f"{SECRET} again", started_at=Instant(event.started_at + 7_777))
        await store.events.change(ACCOUNT, event.sid, lambda _, changed=changed: changed, BY)
    for number in range(0, count, 20):
        sid = personal(number).sid
        await store.events.delete(ACCOUNT, sid, lambda _: None, BY, Instant(1))
        if number % 40 == 0:
            await store.history.restore(ACCOUNT, sid, lambda event: replace(event, version=event.version + 1), BY)


async def test_no_byte_of_purged_events_stays_in_any_file(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        await fill(store, 1_500)
        assert SECRET.encode() in bytes_of(path)
        purged = await store.history.purge(PurgeSelection(account_sid=ACCOUNT, source=SECRET), lambda _: None)
        assert purged == 300
        assert SECRET.encode() not in bytes_of(path)
        assert len(look(path, "SELECT 1 FROM event")) == 1_200
    assert SECRET.encode() not in bytes_of(path)
    assert look(path, "PRAGMA integrity_check") == [("ok",)]


async def test_the_trigrams_of_purged_text_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        await fill(store, 100)
        await store.history.purge(PurgeSelection(account_sid=ACCOUNT, source=SECRET), lambda _: None)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab (main, event_trigram, row)")
        assert (
            connection.execute("SELECT term FROM temp.vocabulary WHERE term IN ('zan', 'anz', 'iba')").fetchall() == []
        )
        assert connection.execute("SELECT doc FROM temp.vocabulary WHERE term = 'not'").fetchone() == (80,)
        connection.execute("INSERT INTO event_trigram (event_trigram) VALUES ('integrity-check')")


async def test_a_purge_of_everything_leaves_the_index_empty(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        await fill(store, 60)
        await store.history.purge(PurgeSelection(account_sid=ACCOUNT, before=Instant(10**12)), lambda _: None)
    for table in ("event", "event_text", "deleted_event", "revision", "term", "posting", "chunk"):
        assert look(path, f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608 - names of ours


async def test_the_id_of_a_purged_tag_never_means_another(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    numbers = "SELECT number, name FROM tag_number WHERE part = 'key' ORDER BY number"
    async with open_store(path) as store:
        await store.events.create(make(1, tags={"old": ("a",)}))
        await store.history.purge(PurgeSelection(account_sid=ACCOUNT, event_sid="evt_000001"), lambda _: None)
        assert look(path, numbers) == [(1, None)]
        await store.events.create(make(2, tags={"new": ("a",)}))
        assert look(path, numbers) == [(1, None), (2, "new")]


async def test_a_reader_that_holds_the_log_open_is_told_of_and_the_next_purge_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "milepost.db"
    monkeypatch.setattr(purge, "CHECKPOINT_TRIES", 2)
    monkeypatch.setattr(purge, "LOG_BUSY_SECONDS", 0.05)
    selection = PurgeSelection(account_sid=ACCOUNT, source=SECRET)
    async with open_store(path) as store:
        await store.events.create(personal(1))
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM event").fetchone() == (1,)
            with pytest.raises(Unavailable, match="another program goes on reading"):
                await store.history.purge(selection, lambda _: None)
        assert await store.history.purge(selection, lambda _: None) == 0
        assert SECRET.encode() not in bytes_of(path)


async def test_no_byte_stays_in_the_gaps_of_pages_that_grew_at_random(tmp_path: Path) -> None:
    """Entries that SQLite moved while pages split have left copies behind; thousands in random order make many."""
    path, count = tmp_path / "milepost.db", 3_000
    random = Random(1)
    async with open_store(path) as store:
        events = [
            make(
                number,
                sid=f"evt_{random.getrandbits(64):016x}",
                name=f"{random.getrandbits(32):08x} {SECRET if number % 3 else 'plain'}",
                source=SECRET if number % 3 else "ci",
                dedup_key=f"{random.getrandbits(32):08x}{SECRET if number % 3 else 'plain'}",
                tags={"user": (f"{random.getrandbits(32):08x}{SECRET if number % 3 else 'plain'}",)},
            )
            for number in random.sample(range(count), count)
        ]
        for begin in range(0, count, 100):
            await store.archive.load(map(ArchivedEvent, events[begin : begin + 100]))
        for event in events[::7]:
            changed = replace(event, version=2, started_at=Instant(event.started_at + random.randrange(10**6)))
            await store.events.change(ACCOUNT, event.sid, lambda _, changed=changed: changed, Provenance("cli"))
        purged = await store.history.purge(PurgeSelection(account_sid=ACCOUNT, source=SECRET), lambda _: None)
        assert purged == 2_000
        assert SECRET.encode() not in bytes_of(path)
    assert look(path, "PRAGMA integrity_check") == [("ok",)]


async def test_the_next_purge_cleans_up_after_one_that_was_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "milepost.db"
    selection = PurgeSelection(account_sid=ACCOUNT, source=SECRET)

    def killed(*_: object) -> None:
        raise ZeroDivisionError

    async with open_store(path) as store:
        await fill(store, 30)
        monkeypatch.setattr(purge, "sweep_terms", killed)
        with pytest.raises(ZeroDivisionError):
            await store.history.purge(selection, lambda _: None)
        monkeypatch.undo()
        assert SECRET.encode() in bytes_of(path)
        assert await store.history.purge(selection, lambda _: None) == 0
        assert SECRET.encode() not in bytes_of(path)


async def test_tags_that_only_the_past_has_keep_their_ids(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        deleted, changed = make(1, tags={"Stage": ("Prod",)}), make(2, tags={"Team": ("a",)})
        for event in (deleted, changed, make(3, source="gone", tags={"Stage": ("Test",)})):
            await store.events.create(event)
        await store.events.delete(ACCOUNT, deleted.sid, lambda _: None, BY, Instant(1))
        await store.events.change(ACCOUNT, changed.sid, lambda event: replace(event, version=2, tags=None), BY)
        await store.history.purge(PurgeSelection(account_sid=ACCOUNT, source="gone"), lambda _: None)
        names = {name for (name,) in look(path, "SELECT name FROM tag_number")}
        assert names == {"Stage", "Prod", "Team", "a", None}
        await store.history.restore(ACCOUNT, deleted.sid, lambda event: replace(event, version=3), BY)
        found = await store.events.find(ACCOUNT, EventQuery(include_tags=(TagFilter("Stage", ("Prod",)),)))
        assert [event.sid for event in found.events] == [deleted.sid]


async def test_others_write_on_while_a_purge_waits_for_a_reader(tmp_path: Path) -> None:
    path, removed = tmp_path / "milepost.db", anyio.Event()
    async with open_store(path) as store:
        await fill(store, 30)
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM event").fetchone()
            async with anyio.create_task_group() as group:
                selection = PurgeSelection(account_sid=ACCOUNT, source=SECRET)
                group.start_soon(store.history.purge, selection, lambda _: removed.set())
                await removed.wait()
                for number in range(1_000, 1_010):
                    with anyio.fail_after(5):
                        await store.events.create(make(number))
                reader.execute("COMMIT")
        assert SECRET.encode() not in bytes_of(path)


async def test_what_a_purge_selects_is_found_along_an_index(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path) as store:
        await fill(store, 10)
        plans: list[str] = []

        def traced(connection: sqlite3.Connection) -> None:
            statements: list[str] = []
            for selection in (
                PurgeSelection(account_sid=ACCOUNT, source=SECRET),
                PurgeSelection(account_sid=ACCOUNT, before=Instant(5_000)),
                PurgeSelection(account_sid=ACCOUNT, event_sid="evt_000001", source="ci"),
            ):
                connection.set_trace_callback(statements.append)
                select_live(connection, selection, 5)
                select_hidden(connection, selection, 5, "")
                connection.set_trace_callback(None)
            for statement in statements:
                plans.extend(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"))

        await store._readers.read(traced)
    assert plans
    assert not [step for step in plans if step.startswith("SCAN event") or "TEMP B-TREE" in step], plans


async def test_counting_may_take_longer_than_other_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "LONGEST_READ_SECONDS", 0.0)
    monkeypatch.setattr(readers, "_STEPS_BETWEEN_LOOKS", 1)
    async with open_store(tmp_path / "milepost.db") as store:
        await store.events.create(personal(1))
        selection = PurgeSelection(account_sid=ACCOUNT, source=SECRET)
        assert await store.history.count_purge(selection) == 1
        assert await store.history.purge(selection, lambda _: None) == 1
