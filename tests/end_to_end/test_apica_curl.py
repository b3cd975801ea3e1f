"""The curl command of Apica's documentation, run by curl: a program written for that API can't tell the difference.

`fixtures/apica` holds the command and the answer that is documented with it. Only host and ticket are put in.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.end_to_end.support.process import create_token, run_milepost, serving

DOCUMENTED = Path(__file__).parent / "fixtures" / "apica"
COMMAND = (DOCUMENTED / "events.sh").read_text()
ROWS: list[dict[str, Any]] = json.loads((DOCUMENTED / "events.json").read_text())
HOST, TICKET = "https://api-asm1.apica.io", "C471ADC4-19B4-4219-BBF4-671A97EC653E"
ASKED_FOR = {"check_id": 12345, "event_message": "sample string 4 of apica", "time_stamp_utc": "2013-08-20T06:37:47"}
"""What the command asks for, and the sample that is documented with it isn't: 1376980667000 as a time, for one."""
CURL_SECONDS = 20


@dataclass(frozen=True)
class Shell:
    """Where curl is run, and against which server."""

    url: str
    database: Path
    home: Path

    @property
    def log(self) -> str:
        """Read after one more request, since a line is written when its answer is out."""
        with urlopen(f"{self.url}/readyz"):  # noqa: S310 - of loopback
            pass
        return self.database.with_suffix(".log").read_text()

    def run(self, command: str, ticket: str) -> tuple[int, Any]:
        """Status and body; the command as it is documented, but for those two."""
        (self.home / ".curlrc").write_text('silent\nshow-error\nnoproxy = "*"\nwrite-out = "\\n%{http_code}"\n')
        done = subprocess.run(
            ["bash", "-c", command.replace(HOST, self.url).replace(TICKET, ticket)],
            env={**os.environ, "CURL_HOME": str(self.home)},
            capture_output=True,
            text=True,
            timeout=CURL_SECONDS,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)

    def record(self, row: Mapping[str, Any], tags: Mapping[str, list[str]], **fields: str) -> None:
        """An event that such a row would tell of."""
        check = {"id": row["check_id"], "symbol": row["check_symbol"], "descriptor": row["check_descriptor"]}
        written = {
            "--type": "custom",
            "--name": row["event_message"],
            "--started-at": row["time_stamp_utc"],
            "--severity": row["severity"],
            "--check": json.dumps(check),
            "--tags": json.dumps(tags),
            **fields,
        }
        run_milepost(self.database, "events", "create", *[part for option in written.items() for part in option])


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Generator[Shell]:
    folder = tmp_path_factory.mktemp("apica")
    database = folder / "events.db"
    with serving(database, MILEPOST_LOG_LEVEL="debug") as running:
        shell = Shell(running.url, database, folder)
        wanted = ROWS[0] | ASKED_FOR
        for environment in ("Dev", "Prod"):
            shell.record(wanted, {"Environment": [environment]})
        shell.record(wanted, {"Environment": ["Dev", "Beta"]})
        shell.record(wanted, {"Environment": ["Test"]})
        shell.record(wanted, {"Environment": ["Dev"]}, **{"--severity": "E"})
        shell.record(wanted, {"Environment": ["Dev"]}, **{"--started-at": "2013-08-20T06:37:47.001Z"})
        shell.record(wanted, {"Environment": ["Dev"]}, **{"--name": "another"})
        shell.record(wanted | {"check_id": 2}, {"Environment": ["Dev"]})
        yield shell


def test_the_documented_command_finds_what_it_asks_for_in_the_documented_form(shell: Shell):
    ticket = create_token(shell.database)
    status, rows = shell.run(COMMAND, ticket)
    assert status == 200
    assert len(rows) == 2
    for row in rows:
        documented = ROWS[0] | ASKED_FOR | {"event_age_seconds": row["event_age_seconds"]}
        assert list(row.items()) == list(documented.items())
        assert [type(value) for value in row.values()] == [type(value) for value in ROWS[0].values()]
        assert row["event_age_seconds"] > 0
    assert ticket not in shell.log
    assert '"path":"/v3/events"' in shell.log


def test_the_documented_ticket_is_nobodys_and_is_not_written_down(shell: Shell):
    status, refusal = shell.run(COMMAND, TICKET)
    assert (status, refusal["error"]["code"]) == (401, "INVALID_TOKEN")
    assert TICKET not in json.dumps(refusal) + shell.log


def test_curl_signs_in_with_a_user_name_and_a_password(shell: Shell):
    token = create_token(shell.database)
    without_ticket = COMMAND.replace(f"&auth_ticket={TICKET}", "")
    for user in (f"me:{token}", f"{token}:"):
        status, rows = shell.run(without_ticket.replace("--request", f"--user '{user}' --request"), "")
        assert (status, len(rows)) == (200, 2)
    assert token not in shell.log


def test_the_documented_answer_is_the_sample_of_the_row_tests():
    from tests.wire.test_apica_row import DOCUMENTED as SAMPLE

    assert [list(row.items()) for row in ROWS] == [list(SAMPLE.items())] * 3
