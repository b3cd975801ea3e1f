"""The URL of a PostgreSQL database as a setting: what is taken, and that no password of it is ever shown."""

import subprocess
import sys
from pathlib import Path

import pytest
from psycopg import pq

from milepost.cli.welcome import greeting
from milepost.domain.account import Account
from milepost.domain.errors import Invalid
from milepost.domain.instant import Instant
from milepost.domain.token import Token, TokenKind
from milepost.services.accounts import FirstStart
from milepost.services.tokens import Issued
from milepost.settings import read_settings
from milepost.settings.backends import without_credentials
from milepost.settings.postgres_url import LONGEST_URL, MOST_HOSTS, PARAMETERS, PostgresBackend
from tests.interfaces.command_line import CommandLine

SECRET = "zanzibar"
FIRST = Issued(
    Token(
        sid="tok_1",
        account_sid="acc_1",
        kind=TokenKind.MCP,
        name="first",
        hint="x",
        scopes=frozenset(),
        created_at=Instant(0),
    ),
    "mcp_shown_once",
)


def backend(text: str) -> PostgresBackend:
    found = read_settings({"MILEPOST_BACKEND": text}).backend
    assert isinstance(found, PostgresBackend)
    return found


def refused(text: str) -> str:
    with pytest.raises(Invalid) as caught:
        read_settings({"MILEPOST_BACKEND": text})
    line = str(caught.value)
    assert line.startswith("MILEPOST_BACKEND: ")
    assert "\n" not in line
    assert SECRET not in line
    return line


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://milepost@db.example/milepost",
        "postgresql://db.example:5433/milepost",
        "postgresql://[::1]:5432/milepost",
        "postgresql:///milepost?host=/run/postgresql",
        "postgresql://%2Frun%2Fpostgresql/milepost",
        "postgresql://m@a:5432,b:5432,c/milepost?target_session_attrs=read-write&load_balance_hosts=random",
        "postgresql://m@a/milepost?sslmode=verify-full&sslrootcert=/etc/ca.pem&sslcert=/etc/m.pem&sslkey=/etc/m.key",
        "postgresql:///?service=milepost",
    ],
)
def test_what_libpq_takes_is_taken_as_it_is(text: str):
    assert (backend(text).conninfo, backend(text).url) == (text, text)
    assert pq.Conninfo.parse(text.encode())


def test_the_scheme_may_be_written_short_and_in_capitals():
    for text in ("postgres://m@a/d", "POSTGRESQL://m@a/d"):
        assert backend(text).conninfo == "postgresql://m@a/d"


def test_a_password_is_for_connecting_alone():
    for text, shown in (
        (f"postgresql://m:{SECRET}@a,b/d?sslmode=require", "postgresql://m:***@a,b/d?sslmode=require"),
        (f"postgresql://m@a/d?password={SECRET}&user=x", "postgresql://m@a/d?password=***&user=x"),
        (f"postgresql://m@a/d?sslpassword={SECRET}@2,3", "postgresql://m@a/d?sslpassword=***"),
        (f"postgresql://m:%2F{SECRET}%25@a/d", "postgresql://m:***@a/d"),
    ):
        found = backend(text)
        assert found.conninfo == text
        assert found.url == without_credentials(text) == shown
        assert SECRET not in repr(read_settings({"MILEPOST_BACKEND": text}))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"postgresql://m:{SECRET}@a", "names no database"),
        (f"postgresql://m:{SECRET}@a/", "names no database"),
        (f"postgresql://m:{SECRET}/x@a/d", "%2F"),
        (f"postgresql://m:x@{SECRET}@a/d", "%40"),
        (f"postgresql://m:{SECRET} x@a/d", "is no URL of PostgreSQL's"),
        (f"postgresql:m:{SECRET}@a/d", "is no URL of PostgreSQL's"),
        (f"postgresql://m:{SECRET}%@a/d", "write a % in a password as %25"),
        (f"postgresql://m:{SECRET}@a:0/d", "has a host that is none"),
        (f"postgresql://m:{SECRET}@a:70000/d", "has a host that is none"),
        (f"postgresql://m:{SECRET}@a/d?sslmod=require", "has sslmod, which isn't taken"),
        (f"postgresql://m@a/d?{SECRET}", "has"),
        (f"postgresql://m:{SECRET}@a/d?replication=database", "has replication, which isn't taken"),
        (
            f"postgresql://m:{SECRET}@{'a,' * MOST_HOSTS}a/d",
            f"has {MOST_HOSTS + 1} hosts; at most {MOST_HOSTS} are taken",
        ),
        (f"postgresql://m:{SECRET}@a/{'d' * LONGEST_URL}", "is no URL of PostgreSQL's"),
        (f"postgress://m:{SECRET}/@a/d", "is no back end that this version has"),
        (f"pg://m:{SECRET}/@a/d", "is no back end that this version has"),
    ],
)
def test_a_wrong_one_is_one_line_that_says_what_to_write_and_shows_no_password(text: str, told: str):
    if "?zanzibar" in text:
        with pytest.raises(Invalid, match="which isn't taken"):
            read_settings({"MILEPOST_BACKEND": text})
    else:
        assert told in refused(text)


def test_every_parameter_that_is_taken_is_one_of_libpqs():
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    assert known >= PARAMETERS
    assert PARAMETERS & {"client_encoding", "replication"} == set()
    assert (MOST_HOSTS, LONGEST_URL) == (16, 2_048)


def test_the_greeting_and_its_block_hold_no_password_of_the_database():
    settings = read_settings({"MILEPOST_BACKEND": f"postgresql://m:{SECRET}@a/d"})
    said = greeting("http://127.0.0.1:1", settings, FirstStart(Account("acc_1", "default", Instant(0)), FIRST))
    assert "postgresql://m:***@a/d" in said
    assert SECRET not in said
    assert '"MILEPOST_BACKEND"' not in said


def test_an_assistant_needs_a_token_over_a_shared_database(cli: CommandLine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MILEPOST_BACKEND", f"postgresql://m:{SECRET}@a/d")
    outcome = cli("mcp")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("milepost: --mcp-token: it isn't set") or "MILEPOST_MCP_TOKEN" in outcome.err
    assert outcome.err.count("\n") == 1
    assert SECRET not in outcome.err


def test_accounts_and_tokens_beside_an_upstream_may_be_in_a_shared_database():
    environ = {"MILEPOST_BACKEND": "apica+https://asm.example/v3", "MILEPOST_APICA_TICKET": "C471ADC4-19B4"}
    settings = read_settings(environ | {"MILEPOST_STATE": "postgresql://m@a/d"})
    assert settings.store == PostgresBackend("postgresql://m@a/d")


def test_a_store_in_a_file_needs_no_client_of_postgresql(tmp_path: Path):
    program = (
        "import sys; from milepost.cli.program import run; code = run(['events', 'list']);"
        "print([name for name in sys.modules if name.startswith('psycopg')]); sys.exit(code)"
    )
    env = {"MILEPOST_BACKEND": f"sqlite:///{tmp_path / 'm.db'}"}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
