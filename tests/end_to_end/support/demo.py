"""`milepost demo` as it is started by hand."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.end_to_end.support.process import MILEPOST, environment, free_port
from tests.interfaces.http_world import bearer

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
    def sign_in_url(self) -> str:
        """It works once."""
        return re.findall(r"http://\S+/sign-in\?code=\S+", self.said)[0]

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
def running_demo(folder: Path, *options: str, **settings: str) -> Generator[Demo]:
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
