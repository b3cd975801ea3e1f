"""A database of ours with the shared deploys in it, filled through `milepost import` as anybody would."""

import json
import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.support.events import Deploy
from bench.support.peers import MILEPOST

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KSUID_LENGTH = 27


def run_milepost(database: Path, *arguments: str, given: str = "") -> str:
    """Run one command on `database` to its end; returns what it printed."""
    env = {**os.environ, "MILEPOST_BACKEND": f"sqlite:///{database}"}
    done = subprocess.run(
        [MILEPOST, *arguments],
        input=given,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"milepost {' '.join(arguments)} failed: {done.stderr}")
    return done.stdout


def sid_of(number: int) -> str:
    """An event's sid as long as a real one, in the order of `number`."""
    digits = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return "evt_3" + digits.rjust(KSUID_LENGTH - 1, "0")


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event_line(account_sid: str, number: int, deploy: Deploy) -> str:
    """One line of an export: the deploy with all that Grafana's annotation of it says."""
    event: dict[str, Any] = {
        "sid": sid_of(number),
        "accountSid": account_sid,
        "type": "deployment",
        "name": deploy.name,
        "source": "github_actions",
        "metadata": {"commit": deploy.commit},
        "startedAt": _time(deploy.at),
        "createdAt": _time(deploy.at),
    }
    return json.dumps({"event": event})


def fill(database: Path, deploys: Sequence[Deploy]) -> None:
    """Make `database` hold one account with exactly these events."""
    account = json.loads(run_milepost(database, "accounts", "create", "bench", "--json"))["sid"]
    lines = "\n".join(event_line(account, number, deploy) for number, deploy in enumerate(deploys, start=1))
    run_milepost(database, "import", "-", given=lines + "\n")


def reading_token(database: Path) -> str:
    printed = run_milepost(database, "tokens", "create", "--kind", "mcp", "--name", "bench", "--json")
    return json.loads(printed)["token"]
