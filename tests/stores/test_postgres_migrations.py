"""Making and upgrading the database: by one at a time, however many start, and never by a program that is too old."""

import asyncio
from pathlib import Path

import pytest

from milepost.domain.errors import Unavailable
from milepost.stores.postgres.migrations import migrations, prepare_database
from milepost.stores.postgres.store import PostgresStore
from tests.postgres_server import shared_server
from tests.stores.postgres_rooms import look, make, open_store, sids

NEWEST = migrations()[-1][0]


async def test_several_servers_may_start_at_once_on_an_empty_database() -> None:
    server = shared_server()
    url = server.empty_database()
    try:
        stores = await asyncio.gather(*(PostgresStore.open(url) for _ in range(4)))
        assert look(url, "SELECT number FROM schema_step ORDER BY number") == [
            (number,) for number in range(1, NEWEST + 1)
        ]
        assert await asyncio.gather(*(store.accounts.accounts() for store in stores)) == [()] * 4
        for store in stores:
            await store.close()
    finally:
        server.drop(url)


async def test_what_was_written_is_there_after_opening_again(url: str) -> None:
    async with open_store(url) as store:
        await store.events.create(make(1))
    async with open_store(url) as store:
        assert await sids(store) == ["evt_000001"]


async def test_the_version_before_works_on_after_one_step_of_a_newer_one(url: str) -> None:
    look(url, f"INSERT INTO schema_step (number) VALUES ({NEWEST + 1})")  # noqa: S608 - a number
    async with open_store(url) as store:
        assert not (await store.events.create(make(1))).replayed


async def test_a_program_that_is_two_steps_behind_is_refused(url: str) -> None:
    look(url, f"INSERT INTO schema_step (number) VALUES ({NEWEST + 2})")  # noqa: S608 - a number
    with pytest.raises(Unavailable, match="newer Milepost"):
        await PostgresStore.open(url)


def test_a_step_that_fails_leaves_nothing_and_is_taken_the_next_time(url: str, tmp_path: Path) -> None:
    for number, file in migrations():
        (tmp_path / file.name).write_text(file.read_text())
        assert number <= NEWEST
    step = tmp_path / f"{NEWEST + 1:04}_next.sql"
    step.write_text("CREATE TABLE further (a integer); CREATE TABLE account (id integer);")
    with pytest.raises(Exception, match="already exists"):
        prepare_database(url, tmp_path)
    assert look(url, "SELECT to_regclass('further')") == [(None,)]
    step.write_text("CREATE TABLE further (a integer);")
    prepare_database(url, tmp_path)
    assert look(url, "SELECT max(number) FROM schema_step") == [(NEWEST + 1,)]


@pytest.mark.parametrize("what", ["database", "server"])
async def test_what_is_not_there_is_told_and_no_password_with_it(what: str) -> None:
    url = shared_server().url("postgres").replace("milepost@", "milepost:hunter2@")
    missing = url.replace("/postgres", "/nowhere") if what == "database" else "postgresql://u:hunter2@127.0.0.1:1/x"
    with pytest.raises(Unavailable) as raised:
        await PostgresStore.open(missing)
    assert not raised.value.outcome_unknown
    assert "hunter2" not in f"{raised.value} {raised.value.detail}"
    assert raised.value.detail != str(raised.value)
