"""How many creates and lists a second does the REST API answer at 32 connections?

A page of 25 of 1M events, and creates acknowledged from disk, against a JSON route that does nothing behind the same
layers of the same server. The three take turns, so that a busy moment of the machine hits all. Then the server's
memory after 100,000 requests against that after 1,000.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from bench.support.figures import p50
from bench.support.load import NUMBER, Done, Job, run
from bench.support.no_op_route import PATH
from bench.support.timeline import BUSY, fill
from tests.end_to_end.support.process import create_token, environment, free_port, started

EVENTS: Final = int(os.environ.get("BENCH_EVENTS", "1000000"))
ROUNDS: Final = 5
ROUND_SECONDS: Final = 2.0
FEW, MANY = 1_000, 100_000
LEAST_LISTS, LEAST_CREATES = 0.25, 0.15
LEAST_LIST_RATE, LEAST_CREATE_RATE = 1_500, 1_000
MOST_MEMORY: Final = 1.1
BODY: Final = {
    "type": "deployment",
    "name": f"Deploy checkout v{NUMBER}",
    "source": "github_actions",
    "metadata": {"commitSha": "a1b2c3d4e5f6", "run": NUMBER},
    "bucketSids": ["bkt_007"],
    "environmentSids": ["env_prod"],
    "dedupKey": f"bench:{NUMBER}",
}


@dataclass
class Route:
    """What is asked of one route, and how each round went."""

    name: str
    job: Job
    rounds: list[Done] = field(default_factory=list[Done])
    sent: int = 0

    def round(self, seconds: float = 0.0, requests: int = 0) -> Done:
        done = run(replace(self.job, seconds=seconds, requests=requests, first_number=self.sent))
        # Numbers that were taken up and not sent are left out as well.
        self.sent += done.requests + self.job.connections
        return done

    @property
    def rate(self) -> float:
        return p50([done.rate for done in self.rounds])

    @property
    def p99(self) -> float:
        return p50([done.p99_milliseconds for done in self.rounds])


def routes(port: int, token: str) -> tuple[Route, Route, Route]:
    """The one that does nothing, lists, creates."""
    no_op = Job(port=port, token=token, method="GET", path=PATH, status=200)
    events = f"/v1/accounts/{BUSY}/events"
    return (
        Route("no-op", no_op),
        Route("list 25", replace(no_op, path=f"{events}?limit=25")),
        Route("create", replace(no_op, method="POST", path=events, status=201, body=json.dumps(BODY))),
    )


def show_rate(route: Route, bare: Route, least: float, quiet: float) -> bool:
    ratio = route.rate / bare.rate
    kept = ratio >= least
    print(
        f"{route.name:<8} {route.rate:8,.0f} /s   p99 {route.p99:7.2f} ms   = {ratio:.2f} of the no-op route's   "
        f"target ≥ {least:g}: {'kept' if kept else 'MISSED'}   (on a quiet machine ≥ {quiet:,} /s)",
        flush=True,
    )
    return kept


def rates(no_op: Route, lists: Route, creates: Route) -> bool:
    for _ in range(ROUNDS):
        for route in (no_op, lists, creates):
            route.rounds.append(route.round(ROUND_SECONDS))
    print(f"{no_op.name:<8} {no_op.rate:8,.0f} /s   p99 {no_op.p99:7.2f} ms", flush=True)
    kept = show_rate(lists, no_op, LEAST_LISTS, LEAST_LIST_RATE)
    return show_rate(creates, no_op, LEAST_CREATES, LEAST_CREATE_RATE) and kept


def resident_kilobytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def memory(process: int, *asked: Route) -> bool:
    """A fresh server's, asked for each route by turns."""
    figures: list[int] = []
    done = 0
    for goal in (FEW, MANY):
        for route in asked:
            route.round(requests=(goal - done) // len(asked))
        done = goal
        figures.append(resident_kilobytes(process))
    few, many = figures
    kept = many / few <= MOST_MEMORY
    print(
        f"memory after {MANY:,} requests / after {FEW:,}: {many / 1024:,.1f} / {few / 1024:,.1f} MiB = {many / few:.2f}   "
        f"target ≤ {MOST_MEMORY:g}: {'kept' if kept else 'MISSED'}"
    )
    return kept


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "many.db"
        asyncio.run(fill(database, EVENTS)).close()
        token = create_token(database, "--account", BUSY, "--scope", "events:read", "--scope", "events:write")
        command = [sys.executable, "-m", "bench.support.no_op_route"]
        port = free_port()
        # The limit is counted, as it is where it matters, and never met.
        env = environment(database, MILEPOST_PORT=str(port), MILEPOST_RATE_LIMIT="1000000/second")
        kept: list[bool] = []
        for measure in ("rates", "memory"):
            with started(command, env, port, Path(name) / "server.log") as server:
                no_op, lists, creates = routes(port, token)
                creates.sent = len(kept) * 10_000_000
                if measure == "rates":
                    kept.append(rates(no_op, lists, creates))
                else:
                    kept.append(memory(server.process.pid, lists, creates))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
