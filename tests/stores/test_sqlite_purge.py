"""After a purge no file of the store holds a byte of what was purged."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from milepost.domain.archive import ArchivedEvent
from milepost.domain.errors import Unavailable
from milepost.domain.event import Check, Event, Provenance
from milepost.domain.history import PurgeSelection
from milepost.domain.instant import Instant
from milepost.domain.scope import Scope
from milepost.stores.sqlite import purge
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
    for table in ("event", "event_text", "deleted_event", "revision", "term", "posting"):
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
