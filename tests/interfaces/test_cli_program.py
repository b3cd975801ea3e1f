"""The installed program: help, exit codes, settings, and what it does not load."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from milepost.cli.failures import report
from milepost.cli.program import COMMANDS, milepost
from milepost.settings import SETTINGS, Doors
from tests.interfaces.command_line import CommandLine, event_lines

PROGRAM = str(Path(sys.executable).with_name("milepost"))
HEAVY = ("mcp", "pydantic", "sqlite3", "uvicorn", "starlette", "prometheus_client", "structlog", "httpx", "asyncio")


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MILEPOST_")}
    return kept | {"MILEPOST_BACKEND": f"sqlite:///{tmp_path / 'events.db'}"} | more


def program(env: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [PROGRAM, *arguments]
    return subprocess.run(command, env=dict(env), capture_output=True, text=True, timeout=60, check=False)


def every_command() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name in COMMANDS:
        command = milepost.get_command(click.Context(milepost), name)
        found.append((name,))
        if isinstance(command, click.Group):
            found.extend((name, inner) for inner in command.commands)
    return found


def test_a_whole_round_through_the_installed_program(tmp_path: Path):
    env = environment(tmp_path)
    created = program(env, "events", "create", "--type", "deployment", "--name", "v1", "--json")
    assert (created.returncode, created.stderr) == (0, "")
    sid = json.loads(created.stdout)["sid"]
    assert json.loads(program(env, "events", "get", sid, "--json").stdout)["name"] == "v1"
    assert program(env, "events", "get", "evt_none").returncode == 1
    assert program(env, "events", "get").returncode == 2
    assert program(env, "doctor", "--port", "0").returncode == 0


@pytest.mark.parametrize("command", [(), *every_command()])
def test_every_command_tells_about_itself(cli: CommandLine, command: tuple[str, ...]):
    told = cli.done(*command, "--help").out
    assert told.startswith(f"Usage: {' '.join(('milepost', *command))} ")
    assert told == cli.done(*command, "-h").out
    if command and command[0] not in ("serve", "mcp", "doctor") and len(command) + (command[0] in COMMANDS) > 2:
        assert "MILEPOST_BACKEND" in told


def test_the_commands_are_those_of_the_contract_that_there_are():
    assert list(COMMANDS) == [
        "serve",
        "mcp",
        "events",
        "accounts",
        "sign-in",
        "tokens",
        "buckets",
        "environments",
        "export",
        "import",
        "purge",
        "demo",
        "doctor",
    ]
    assert {command[1] for command in every_command() if command[0] == "events" and command[1:]} == {
        "list",
        "get",
        "create",
        "update",
        "delete",
        "restore",
        "history",
    }


def test_serve_and_mcp_together_take_every_setting(cli: CommandLine):
    told = cli.done("serve", "--help").out + cli.done("mcp", "--help").out
    for setting in SETTINGS:
        assert setting.variable in told
        assert f"{setting.option} " in told
    for setting in SETTINGS:
        if setting.doors is Doors.ALL:
            assert setting.variable in cli.done("events", "list", "--help").out


def test_help_loads_nothing_heavy(tmp_path: Path):
    code = (
        "import sys; from milepost.cli.program import run; run(['--help']); run(['mcp', '--help']);"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == "[]\n"


def test_the_version_is_that_of_the_package(cli: CommandLine):
    assert cli.done("--version").out.startswith("milepost ")


def test_no_command_shows_what_there_is(cli: CommandLine):
    outcome = cli()
    assert outcome.code == 2
    assert "Commands:" in outcome.out


@pytest.mark.parametrize("arguments", [("evnts",), ("events", "lst"), ("events", "list", "extra"), ("--bogus",)])
def test_wrong_usage_is_one_line_that_says_where_to_look(cli: CommandLine, arguments: tuple[str, ...]):
    outcome = cli(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    assert outcome.err.startswith("milepost: ")
    assert "--help" in outcome.err


def test_an_option_wins_over_its_variable_and_may_stand_before_or_after_the_command(cli: CommandLine, tmp_path: Path):
    other = f"sqlite:///{tmp_path / 'other.db'}"
    record = cli.event("--backend", other)
    assert not cli.database.exists()
    assert cli.done("--backend", other, "events", "get", record["sid"], "--json").json == record
    assert cli("--backend", other, "events", "get", record["sid"], "--backend", f"{other}2").code == 1


def test_a_wrong_variable_is_a_failure_and_a_wrong_option_wrong_usage(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    option = cli("events", "list", "--log-level=loud")
    monkeypatch.setenv("MILEPOST_LOG_LEVEL", "loud")
    variable = cli("events", "list")

    words = '"loud" is not one of debug, info, warning, error'
    assert (option.code, option.err) == (2, f"milepost: --log-level: {words}. See: milepost events list --help\n")
    assert (variable.code, variable.err) == (1, f"milepost: MILEPOST_LOG_LEVEL: {words}\n")


def test_a_database_that_is_none_is_told_in_one_line(cli: CommandLine):
    cli.database.write_bytes(b"this is no database, and long enough to be looked at" * 20)
    outcome = cli("events", "list")
    assert outcome.code == 1
    assert outcome.err.startswith(f"milepost: the database {cli.database} ")
    assert outcome.err.count("\n") == 1


def test_whoever_stops_reading_is_not_complained_about(tmp_path: Path):
    env = environment(tmp_path)
    file = tmp_path / "many.jsonl"
    file.write_text("\n".join(event_lines(1_000, name="n" * 200)))
    assert program(env, "import", str(file)).returncode == 0

    for arguments in (("events", "list", "--all"), ("export", "-")):
        with subprocess.Popen(
            [PROGRAM, *arguments], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.read(10)
            process.stdout.close()
            assert process.stderr.read() == b""
            assert process.wait(60) == 1


def interrupted(process: subprocess.Popen[bytes]) -> int:
    """The exit code of a process that is told to stop; again and again, since the first may come just before it waits."""
    for _ in range(20):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(0.5)
    raise AssertionError("it goes on")


def test_an_interrupted_question_ends_at_once(tmp_path: Path):
    env = environment(tmp_path)
    program(env, "events", "create", "--type=scale", "--name=x", "--source=hr")
    with subprocess.Popen(
        [PROGRAM, "purge", "--source=hr"], env=env, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        asked = b""
        while not asked.endswith(b"[y/N]: "):
            asked += process.stderr.read(1)
        assert interrupted(process) == 1
        assert b"Traceback" not in process.stderr.read()
    assert b"v1" not in asked
    assert len(json.loads(program(env, "events", "list", "--json").stdout)["records"]) == 1


def test_a_terminal_without_unicode_gets_escapes(tmp_path: Path):
    env = environment(tmp_path, PYTHONIOENCODING="ascii")
    done = program(env, "events", "create", "--type=scale", "--name=caf\u00e9 \U0001f600")
    assert done.returncode == 0
    assert "caf\\xe9" in done.stdout


def test_a_bug_is_told_in_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("MILEPOST_LOG_LEVEL", raising=False)
    assert report(ExceptionGroup("wrapped", [KeyError("no\nsuch")])) == 1
    assert (
        capsys.readouterr().err
        == "milepost: a bug in Milepost: KeyError('no\\nsuch') (MILEPOST_LOG_LEVEL=debug shows where)\n"
    )
