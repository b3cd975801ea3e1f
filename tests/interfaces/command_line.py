"""The command line as it is typed: in this process for speed, with real settings and a real database file."""

import io
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from milepost.cli.program import run
from tests.logging_as_before import logging_as_before


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


class CommandLine:
    """Runs `milepost …` on one database file."""

    def __init__(self, database: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.database = database
        self._capsys = capsys
        self._patch = patch
        for name in [name for name in os.environ if name.startswith("MILEPOST_")]:
            patch.delenv(name)
        self.use(database)

    def use(self, database: Path) -> None:
        """From now on, another file."""
        self.database = database
        self._patch.setenv("MILEPOST_BACKEND", f"sqlite:///{database}")

    def __call__(self, *arguments: str, typed: str | bytes = "") -> Outcome:
        """Run it, with `typed` on its standard input."""
        text = typed.encode() if isinstance(typed, str) else typed
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text), encoding="utf-8"))
        self._capsys.readouterr()
        with logging_as_before():
            code = run(arguments)
        printed = self._capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    def done(self, *arguments: str, typed: str | bytes = "") -> Outcome:
        """As a call, and it has to go well."""
        outcome = self(*arguments, typed=typed)
        assert outcome.code == 0, outcome
        return outcome

    def event(self, *options: str) -> dict[str, Any]:
        """The record of a new event."""
        named = options if "--name" in options else ("--name", "v1", *options)
        typed = named if "--type" in named else ("--type", "deployment", *named)
        return self.done("events", "create", *typed, "--json").json


def event_lines(count: int, **changes: Any) -> list[str]:
    """An account and so many events, as somebody else's program would write them for an import."""
    moment = "2026-01-01T00:00:00Z"
    account = {"account": {"sid": "acc_1", "name": "one", "createdAt": moment}}
    event = {"accountSid": "acc_1", "type": "scale", "name": "n", "startedAt": moment, "createdAt": moment, **changes}
    events = ({"event": {"sid": f"evt_{index}", **event}} for index in range(count))
    return [json.dumps(line) for line in (account, *events)]
