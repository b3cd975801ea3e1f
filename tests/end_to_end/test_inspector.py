"""The official Inspector finds nothing to say about our tools, over stdio and over HTTP with a token, in both eras."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.support.node import run_check
from tests.end_to_end.support.process import MILEPOST, create_token, environment, serving

TOOLS = {"list_events", "get_event", "create_event", "update_event", "delete_event", "show_timeline"}
ERAS = ("legacy", "modern")


def lint(home: Path, era: str, *target: str) -> subprocess.CompletedProcess[str]:
    options = ("--protocol-era", era, "--method", "tools/list", "--strict")
    script = "clients/launcher/build/index.js"
    return run_check("@modelcontextprotocol/inspector", script, "--cli", *target, *options, home=home)


def assert_nothing_found(done: subprocess.CompletedProcess[str]) -> None:
    assert (done.returncode, done.stderr) == (0, "")
    assert {tool["name"] for tool in json.loads(done.stdout)["tools"]} == TOOLS


@pytest.mark.parametrize("era", ERAS)
def test_the_inspector_finds_nothing_over_stdio(era: str, tmp_path: Path):
    settings = environment(tmp_path / "linted.db", MILEPOST_LOG_LEVEL="error")
    env = [
        part for name, value in settings.items() if name.startswith("MILEPOST_") for part in ("-e", f"{name}={value}")
    ]

    assert_nothing_found(lint(tmp_path, era, *env, MILEPOST, "mcp"))


@pytest.mark.parametrize("era", ERAS)
def test_the_inspector_finds_nothing_over_http(era: str, tmp_path: Path):
    database = tmp_path / "linted.db"
    token = create_token(database)

    with serving(database) as server:
        done = lint(tmp_path, era, f"{server.url}/mcp", "--header", f"Authorization: Bearer {token}")

    assert_nothing_found(done)
