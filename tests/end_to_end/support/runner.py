"""A machine that runs pipelines: a checkout of what is deployed, and shells with the platform's variables."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.support.pipelines import EXAMPLES, Script
from tests.end_to_end.support.platforms import COMMIT, MESSAGE

SCRIPT_SECONDS = 60.0
RECORDING_CURL = """#!/bin/sh
printf '%s\\n' "$@" >> "$CURL_ARGUMENTS"
exec {curl} "$@"
"""


@dataclass(frozen=True)
class Outcome:
    """How some scripts ended: the first failure, or 0, and everything that they printed."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


class Machine:
    """`sources` is a checkout with milepost.sh as ci/milepost.sh and a deploy.sh; `empty` has none of it."""

    def __init__(self, folder: Path) -> None:
        self.sources = folder / "sources"
        self.empty = folder / "empty"
        self.output = folder / "output"
        self.arguments = folder / "arguments"
        self._programs = folder / "programs"
        for path in (self.sources / "ci", self.empty, self._programs):
            path.mkdir(parents=True)
        shutil.copy(EXAMPLES / "shell" / "milepost.sh", self.sources / "ci")
        self._program(self.sources / "deploy.sh", '#!/bin/sh\nexit "$DEPLOYMENT_ENDS_WITH"\n')
        self._program(self._programs / "curl", RECORDING_CURL.format(curl=shutil.which("curl")))
        self.commit = self._commit()

    def run(
        self, scripts: Iterable[Script], variables: Mapping[str, str], *, folder: Path | None = None, **more: str
    ) -> Outcome:
        """One after the other, each in its own shell in `folder` (the sources), until one fails."""
        code, out, err = 0, "", ""
        for script in scripts:
            done = self._run(script, {**variables, **script.env, **more}, folder or self.sources)
            code, out, err = done.returncode, out + done.stdout, err + done.stderr
            if code:
                break
        return Outcome(code, out, err)

    def _run(self, script: Script, variables: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
        known = {name: self.commit if value == COMMIT else value for name, value in variables.items()}
        return subprocess.run(
            [*script.shell, script.text],
            cwd=folder,
            env=self.environment() | known,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=SCRIPT_SECONDS,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        """What every program has: a curl that writes down its arguments, as any list of processes would."""
        return {
            "PATH": f"{self._programs}:{os.environ['PATH']}",
            "HOME": str(self.empty),
            "GITHUB_OUTPUT": str(self.output),
            "CURL_ARGUMENTS": str(self.arguments),
            "DEPLOYMENT_ENDS_WITH": "0",
        }

    def _commit(self) -> str:
        def git(*arguments: str, text: str = "") -> str:
            who = ["-c", "user.name=J", "-c", "user.email=j@example.com", "-c", "commit.gpgsign=false"]
            command = ["git", *who, *arguments]
            env = {"PATH": os.environ["PATH"], "HOME": str(self.empty), "GIT_CONFIG_NOSYSTEM": "1"}
            done = subprocess.run(
                command, cwd=self.sources, env=env, input=text, capture_output=True, text=True, check=True
            )
            return done.stdout.strip()

        git("init", "--quiet")
        git("add", ".")
        git("commit", "--quiet", "--cleanup=verbatim", "--file=-", text=MESSAGE)
        return git("rev-parse", "HEAD")

    @staticmethod
    def _program(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)
