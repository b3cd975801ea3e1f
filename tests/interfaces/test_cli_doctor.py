"""`milepost doctor`."""

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from milepost.cli import checks
from milepost.settings import SETTINGS
from tests.interfaces.command_line import CommandLine, Outcome

FREE_PORT = "--port=0"


def wrong(outcome: Outcome) -> list[str]:
    return [line for line in outcome.out.splitlines() if line.startswith("  WRONG")]


def test_everything_in_order_ends_with_0(cli: CommandLine):
    cli.event()
    outcome = cli("doctor", FREE_PORT)
    assert (outcome.code, outcome.err) == (0, "")
    assert wrong(outcome) == []
    assert outcome.out.endswith("Everything is in order.\n")
    for part in ("program", "settings", "files", "database", "disk", "mcp token", "port"):
        assert f"ok     {part.ljust(10)} " in outcome.out


def test_it_makes_nothing(cli: CommandLine):
    assert cli("doctor", FREE_PORT).code == 0
    assert not cli.database.exists()


def test_it_says_what_is_configured_and_by_what_but_no_secret(cli: CommandLine, monkeypatch: pytest.MonkeyPatch):
    cli.event()
    secret = cli.done("tokens", "create", "--kind=mcp", "--name=claude").out.strip()
    monkeypatch.setenv("MILEPOST_MCP_TOKEN", secret)
    outcome = cli("doctor", FREE_PORT)

    assert outcome.code == 0
    assert secret not in outcome.out
    for setting in SETTINGS:
        assert setting.variable in outcome.out
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in outcome.out.splitlines() if "MILEPOST_" in line}
    assert lines["MILEPOST_MCP_TOKEN"] == "set, not shown (environment)"
    assert lines["MILEPOST_PORT"] == "0 (--port)"
    assert lines["MILEPOST_BACKEND"] == f"sqlite:///{cli.database} (environment)"
    assert lines["MILEPOST_HOST"] == "127.0.0.1 (default)"
    assert '"claude" is good' in outcome.out


def test_a_wrong_setting_is_named(cli: CommandLine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MILEPOST_RATE_LIMIT", "fast")
    outcome = cli("doctor", FREE_PORT)
    assert outcome.code == 1
    assert 'MILEPOST_RATE_LIMIT: "fast" is no rate' in wrong(outcome)[0]


def test_a_dead_token_is_told_with_how_to_get_another(cli: CommandLine, monkeypatch: pytest.MonkeyPatch):
    created = cli.done("tokens", "create", "--kind=mcp", "--name=claude", "--json").json
    cli.done("tokens", "revoke", created["sid"])
    monkeypatch.setenv("MILEPOST_MCP_TOKEN", created["token"])
    outcome = cli("doctor", FREE_PORT)
    assert outcome.code == 1
    assert "milepost tokens create --kind mcp" in wrong(outcome)[0]


def test_a_file_that_others_may_read_is_told_with_how_to_mend_it(cli: CommandLine):
    cli.event()
    cli.database.chmod(0o644)
    outcome = cli("doctor", FREE_PORT)
    assert outcome.code == 1
    assert f"chmod go= {cli.database}" in wrong(outcome)[0]


def test_a_damaged_database_is_told(cli: CommandLine):
    cli.event()
    content = bytearray(cli.database.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    cli.database.write_bytes(content)
    outcome = cli("doctor", FREE_PORT)
    assert outcome.code == 1
    assert "backup" in wrong(outcome)[0]


def test_events_that_no_list_shows_are_told(cli: CommandLine):
    cli.event()
    with closing(sqlite3.connect(cli.database)) as database, database:
        database.execute("UPDATE event SET chunk = NULL, slot = NULL")
    outcome = cli("doctor", FREE_PORT)
    assert outcome.code == 1
    assert "1 event is missing from lists" in wrong(outcome)[0]
    lines = cli("export", "-").out.splitlines()
    assert [line for line in lines if line.startswith('{"event"')]


def test_a_file_that_is_no_database_is_told(cli: CommandLine):
    cli.database.write_bytes(b"no database " * 1_000)
    cli.database.chmod(0o600)
    outcome = cli("doctor", FREE_PORT)
    assert outcome.code == 1
    assert "is not a database" in wrong(outcome)[0]


def test_another_programs_database_and_a_newer_one_are_told(cli: CommandLine, tmp_path: Path):
    cli.event()
    newer = sqlite3.connect(cli.database)
    newer.execute("PRAGMA user_version = 999")
    newer.close()
    assert "update Milepost" in wrong(cli("doctor", FREE_PORT))[0]

    cli.use(tmp_path / "foreign.db")
    foreign = sqlite3.connect(cli.database)
    foreign.execute("CREATE TABLE theirs (x)")
    foreign.close()
    cli.database.chmod(0o600)
    assert "another program" in wrong(cli("doctor", FREE_PORT))[0]


def test_a_taken_port_is_told(cli: CommandLine):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        outcome = cli("doctor", f"--port={taken.getsockname()[1]}")
    assert outcome.code == 1
    assert "is taken by another program" in wrong(outcome)[0]


def test_an_address_of_another_machine_is_told(cli: CommandLine):
    outcome = cli("doctor", FREE_PORT, "--host=192.0.2.1")
    assert outcome.code == 1
    assert "can't be served on" in wrong(outcome)[0]


def test_too_little_room_is_told(cli: CommandLine, monkeypatch: pytest.MonkeyPatch):
    cli.event()
    monkeypatch.setattr(checks, "LEAST_FREE_BYTES", 2**63)
    outcome = cli("doctor", FREE_PORT)
    assert outcome.code == 1
    assert "make room" in wrong(outcome)[0]


def test_sign_in_switched_off_is_told(cli: CommandLine):
    outcome = cli("doctor", FREE_PORT, "--insecure-no-auth")
    assert outcome.code == 1
    assert "MILEPOST_INSECURE_NO_AUTH" in wrong(outcome)[0]
