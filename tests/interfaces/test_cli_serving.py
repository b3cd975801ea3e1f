"""`milepost serve` and `milepost mcp` as they are started by hand."""

import json
import re
import signal
import socket
import subprocess
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from milepost.cli.welcome import greeting, local_block
from milepost.domain.account import Account
from milepost.domain.instant import Instant
from milepost.services.accounts import FirstStart
from milepost.settings import read_settings
from tests.interfaces.command_line import CommandLine
from tests.interfaces.test_cli_program import PROGRAM, environment, program

TOKEN = re.compile(r"mcp_[0-9A-Za-z]{49}")
END_SECONDS = 10


def started(tmp_path: Path, *options: str) -> tuple[str, int]:
    """What `milepost serve` says on standard output before it serves, and how it ends when asked to."""
    command = [PROGRAM, "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        said = ""
        while "Trouble: milepost doctor." not in said:
            line = server.stdout.readline()
            assert line, said
            said += line
        port = re.search(r"http://127\.0\.0\.1:(\d+)/mcp", said)
        assert port is not None
        answer = HTTPConnection("127.0.0.1", int(port[1]), timeout=END_SECONDS)
        answer.request("GET", "/healthz")
        assert answer.getresponse().status == 200
        answer.close()
        server.send_signal(signal.SIGTERM)
        return said, server.wait(END_SECONDS)


def blocks(text: str) -> list[dict[str, Any]]:
    return [json.loads(block) for block in re.findall(r"^\{$.*?^\}$", text, re.MULTILINE | re.DOTALL)]


def test_the_first_start_prints_a_token_with_its_block_and_no_later_one_does(tmp_path: Path):
    first, code = started(tmp_path)
    second, _ = started(tmp_path)

    assert code == 0
    [token] = set(TOKEN.findall(first))
    assert TOKEN.search(second) is None
    remote, local = (block["mcpServers"]["milepost"] for block in blocks(first))
    assert remote["type"] == "http"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/mcp", remote["url"])
    assert remote["headers"] == {"Authorization": f"Bearer {token}"}
    assert local["command"] == PROGRAM
    assert local["args"] == ["mcp"]
    assert local["env"] == {"MILEPOST_BACKEND": f"sqlite:///{tmp_path / 'events.db'}"}
    assert "README" in first


def test_a_token_made_before_the_first_start_is_enough(tmp_path: Path):
    program(environment(tmp_path), "tokens", "create", "--kind=mcp", "--name=mine")
    said, _ = started(tmp_path)
    assert TOKEN.search(said) is None


def test_a_later_start_says_where_it_serves():
    start = FirstStart(Account("acc_1", "default", Instant(0)), None)
    said = greeting(
        "https://milepost.example.com", read_settings({"MILEPOST_BACKEND": "sqlite:////data/events.db"}), start
    )
    assert "https://milepost.example.com/mcp" in said
    assert "sqlite:////data/events.db" in said


def test_the_local_block_names_what_an_upstream_needs_and_holds_no_credential():
    settings = read_settings(
        {
            "MILEPOST_OVERLAYS": "apica+https://asm.example/v3",
            "MILEPOST_APICA_TICKET": "C471ADC4-19B4",
            "MILEPOST_BACKEND": "sqlite:////data/events.db",
        }
    )
    [local] = blocks(local_block(settings))
    assert local["mcpServers"]["milepost"]["env"] == {
        "MILEPOST_BACKEND": "sqlite:////data/events.db",
        "MILEPOST_APICA_TICKET": "PASTE_IT_HERE",
        "MILEPOST_OVERLAYS": "apica+https://asm.example/v3",
    }


def test_a_taken_port_is_one_line_and_makes_nothing(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = program(environment(tmp_path), "serve", "--port", str(taken.getsockname()[1]))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("milepost: can't serve on 127.0.0.1")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "events.db").exists()


@pytest.mark.parametrize("command", ["serve", "mcp"])
@pytest.mark.parametrize("option", ["--log-level=loud", "--backend=mysql://here"])
def test_a_wrong_setting_stops_the_start_with_one_line(cli: CommandLine, command: str, option: str):
    outcome = cli(command, option)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"milepost: {option.partition('=')[0]}: ")
    assert outcome.err.count("\n") == 1


def test_a_dead_token_stops_mcp_with_one_line_that_names_the_setting(tmp_path: Path):
    env = environment(tmp_path)
    created = json.loads(program(env, "tokens", "create", "--kind=mcp", "--name=x", "--json").stdout)
    program(env, "tokens", "revoke", created["sid"])
    done = program(env | {"MILEPOST_MCP_TOKEN": created["token"]}, "mcp")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "milepost: MILEPOST_MCP_TOKEN: the token is unknown, expired or revoked; make another"
    )
    assert done.stderr.count("\n") == 1
    assert created["token"] not in done.stderr


def test_mcp_without_a_token_asks_which_of_several_accounts_is_meant(tmp_path: Path):
    env = environment(tmp_path)
    for name in ("shop", "bank"):
        program(env, "accounts", "create", name)
    done = program(env, "mcp")
    assert (done.returncode, done.stdout) == (1, "")
    assert "MILEPOST_MCP_TOKEN" in done.stderr
    assert "shop" in done.stderr
    assert done.stderr.count("\n") == 1
