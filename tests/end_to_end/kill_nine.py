"""Is what was acknowledged still there after kill -9? Run with: python -m tests.end_to_end.kill_nine --runs 100

Each run starts a server on a fresh database, lets 32 writers create events over HTTP, kills it without warning at a random moment, starts it
again, and has every writer repeat the create that got no answer. Then every acknowledged event is there, no event is there twice, and
SQLite finds its file in order.
"""

import argparse
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import anyio

from tests.end_to_end.support.door import door
from tests.end_to_end.support.process import START_SECONDS, create_token, serving
from tests.end_to_end.support.writers import Promises, write_all

WRITERS = 32
LONGEST_SECONDS = 1.5
LOG_CHARACTERS = 4_000
"""What is shown of the server's log when a run couldn't be brought to its end."""


@dataclass(frozen=True)
class Outcome:
    """What one run saw; `faults` is empty when every promise was kept."""

    acknowledged: int
    repeated: int
    seconds: float
    faults: list[str]


def integrity(database: Path) -> list[str]:
    connection = sqlite3.connect(database)
    try:
        return [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    finally:
        connection.close()


async def write_until_killed(database: Path, token: str, writers: int, seconds: float) -> Promises:
    promises = Promises()
    with serving(database) as server:
        async with anyio.create_task_group() as group:
            group.start_soon(write_all, server.url, token, writers, promises)
            with anyio.fail_after(START_SECONDS):
                await promises.first.wait()
            await anyio.sleep(seconds)
            server.kill()
    return promises


async def faults_after_restart(database: Path, token: str, promises: Promises) -> list[str]:
    with serving(database) as server:
        async with door(server.url, token) as through:
            for arguments in promises.open:
                record = await through.call("create_event", arguments)
                promises.kept[arguments["name"]] = record["sid"]
            found = await through.all_events()
        server.stop()
    sids = {event["name"]: event["sid"] for event in found}
    twice = [name for name, count in Counter(event["name"] for event in found).items() if count > 1]
    lost = [name for name, sid in promises.kept.items() if sids.get(name) != sid]
    return (
        [f"acknowledged and lost: {name}" for name in lost]
        + [f"there twice: {name}" for name in twice]
        + [f"integrity_check: {line}" for line in integrity(database)]
    )


async def run_once(folder: Path, writers: int, seconds: float) -> Outcome:
    """One life of a database in `folder`: start, write, kill after `seconds` of writing, start again, compare."""
    database = folder / "killed.db"
    token = create_token(database)
    try:
        promises = await write_until_killed(database, token, writers, seconds)
        acknowledged = len(promises.kept)
        faults = await faults_after_restart(database, token, promises)
    except Exception as error:
        error.add_note(database.with_suffix(".log").read_text()[-LOG_CHARACTERS:])
        raise
    return Outcome(acknowledged, len(promises.open), seconds, faults)


def run_many(runs: int, writers: int, seed: int) -> int:
    """Print a line a run; returns the number of runs with a fault."""
    moments, broken, total = random.Random(seed), 0, 0
    for number in range(1, runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            outcome = anyio.run(run_once, Path(folder), writers, moments.uniform(0, LONGEST_SECONDS))
        total += outcome.acknowledged
        broken += bool(outcome.faults)
        print(
            f"run {number}: killed after {outcome.seconds:.2f} s, {outcome.acknowledged} acknowledged,"
            f" {outcome.repeated} repeated, {'; '.join(outcome.faults[:5]) or 'all there, none twice'}",
            flush=True,
        )
    print(f"{runs - broken} passed, {broken} failed")
    print(f"{total} acknowledged events in {runs} runs (seed {seed})")
    return broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--writers", type=int, default=WRITERS)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    chosen = parser.parse_args()
    return min(run_many(chosen.runs, chosen.writers, chosen.seed), 1)


if __name__ == "__main__":
    sys.exit(main())
