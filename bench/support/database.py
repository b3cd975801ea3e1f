"""A database of ours with the shared deploys in it, filled through `milepost import` as anybody would."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.support.events import Deploy
from tests.end_to_end.support.process import run_milepost

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KSUID_LENGTH = 27


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
