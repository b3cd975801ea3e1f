"""Thousands of requests made from the OpenAPI document, sent to a running server by every kind of token and by none.

schemathesis makes them and holds every answer to the document, with every check that it has. What no schema can
express (cursors, the order of times, a key that is taken, a scope that is missing) may be refused; a 500 never comes.
The test suite runs it on a small budget; for 10,000 requests and more:

    python -m tests.end_to_end.fuzz_rest --requests 10000
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.support.process import environment, run_milepost, serving

SCHEMATHESIS = str(Path(sys.executable).with_name("schemathesis"))
SEED = 20260115
RUN_SECONDS = 3_600
FULL = ("--scope", "events:read", "--scope", "events:write", "--scope", "tokens:admin")
TOKENS: dict[str, tuple[str, ...]] = {
    "api, everything": ("--kind", "api", *FULL),
    "mcp, everything": ("--kind", "mcp", *FULL),
    "api, read-only": ("--kind", "api", "--scope", "events:read"),
    "mcp, one bucket": ("--kind", "mcp", *FULL, "--bucket-sid", "checkout"),
    "api, one environment": ("--kind", "api", *FULL, "--environment-sid", "prod01"),
}
NOBODY = "none"
WHO = (*TOKENS, NOBODY)
CONFIGURATION = """
[dictionaries]
events.values = [{events}]
tokens.values = [{tokens}]
places.values = ["checkout", "prod01"]

[parameters]
"path.accountSid" = "{account}"
"path.eventSid" = {{ dictionary = "events", probability = 0.7 }}
"path.tokenSid" = {{ dictionary = "tokens", probability = 0.7 }}
"path.bucketSid" = {{ dictionary = "places", probability = 0.5 }}
"path.environmentSid" = {{ dictionary = "places", probability = 0.5 }}

[checks]
positive_data_acceptance.expected-statuses = [{allowed}]
negative_data_rejection.expected-statuses = [{refused}]
"""
TOO_LONG = ("413", "431")
"""Of the whole body, and of the whole address: no schema of their parts can say it."""
SIGNED_IN = ("2xx", "304", "400", "403", "404", "409", "412", *TOO_LONG)
"""What a request that the document allows may be answered with, when somebody signed in sends it."""
UNKNOWN = ("400", "401", "429", *TOO_LONG)
"""When nobody did: schemathesis makes up tokens too, even two that differ at once, and an address may try only so many bad ones."""
REFUSED = ("400", "401", "403", "404", "405", "409", "412", "415", "429", *TOO_LONG)
"""And one that it doesn't allow."""


@dataclass(frozen=True)
class Run:
    """What came of one token's requests."""

    who: str
    failed: bool
    requests: int
    statuses: Counter[int]
    operations: frozenset[str]
    report: str

    @property
    def summary(self) -> str:
        """One line."""
        statuses = ", ".join(f"{status}: {count:,}" for status, count in sorted(self.statuses.items()))
        outcome = "FAILED" if self.failed else "no failure"
        return f"{self.who:<22} {self.requests:>6,} requests, {len(self.operations)} operations, {outcome} ({statuses})"


@dataclass(frozen=True)
class Budget:
    """How much is tried: `examples` for each operation in the phases after the fixed ones."""

    examples: int
    phases: str = "examples,coverage,fuzzing,stateful"


def fuzz(folder: Path, who: str, budget: Budget, seed: int = SEED) -> Run:
    """Start a server on a store of its own and send it what schemathesis makes up."""
    database = folder / f"{WHO.index(who)}.db"
    account, secret = _prepared(database, TOKENS.get(who))
    configuration, report = database.with_suffix(".toml"), database.with_suffix(".ndjson")
    configuration.write_text(_configuration(database, account, nobody=who == NOBODY))
    with serving(database) as server:
        command = [
            SCHEMATHESIS, "--config-file", str(configuration), "run", f"{server.url}/openapi.json",
            "--checks", "all", "--continue-on-failure", "--max-examples", str(budget.examples),
            "--phases", budget.phases, "--seed", str(seed), "--generation-database", "none", "--no-color",
            "--report", "ndjson", "--report-ndjson-path", str(report), "--warnings", "off",
        ]  # fmt: skip
        if secret is not None:
            command += ["--header", f"Authorization: Bearer {secret}"]
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(database),
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        log = server.log.read_text()
    statuses, operations = _answered(report)
    bugs = statuses[500] or '"level":"error"' in log
    failed = done.returncode != 0 or bool(bugs)
    text = done.stdout + done.stderr
    return Run(
        who, failed, statuses.total(), statuses, operations, text if secret is None else text.replace(secret, "…")
    )


def _prepared(database: Path, options: tuple[str, ...] | None) -> tuple[str, str | None]:
    """The account, with something in it to be found, and the token."""
    for number in range(3):
        event = (
            "--type",
            "custom",
            "--name",
            f"event {number}",
            "--bucket-sid",
            "checkout",
            "--environment-sid",
            "prod01",
        )
        run_milepost(database, "events", "create", *event)
    account = json.loads(run_milepost(database, "accounts", "list", "--json"))[0]["sid"]
    _token(database, ("--kind", "mcp"))
    return account, None if options is None else _token(database, options)["token"]


def _token(database: Path, options: tuple[str, ...]) -> dict[str, Any]:
    return json.loads(run_milepost(database, "tokens", "create", "--name", "fuzz", *options, "--json"))


def _configuration(database: Path, account: str, *, nobody: bool) -> str:
    events = json.loads(run_milepost(database, "events", "list", "--json"))
    tokens = json.loads(run_milepost(database, "tokens", "list", "--json"))
    # The token that asks isn't among them: revoking it would end the run with 401s.
    others = [token["sid"] for token in tokens if token["kind"] == "mcp" and token["scopes"] == ["events:read"]]
    return CONFIGURATION.format(
        account=account,
        events=_listed(record["sid"] for record in events["records"]),
        tokens=_listed(others),
        allowed=_listed(UNKNOWN if nobody else SIGNED_IN),
        refused=_listed(REFUSED),
    )


def _listed(values: Any) -> str:
    return ", ".join(json.dumps(value) for value in values)


def _answered(report: Path) -> tuple[Counter[int], frozenset[str]]:
    """How often each status came, and of which operations."""
    statuses: Counter[int] = Counter()
    operations: set[str] = set()
    for scenario in _scenarios(report):
        recorder = scenario.get("recorder") or {}
        cases = recorder.get("cases", {})
        for case, interaction in recorder.get("interactions", {}).items():
            if response := interaction.get("response"):
                statuses[response["status_code"]] += 1
            if case in cases:
                operations.add(f"{cases[case]['value']['method']} {cases[case]['value']['path']}")
    return statuses, frozenset(operations)


def _scenarios(report: Path) -> Iterator[dict[str, Any]]:
    with report.open(encoding="utf-8") as lines:
        for line in lines:
            event: dict[str, Any] = json.loads(line)
            if "ScenarioFinished" in event:
                yield event["ScenarioFinished"]


def main() -> int:
    """Go on with further seeds until there were enough requests."""
    parser = argparse.ArgumentParser(description="Throw requests at a server, by every kind of token and by none.")
    parser.add_argument("--requests", type=int, default=10_000, help="how many at least, over all tokens")
    parser.add_argument("--examples", type=int, default=50, help="how many for each operation and token in one go")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    requests, failed = 0, False
    seed = asked.seed
    while requests < asked.requests and not failed:
        for who in WHO:
            with tempfile.TemporaryDirectory() as folder:
                run = fuzz(Path(folder), who, Budget(asked.examples), seed)
            print(run.summary, flush=True)
            if run.failed:
                print(run.report, flush=True)
            requests += run.requests
            failed |= run.failed
        seed += 1
    print(f"{requests:,} requests, {'FAILED' if failed else 'no failure'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
