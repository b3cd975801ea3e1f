"""The curl commands of ApiTraffic's documentation, run by curl: a program written for that API can't tell the difference.

`fixtures/apitraffic` holds each command as it is documented and, where there is one, the answer that is documented with it.
Only host, account, event and token are put in; for the pipeline's step, what GitHub would put in.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.support.process import create_token, run_milepost, serving

DOCUMENTED = Path(__file__).parent / "fixtures" / "apitraffic"
COMMANDS = {path.stem for path in DOCUMENTED.glob("*.sh")}
HOST, ACCOUNT = "https://api.apitraffic.io", "acc_abc123def456ghi789jkl012"
EVENT, TOKEN = "evt_abc123def456ghi789jkl012", "your-jwt-token"
GITHUB = {
    "secrets.APITRAFFIC_ACCOUNT_SID": ACCOUNT,
    "secrets.APITRAFFIC_API_TOKEN": TOKEN,
    "github.ref_name": "main",
    "github.sha": "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2",
    "github.actor": "jsmith",
    "github.run_id": "8123",
}
WRITTEN_BY_USERS = {
    "type", "name", "description", "source", "metadata", "bucketSids", "environmentSids", "startedAt", "endedAt",
}  # fmt: skip
SID = re.compile(r"(acc|evt)_[0-9A-Za-z]{27}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
CURL_SECONDS = 20


@dataclass(frozen=True)
class Answered:
    status: int
    body: Any


@dataclass(frozen=True)
class Shell:
    """Where curl commands are run, against which server and account."""

    url: str
    account: str
    token: str
    home: Path

    def run(self, command: str, event: str = EVENT) -> Answered:
        """Run a command as it is documented, but for those four."""
        for documented, ours in ((HOST, self.url), (ACCOUNT, self.account), (EVENT, event), (TOKEN, self.token)):
            command = command.replace(documented, ours)
        # What is written to a curl configuration needs no change to the command.
        (self.home / ".curlrc").write_text('silent\nshow-error\nnoproxy = "*"\nwrite-out = "\\n%{http_code}"\n')
        env = {**os.environ, "CURL_HOME": str(self.home)}
        done = subprocess.run(
            ["bash", "-c", command], env=env, capture_output=True, text=True, timeout=CURL_SECONDS, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        body, _, status = done.stdout.rpartition("\n")
        return Answered(int(status), json.loads(body))

    def record(self, documented: Mapping[str, Any], **fields: Any) -> str:
        """Put a documented event here, and return its sid."""
        written = {name: value for name, value in documented.items() if name in WRITTEN_BY_USERS} | fields
        body = json.dumps(written)
        create = f"""curl -X POST "{HOST}/v1/accounts/{ACCOUNT}/events" -H "Authorization: Bearer {TOKEN}" \\
          -H "Content-Type: application/json" -d '{body}'"""
        answered = self.run(create)
        assert answered.status == 201, answered
        return answered.body["sid"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[str, Path]]:
    database = tmp_path_factory.mktemp("curl") / "events.db"
    with serving(database) as running:
        yield running.url, database


@pytest.fixture
def shell(server: tuple[str, Path], tmp_path: Path) -> Shell:
    """An account of its own for each test."""
    url, database = server
    account = json.loads(run_milepost(database, "accounts", "create", tmp_path.name, "--json"))["sid"]
    token = create_token(database, "--account", account, "--scope", "events:read", "--scope", "events:write")
    return Shell(url, account, token, tmp_path)


def documented(name: str) -> tuple[str, Any]:
    answer = DOCUMENTED / f"{name}.json"
    return (DOCUMENTED / f"{name}.sh").read_text(), json.loads(answer.read_text()) if answer.exists() else None


def check_same_shape(ours: Mapping[str, Any], theirs: Mapping[str, Any], *, differ: frozenset[str]) -> None:
    """Their keys come first and in their order, with their values, or with values of the same form where those `differ`."""
    assert list(ours)[: len(theirs)] == list(theirs)
    for name, value in theirs.items():
        if name not in differ:
            assert ours[name] == value, name
        elif name.lower().endswith("sid"):
            assert SID.fullmatch(ours[name]), name
            assert ours[name][:4] == value[:4]
        else:
            assert TIME.fullmatch(ours[name]), name
            assert TIME.fullmatch(value), name


MADE_HERE = frozenset({"sid", "accountSid", "createdAt"})


def test_list(shell: Shell):
    command, page = documented("list")
    shell.record(page["records"][0])
    shell.record(page["records"][0], type="scale", name="not asked for")
    answered = shell.run(command)
    assert answered.status == 200
    assert list(answered.body)[: len(page)] == list(page)
    assert answered.body["hasMore"] is page["hasMore"]
    assert len(answered.body["records"]) == 1
    check_same_shape(answered.body["records"][0], page["records"][0], differ=MADE_HERE)
    assert list(answered.body["records"][0]["metadata"]) == list(page["records"][0]["metadata"])


def test_get(shell: Shell):
    command, record = documented("get")
    answered = shell.run(command, shell.record(record))
    assert answered.status == 200
    check_same_shape(answered.body, record, differ=MADE_HERE)


def test_create(shell: Shell):
    command, record = documented("create")
    answered = shell.run(command)
    assert answered.status == 201
    check_same_shape(answered.body, record, differ=MADE_HERE | {"startedAt"})
    assert list(answered.body["metadata"]) == list(record["metadata"])


def test_update(shell: Shell):
    command, record = documented("update")
    sid = shell.record(record, endedAt=None, description="High latency")
    answered = shell.run(command, sid)
    assert answered.status == 200
    check_same_shape(answered.body, record, differ=MADE_HERE)


def test_delete(shell: Shell):
    command, gone = documented("delete")
    sid = shell.record(documented("get")[1])
    answered = shell.run(command, sid)
    assert answered == Answered(200, gone | {"sid": sid})
    assert list(answered.body) == list(gone)
    assert shell.run(command, sid).status == 404


def test_the_step_of_a_pipeline(shell: Shell):
    command, _ = documented("pipeline")
    for expression, value in GITHUB.items():
        command = command.replace(f"${{{{ {expression} }}}}", value)
    assert "${{" not in command
    answered = shell.run(command)
    assert answered.status == 201
    assert list(answered.body)[:12] == list(documented("create")[1])
    assert answered.body["name"] == "main deploy"
    assert list(answered.body["metadata"].items()) == [
        ("commitSha", GITHUB["github.sha"]),
        ("branch", "main"),
        ("actor", "jsmith"),
        ("runId", "8123"),
    ]


def test_every_documented_command_is_run():
    assert {"list", "get", "create", "update", "delete", "pipeline"} == COMMANDS
