"""The official Inspector finds nothing to say about our tools, over stdio and over HTTP with a token, in both eras."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.support.node import run_check
from tests.end_to_end.support.process import MILEPOST, create_token, environment, serving

TOOLS = {"list_events", "get_event", "create_event", "update_event", "delete_event", "show_timeline"}
ERAS = ("legacy", "modern")


def inspect(home: Path, era: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Have the Inspector list the tools of a server and look at them."""
    script = "clients/launcher/build/index.js"
    asked = ("--cli", *options, "--protocol-era", era, "--method", "tools/list")
    return run_check("@modelcontextprotocol/inspector", script, *asked, home=home)


def over_stdio(home: Path) -> list[str]:
    settings = environment(home / "linted.db", MILEPOST_LOG_LEVEL="error")
    env = [
        part for name, value in settings.items() if name.startswith("MILEPOST_") for part in ("-e", f"{name}={value}")
    ]
    return [*env, MILEPOST, "mcp"]


def assert_nothing_found(done: subprocess.CompletedProcess[str]) -> None:
    assert (done.returncode, done.stderr) == (0, "")
    assert {tool["name"] for tool in json.loads(done.stdout)["tools"]} == TOOLS


@pytest.mark.parametrize("era", ERAS)
def test_the_inspector_finds_nothing_over_stdio(era: str, tmp_path: Path):
    assert_nothing_found(inspect(tmp_path, era, *over_stdio(tmp_path), "--strict"))


@pytest.mark.parametrize("era", ERAS)
def test_the_inspector_finds_the_page_of_the_timeline_and_of_no_other_tool(era: str, tmp_path: Path):
    done = inspect(tmp_path, era, *over_stdio(tmp_path), "--app-info")

    assert (done.returncode, done.stderr) == (0, "")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one for one in told if one["hasApp"]] == [
        {
            "hasApp": True,
            "toolName": "show_timeline",
            "resourceUri": "ui://milepost/timeline.html",
            "resourceMimeType": "text/html;profile=mcp-app",
            "csp": {"connectDomains": [], "resourceDomains": []},
        }
    ]


@pytest.mark.parametrize("era", ERAS)
def test_the_inspector_finds_nothing_over_http(era: str, tmp_path: Path):
    database = tmp_path / "linted.db"
    token = create_token(database)

    with serving(database) as server:
        header = f"Authorization: Bearer {token}"
        done = inspect(tmp_path, era, f"{server.url}/mcp", "--header", header, "--strict")

    assert_nothing_found(done)
