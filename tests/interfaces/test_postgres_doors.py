"""Milepost over PostgreSQL as its doors show it: health, doctor, commands, and what to do about a database that is ill."""

from collections.abc import Generator
from pathlib import Path

import anyio
import psycopg
import pytest

from milepost.cli import shared_checks
from milepost.stores.postgres.checkup import LEAST_VERSION
from milepost.stores.postgres.migrations import migrations
from tests.interfaces.command_line import CommandLine, Outcome
from tests.interfaces.http_world import http_world
from tests.postgres_server import database, shared_server

SECRET = "zanzibar"
SOON_SECONDS = 30


@pytest.fixture
def url() -> Generator[str]:
    with database() as made:
        yield made


@pytest.fixture
def over(cli: CommandLine, url: str, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line over a shared database; the password in its URL is one that isn't asked for."""
    monkeypatch.setenv("MILEPOST_BACKEND", url.replace("milepost@", f"milepost:{SECRET}@"))
    return cli


def wrong(outcome: Outcome) -> list[str]:
    assert SECRET not in outcome.out + outcome.err
    return [line for line in outcome.out.splitlines() if line.startswith("  WRONG")]


def alter(url: str, setting: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        name = url.rpartition("/")[2]
        connection.execute(f"ALTER DATABASE {name} {setting}".encode())


def test_commands_work_over_a_shared_database(over: CommandLine):
    created = over.event()
    assert over.done("events", "list", "--json").json["records"] == [created]


def test_doctor_says_what_is_reached_there(over: CommandLine):
    outcome = over("doctor", "--port=0")
    assert outcome.code == 0, outcome.out
    assert "ok     database   postgresql://milepost:***@127.0.0.1" in outcome.out
    assert "answers: PostgreSQL 17" in outcome.out
    assert f"a primary; schema {len(migrations())}" in outcome.out
    assert "ok     clock      the database's and this machine's are" in outcome.out
    assert "`milepost mcp` needs one over a shared database" in outcome.out
    assert SECRET not in outcome.out


def test_doctor_makes_nothing_in_an_empty_database(cli: CommandLine, monkeypatch: pytest.MonkeyPatch):
    empty = shared_server().empty_database()
    monkeypatch.setenv("MILEPOST_BACKEND", empty)
    assert "empty yet, the first command that needs it fills it" in cli.done("doctor", "--port=0").out
    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    shared_server().drop(empty)


def test_doctor_tells_of_a_database_that_takes_no_writes(over: CommandLine, url: str):
    alter(url, "SET default_transaction_read_only = on")
    [line] = wrong(over("doctor", "--port=0"))
    assert "it takes no writes; see its default_transaction_read_only" in line


def test_doctor_tells_of_clocks_that_go_apart(over: CommandLine, monkeypatch: pytest.MonkeyPatch):
    assert shared_checks.MOST_CLOCK_SECONDS == 5.0
    monkeypatch.setattr("milepost.cli.shared_checks.time.time", lambda: 1_000.0)
    [line] = wrong(over("doctor", "--port=0"))
    assert "s ahead of this machine's; have both follow a time server" in line


def test_doctor_tells_of_a_newer_schema(over: CommandLine, url: str):
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO schema_step (number) VALUES (99)")
    [line] = wrong(over("doctor", "--port=0"))
    assert "its schema 99 is newer than this program" in line


def test_doctor_tells_of_a_user_who_may_not_make_what_is_needed(cli: CommandLine, monkeypatch: pytest.MonkeyPatch):
    server = shared_server()
    empty = server.empty_database()
    server.execute("DO $$ BEGIN CREATE ROLE visitor LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
    monkeypatch.setenv("MILEPOST_BACKEND", empty.replace("milepost@", "visitor@"))
    [line] = wrong(cli("doctor", "--port=0"))
    assert "as a superuser run: CREATE EXTENSION pg_trgm" in line
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
    [line] = wrong(cli("doctor", "--port=0"))
    assert "its user may make no tables; run: GRANT CREATE ON SCHEMA public" in line
    server.drop(empty)


def test_the_oldest_postgresql_that_is_taken_stays_the_same():
    assert LEAST_VERSION == 14


@pytest.mark.parametrize("command", [("doctor", "--port=0"), ("events", "list"), ("serve", "--port=0")])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("milepost@", f"stranger:{SECRET}@"), 'role "stranger" does not exist'),
        (("/test_", "/no_such_"), "does not exist"),
        (("milepost@127.0.0.1:", f"milepost:{SECRET}@127.0.0.1:1,127.0.0.1:2,127.0.0.1:"), None),
    ],
    ids=["no such user", "no such database", "first hosts are away"],
)
def test_what_is_wrong_with_a_database_is_one_line(
    over: CommandLine,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    change: tuple[str, str],
    told: str | None,
    command: tuple[str, ...],
):
    monkeypatch.setenv("MILEPOST_BACKEND", url.replace(*change))
    if told is None:
        assert command[0] == "serve" or over(*command).code == 0
        return
    outcome = over(*command)
    assert outcome.code == 1
    lines = wrong(outcome) if command[0] == "doctor" else outcome.err.splitlines()
    assert len(lines) == 1
    assert told in lines[0]
    assert SECRET not in outcome.out + outcome.err


async def test_a_server_is_ready_while_its_database_takes_writes(tmp_path: Path, url: str):
    async with http_world(tmp_path, backend=url) as world:
        assert (await world.client.get("/readyz")).status_code == 200
        shared_server().execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET default_transaction_read_only = on")
        _end_connections(url)
        answer = await world.client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["error"]["message"] == "the event store is read-only, as a replica is; name the primary"
        assert (await world.client.get("/healthz")).status_code == 200
        shared_server().execute(f"ALTER DATABASE {url.rpartition('/')[2]} RESET default_transaction_read_only")
        assert (await world.client.get("/readyz")).status_code == 200


async def test_a_read_only_milepost_is_ready_on_a_database_that_takes_no_writes(tmp_path: Path, url: str):
    async with http_world(tmp_path, backend=url):
        pass
    alter(url, "SET default_transaction_read_only = on")
    async with http_world(tmp_path, backend=url, read_only="1") as world:
        assert (await world.client.get("/readyz")).status_code == 200
        # A session has to be written down, so there nobody signs in.
        assert world.server.sign_in_url is None


async def test_a_server_finishes_while_it_serves_what_the_version_before_left(tmp_path: Path, url: str):
    async with http_world(tmp_path, backend=url):
        pass
    with psycopg.connect(url, autocommit=True) as before:
        before.execute("UPDATE account SET noticed = noticed + 1")
        left = before.execute("SELECT count(*) FROM account WHERE marked <> noticed").fetchone()
        assert left == (1,)
        async with http_world(tmp_path, backend=url):
            with anyio.fail_after(SOON_SECONDS):
                while left != (0,):
                    await anyio.sleep(0.01)
                    left = before.execute("SELECT count(*) FROM account WHERE marked <> noticed").fetchone()


def _end_connections(url: str) -> None:
    name = url.rpartition("/")[2]
    shared_server().execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608 - a name of ours
