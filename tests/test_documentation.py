"""What the README says is there, and what is there the README says."""

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from milepost.app.http_application import MCP_PATH, OPEN_PATHS, SSE_PATH
from milepost.app.http_server import STOP_SECONDS
from milepost.app.operations import PATHS
from milepost.cli.program import COMMANDS, milepost
from milepost.domain.token import TokenScope
from milepost.interfaces.apica_rest.table import TABLE as APICA
from milepost.interfaces.dashboard.door import PATHS as DASHBOARD_PATHS
from milepost.interfaces.mcp_server.asgi import MESSAGES_PATH
from milepost.interfaces.rest.door import PREFIX
from milepost.interfaces.rest.table import OPERATIONS
from milepost.operations.openapi.refusals import REFUSALS
from milepost.operations.routes import REFERENCE_PATHS
from milepost.settings import SETTINGS
from milepost.wire.apica_parameters import LARGEST_PAGE, ApicaEventParameters, ApicaTagParameters
from milepost.wire.event_input import EventBody
from milepost.wire.event_parameters import EventParameters
from tests.end_to_end.screenshots import LARGEST_BYTES, PICTURES, SHOTS
from tests.end_to_end.support.process import MILEPOST, create_token, environment, run_milepost, serving
from tests.interfaces.command_line import CommandLine
from tests.interfaces.http_world import http_world

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
EXAMPLE: dict[str, Any] = json.loads((ROOT / "mcp.json.example").read_text())
SNAPSHOTS = ROOT / "tests" / "snapshots"
REFUSAL = re.compile(r"Refusal\((\d{3}), \"([A-Z_]+)\"|_plain\((\d{3}), \"([A-Z_]+)\"|_say\((\d{3}), \"([A-Z_]+)\"")


def section(title: str) -> str:
    """What stands under a heading of the second level."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> set[str]:
    """Everything in backquotes in the first column of the tables there."""
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split(" | ")[0])}


def commands() -> set[str]:
    """Every command that does something, as it is typed."""
    found: set[str] = set()
    for name in COMMANDS:
        command = milepost.get_command(click.Context(milepost), name)
        inner = list(command.commands) if isinstance(command, click.Group) else [""]
        found |= {f"milepost {name} {each}".strip() for each in inner}
    return found


def documented_commands() -> set[str]:
    """Those of the table; further verbs of a group stand in the same cell."""
    found: set[str] = set()
    for row in section("Commands").splitlines():
        if not row.startswith("| `"):
            continue
        first, *verbs = re.findall(r"`([^`]+)`", row.split(" | ")[0])
        words = [word for word in first.split() if not word.isupper()]
        found |= {" ".join(words)} | {" ".join([*words[:-1], verb]) for verb in verbs}
    return found


def typed_commands() -> list[str]:
    return re.findall(r"^\$ (milepost .+)$", README, re.MULTILINE)


def test_every_command_is_in_the_readme_and_no_other():
    assert documented_commands() == commands()


def test_every_setting_is_in_the_readme_with_its_default_and_no_other():
    rows = {row.split("`")[1]: row for row in section("Settings").splitlines() if row.startswith("| `")}
    assert set(rows) == {setting.variable for setting in SETTINGS}
    for setting in SETTINGS:
        default = rows[setting.variable].split(" | ")[1]
        if setting.default is not None:
            assert f"`{setting.default}`" in default
    assert set(re.findall(r"(?<!_)MILEPOST_[A-Z_]+", README)) == set(rows)


@pytest.mark.parametrize(("file", "kind"), [("tools", "tools"), ("prompts", "prompts")])
def test_every_tool_and_prompt_is_in_the_readme(file: str, kind: str):
    names = {item["name"] for item in json.loads((SNAPSHOTS / f"{file}.json").read_text())[kind]}
    text = section("Tools")
    assert {name for name in names if f"`{name}`" not in text} == set()
    if kind == "tools":
        assert first_cells(text) == names


def test_every_resource_is_in_the_readme():
    resources = json.loads((SNAPSHOTS / "resources.json").read_text())
    templates = [one["uriTemplate"] for one in resources["resourceTemplates"]]
    for address in [one["uri"] for one in resources["resources"]] + templates:
        assert f"`{address}`" in section("Tools")


def shortened(path: str) -> str:
    """As the README writes what has anything behind it."""
    return path.replace("{name:path}", "…")


def test_every_route_is_in_the_readme_and_no_other():
    doors = {MCP_PATH, SSE_PATH, MESSAGES_PATH, f"{PREFIX}/…", *APICA.paths}
    routes = doors | {*OPEN_PATHS, *REFERENCE_PATHS, *map(shortened, DASHBOARD_PATHS)}
    behind = {f"/.well-known/oauth-protected-resource{path}" for path in (MCP_PATH, SSE_PATH)}
    assert first_cells(section("Routes")) == routes - behind


async def test_no_route_is_served_that_is_not_in_the_readme(tmp_path: Path):
    async with http_world(tmp_path) as world:
        served = set(map(shortened, world.server.paths))
    behind = {f"/.well-known/oauth-protected-resource{path}" for path in (MCP_PATH, SSE_PATH)}
    assert served - behind == (first_cells(section("Routes")) - {f"{PREFIX}/…"}) | set(PATHS)


def test_every_operation_is_in_the_readme_with_its_scope_and_no_other():
    rows = [row.split(" | ") for row in section("REST API").splitlines() if row.startswith("| `")]
    told = {(cells[0].strip("| `"), cells[1].strip("`")) for cells in rows}
    assert told == {(f"{item.method} …{item.path.removeprefix(PREFIX)}", item.scope) for item in OPERATIONS}


def test_apicas_routes_and_parameters_are_in_the_readme_and_no_others():
    text = section("Apica's API")
    rows = [[cell.strip("| `") for cell in row.split(" | ")] for row in text.splitlines() if row.startswith("| `GET")]
    routes = {row[0] for row in rows}
    assert {(row[0], row[1]) for row in rows} == {
        (f"{item.method} {item.path}", item.scope) for item in APICA.operations
    }
    assert first_cells(text) - routes == set(ApicaEventParameters.model_fields)
    assert set(ApicaTagParameters.model_fields) <= set(ApicaEventParameters.model_fields)
    assert f"1–{LARGEST_PAGE:,} a page" in text


def test_the_curl_line_for_apicas_api_works_as_written(tmp_path: Path):
    (line,) = re.findall(r"```sh\n(.*?)```", section("Apica's API"), re.DOTALL)
    database = tmp_path / "events.db"
    for environment_name in ("Dev", "Beta"):
        tags = json.dumps({"Environment": [environment_name]})
        run_milepost(database, "events", "create", "--type", "custom", "--name", environment_name, "--tags", tags)
    token = create_token(database, "--scope", "events:read")
    with serving(database) as server:
        done = subprocess.run(
            ["sh", "-ec", line.replace("http://127.0.0.1:8080", server.url)],
            env={**environment(database), "token": token},
            capture_output=True,
            check=True,
        )
    assert [row["event_message"] for row in json.loads(done.stdout)] == ["Dev"]


def test_the_first_event_with_curl_works_as_written(tmp_path: Path):
    script = next(block for block in re.findall(r"```sh\n(.*?)```", section("The first minute"), re.DOTALL))
    with serving(tmp_path / "events.db") as server:
        script = script.replace("http://127.0.0.1:8080", server.url)
        env = environment(tmp_path / "events.db")
        env["PATH"] = f"{Path(MILEPOST).parent}:{env['PATH']}"
        answers = [
            json.loads(subprocess.run(["sh", "-ec", script], env=env, capture_output=True, check=True).stdout)
            for _ in range(2)
        ]
    assert answers[0]["name"] == "v2.3.1 production release"
    assert answers[0]["createdBy"]["door"] == "rest"
    assert answers[1] == answers[0]


def test_every_field_and_filter_is_in_the_readme():
    fields = first_cells(section("What an event is"))
    assert fields >= set(EventBody.model_json_schema(by_alias=True)["properties"])
    record = json.loads((SNAPSHOTS / "get_event.json").read_text())["structuredContent"]
    assert fields == set(record)
    assert first_cells(section("Finding events")) == set(EventParameters.model_json_schema(by_alias=True)["properties"])


def test_every_scope_is_in_the_readme():
    assert first_cells(section("Tokens")) == set(TokenScope)


def test_every_refusal_is_in_the_readme_and_no_other():
    refusals: set[tuple[str, str]] = set()
    for folder in ("middleware", "app"):
        for path in (ROOT / "server" / "milepost" / folder).rglob("*.py"):
            refusals |= {tuple(filter(None, found)) for found in REFUSAL.findall(path.read_text())}
    rows = re.findall(r"^\| (\d{3}) \| `([A-Z_]+)`", section("Errors"), re.MULTILINE)
    assert refusals == set(rows)
    assert {(str(item.status), item.code) for item in REFUSALS} == set(rows)


def test_the_limits_are_those_of_the_program():
    from milepost.app.connection import LARGEST_HEADERS_BYTES, MOST_CONNECTIONS, MOST_CONNECTIONS_OF_ONE
    from milepost.cli.batches import BATCH_BYTES, BATCH_LINES
    from milepost.domain.account import MOST_PLACES
    from milepost.domain.instant import HOUR, MINUTE
    from milepost.domain.query import LARGEST_LIMIT
    from milepost.domain.session import LINK_MILLISECONDS, SESSION_MILLISECONDS
    from milepost.domain.session import MOST_SESSIONS as MOST_SIGNED_IN
    from milepost.interfaces.dashboard.changes import MOST_STREAMS
    from milepost.interfaces.dashboard.session import MOST_SIGN_INS
    from milepost.interfaces.mcp_server.asgi import IDLE_SECONDS, MOST_SESSIONS, MOST_SESSIONS_OF_ONE
    from milepost.interfaces.rest.batch import LARGEST_BATCH_BYTES, MOST_EVENTS
    from milepost.middleware.body_limit import BODY_SECONDS, LARGEST_BODY_BYTES
    from milepost.middleware.open_requests import MOST_OPEN
    from milepost.wire.export_line import LONGEST_LINE

    text = section("Limits")
    assert f"{LARGEST_BODY_BYTES // 1024} KiB of body, {LARGEST_HEADERS_BYTES // 1024} KiB of headers" in text
    assert f"{BODY_SECONDS:g} seconds to send" in text
    assert f"{MOST_OPEN} open at once" in text
    assert f"{MOST_CONNECTIONS:,} connections, {MOST_SESSIONS:,} sessions" in text
    assert f"{MOST_CONNECTIONS_OF_ONE} connections, unless" in text
    assert f"{MOST_SESSIONS_OF_ONE} sessions (a further one ends" in text
    assert f"{SESSION_MILLISECONDS // HOUR} hours; {MOST_SIGNED_IN} at once" in text
    assert f"{MOST_SIGN_INS} begun a minute, {MOST_STREAMS} tabs" in text
    assert f"once, within {LINK_MILLISECONDS // MINUTE} minutes" in text
    assert f"idle for {IDLE_SECONDS // 60} minutes" in text
    assert f"{LARGEST_LIMIT} events" in text
    assert f"{MOST_EVENTS} events, {LARGEST_BATCH_BYTES // 1024 // 1024} MiB" in text
    assert f"{MOST_PLACES:,} buckets" in text
    assert f"{LONGEST_LINE // 1024 // 1024} MiB; {BATCH_LINES:,} of them, or {BATCH_BYTES // 1024 // 1024} MiB," in text
    assert STOP_SECONDS < 2


def test_the_first_minute_works_as_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    cli = CommandLine(tmp_path / "events.db", capsys, monkeypatch)
    typed = [line for line in typed_commands() if line != "milepost serve"]
    outcomes = [cli.done(*shlex.split(line)[1:]) for line in typed]

    assert len(outcomes) == 3
    listed = outcomes[-1].out
    assert "v2.3.1 production release" in listed
    assert "ongoing" in listed


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_pictures_are_those_that_the_script_takes_each_with_a_text_in_its_place():
    pictures = re.findall(r'<img src="([^"]+)"[^>]* alt="[^"]{20,}">', README)
    assert [ROOT / picture for picture in pictures] == [PICTURES / f"{shot.name}.png" for shot in SHOTS]
    assert {path.name for path in PICTURES.iterdir()} == {Path(picture).name for picture in pictures}
    for picture in pictures:
        content = (ROOT / picture).read_bytes()
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        assert len(content) <= LARGEST_BYTES


def test_the_example_has_the_same_servers_for_every_client():
    assert set(EXAMPLE) == {"mcpServers", "inputs", "servers"}
    assert set(EXAMPLE["mcpServers"]) == set(EXAMPLE["servers"])
    for name, server in EXAMPLE["mcpServers"].items():
        assert f"`{name}`" in section("Connect a client")
        code = EXAMPLE["servers"][name]
        common = {key: value for key, value in code.items() if key not in ("type", "headers")}
        assert common == {key: value for key, value in server.items() if key not in ("type", "headers")}
        assert code["type"] == ("http" if "url" in server else "stdio")
    token = EXAMPLE["servers"]["milepost-remote"]["headers"]["Authorization"]
    assert token == f"Bearer ${{input:{EXAMPLE['inputs'][0]['id']}}}"
    assert EXAMPLE["mcpServers"]["milepost-remote"]["url"].endswith(MCP_PATH)


@pytest.mark.parametrize(("name", "writes"), [("milepost", True), ("milepost-read-only", False)])
async def test_the_local_blocks_work_as_pasted(tmp_path: Path, name: str, writes: bool):
    server = EXAMPLE["mcpServers"][name]
    env = environment(tmp_path / "events.db") | server.get("env", {})
    env["PATH"] = f"{Path(MILEPOST).parent}:{env['PATH']}"
    parameters = StdioServerParameters(command=server["command"], args=server["args"], env=env)
    async with Client(stdio_client(parameters)) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
    assert ("create_event" in tools) is writes
    assert "list_events" in tools
