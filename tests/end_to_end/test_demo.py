"""`milepost demo` and `make demo` as they are started by hand."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.end_to_end.support.process import MILEPOST, environment
from tests.interfaces.http_world import bearer, free_port

END_SECONDS = 10
LAST_LINE = "ask it why payments fails"


@dataclass(frozen=True)
class Demo:
    """A running one, and what it said."""

    said: str
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return re.findall(r"http://127\.0\.0\.1:\d+", self.said)[0]

    @property
    def secret(self) -> str:
        return re.findall(r"mcp_[0-9A-Za-z]{49}", self.said)[0]

    @property
    def account(self) -> str:
        return re.findall(r"acc_[0-9A-Za-z]{27}", self.said)[0]

    def get(self, path: str, **parameters: str) -> Any:
        answer = httpx2.get(
            f"{self.url}/v1/accounts/{self.account}/{path}", params=parameters, headers=bearer(self.secret)
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def running(folder: Path, *options: str, **settings: str) -> Generator[Demo]:
    """With nothing but what is given in its environment, `folder` being where it may leave something."""
    env = environment(folder / "events.db") | settings | {"TMPDIR": str(folder / "temporary")}
    (folder / "temporary").mkdir()
    command = [MILEPOST, "demo", "--port", str(free_port()), *options]
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder
    ) as process:
        assert process.stdout is not None
        said = ""
        while LAST_LINE not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        try:
            yield Demo(said, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(END_SECONDS)


def test_it_shows_a_fortnight_of_events_over_what_was_measured_and_says_that_it_is_made_up(tmp_path: Path):
    with running(tmp_path) as demo:
        assert "everything in it is made up" in demo.said
        assert '"Demo (made up)"' in demo.said
        ongoing = demo.get("events", ongoing="true")["records"]
        assert [record["name"] for record in ongoing] == ["Payments: errors over 5 %"]
        assert demo.get("events", startTime="now-15d", endTime="now-7d")["hasMore"]
        charts = demo.get("charts", startTime="now-24h", bucketSid="payments", environmentSid="production")
        assert charts["connected"]
        assert "warnings" not in charts
        [ratio] = charts["charts"][1]["series"]
        known = [value for value in ratio["values"] if value is not None]
        assert known[0] < 0.01
        assert known[-1] > 0.05


def test_the_commands_that_it_prints_work_as_printed(tmp_path: Path):
    with running(tmp_path) as demo:
        lines = re.findall(r"^  (curl .+)$", demo.said, re.MULTILINE)
        assert len(lines) == 2
        events, charts = (
            json.loads(subprocess.run(["sh", "-c", line], capture_output=True, check=True).stdout) for line in lines
        )
    assert events["records"]
    assert len(charts["charts"]) == 3


def test_it_leaves_alone_what_there_is_and_leaves_nothing_behind(tmp_path: Path):
    settings = {
        "MILEPOST_RETENTION": "1d", "MILEPOST_READ_ONLY": "0", "MILEPOST_PROMETHEUS_URL": "http://127.0.0.1:1",
        "MILEPOST_OVERLAYS": "no url at all",
    }  # fmt: skip
    with running(tmp_path, **settings) as demo:
        [folder] = (tmp_path / "temporary").iterdir()
        assert (folder.stat().st_mode & 0o777, (folder / "demo.db").stat().st_mode & 0o777) == (0o700, 0o600)
        assert demo.get("events")["records"]
    assert demo.process.returncode == 0
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not (tmp_path / "events.db").exists()


def test_doctor_says_that_what_is_served_is_made_up(tmp_path: Path):
    with running(tmp_path) as demo:
        port = demo.url.rpartition(":")[2]
        done = subprocess.run(
            [MILEPOST, "doctor", "--port", port], env=environment(tmp_path / "events.db"), capture_output=True, text=True,
            check=True,
        )  # fmt: skip
    assert f"127.0.0.1 port {port} is served by `milepost demo`: everything there is made up" in done.stdout


@pytest.mark.parametrize(("option", "line"), [
    ("--port=no", "milepost: --port: "), ("--backend=sqlite:///mine.db", "milepost: No such option"),
])  # fmt: skip
def test_it_takes_no_option_that_is_about_what_is_real(tmp_path: Path, option: str, line: str):
    done = subprocess.run(
        [MILEPOST, "demo", option], env=environment(tmp_path / "events.db"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(line)
