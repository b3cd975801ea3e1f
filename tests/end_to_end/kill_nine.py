"""Is what was acknowledged still there after kill -9? Run with: python -m tests.end_to_end.kill_nine --runs 100

Each run starts a server on a fresh database, lets 32 writers create events over HTTP, kills it without warning at a random moment, starts it
again, and has every writer repeat the create that got no answer. Then every acknowledged event is there, no event is there twice, and
SQLite finds its file in order.

With `--backend postgres` the same over a PostgreSQL that waits for its disk; with `--victim database`, too, it is PostgreSQL that is killed, and Milepost
that goes on when it is back.
"""

import argparse
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import anyio

from tests.end_to_end.support.door import door
from tests.end_to_end.support.postgres import kill
from tests.end_to_end.support.process import START_SECONDS, Store, create_token, serving
from tests.end_to_end.support.writers import Promises, write_all, write_stubbornly
from tests.postgres_server import PostgresServer, running_server

WRITERS = 32
LONGEST_SECONDS = 1.5
LOG_CHARACTERS = 4_000
"""What is shown of the server's log when a run couldn't be brought to its end."""
BACK_SECONDS = 60.0
"""How long it may take until events are written again after PostgreSQL came back."""
AFTERWARDS = 3
"""How many events each writer is to have written by then."""


@dataclass(frozen=True)
class Outcome:
    """What one run saw; `faults` is empty when every promise was kept."""

    acknowledged: int
    repeated: int
    seconds: float
    faults: list[str]


def integrity(store: Store) -> list[str]:
    """What SQLite finds wrong with its file; PostgreSQL's own recovery has done its part by then."""
    if isinstance(store, str):
        return []
    connection = sqlite3.connect(store)
    try:
        return [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    finally:
        connection.close()


async def write_until_killed(store: Store, log: Path, token: str, writers: int, seconds: float) -> Promises:
    promises = Promises()
    with serving(store, log=log) as server:
        async with anyio.create_task_group() as group:
            group.start_soon(write_all, server.url, token, writers, promises)
            with anyio.fail_after(START_SECONDS):
                await promises.first.wait()
            await anyio.sleep(seconds)
            server.kill()
    return promises


async def faults_after_restart(store: Store, log: Path, token: str, promises: Promises) -> list[str]:
    with serving(store, log=log) as server:
        async with door(server.url, token) as through:
            for arguments in promises.open:
                record = await through.call("create_event", arguments)
                promises.kept[arguments["name"]] = record["sid"]
        faults = await faults_of(server.url, token, promises)
        server.stop()
    return faults + [f"integrity_check: {line}" for line in integrity(store)]


async def faults_of(url: str, token: str, promises: Promises) -> list[str]:
    """Acknowledged events that aren't there, and any that are there twice."""
    async with door(url, token) as through:
        found = await through.all_events()
    sids = {event["name"]: event["sid"] for event in found}
    twice = [name for name, count in Counter(event["name"] for event in found).items() if count > 1]
    lost = [name for name, sid in promises.kept.items() if sids.get(name) != sid]
    return [f"acknowledged and lost: {name}" for name in lost] + [f"there twice: {name}" for name in twice]


async def run_once(folder: Path, writers: int, seconds: float, store: Store | None = None) -> Outcome:
    """One life of a database in `folder`, or of `store`: start, write, kill after `seconds` of writing, start again, compare."""
    store, log = folder / "killed.db" if store is None else store, folder / "killed.log"
    token = create_token(store)
    try:
        promises = await write_until_killed(store, log, token, writers, seconds)
        acknowledged = len(promises.kept)
        faults = await faults_after_restart(store, log, token, promises)
    except Exception as error:
        error.add_note(log.read_text()[-LOG_CHARACTERS:])
        raise
    return Outcome(acknowledged, len(promises.open), seconds, faults)


async def run_over_killed_database(folder: Path, writers: int, seconds: float, postgres: PostgresServer) -> Outcome:
    """PostgreSQL is killed after `seconds` of writing and started again; Milepost and its writers go on by themselves."""
    store, promises, acknowledged = postgres.migrated_database(), Promises(), 0
    token = create_token(store)
    with serving(store, log=folder / "milepost.log") as server:
        async with anyio.create_task_group() as group:
            for number in range(writers):
                group.start_soon(write_stubbornly, server.url, token, f"writer-{number}", promises)
            with anyio.fail_after(START_SECONDS):
                await promises.first.wait()
            await anyio.sleep(seconds)
            await anyio.to_thread.run_sync(kill, postgres)
            acknowledged = len(promises.kept)
            await anyio.to_thread.run_sync(postgres.start)
            async with anyio.create_task_group() as going_on:
                for number in range(writers):
                    going_on.start_soon(_write_afterwards, server.url, token, number, promises)
            group.cancel_scope.cancel()
        faults = await faults_of(server.url, token, promises)
    return Outcome(acknowledged, len(promises.open), seconds, faults)


async def _write_afterwards(url: str, token: str, number: int, promises: Promises) -> None:
    with anyio.fail_after(BACK_SECONDS):
        await write_stubbornly(url, token, f"afterwards-{number}", promises, count=AFTERWARDS)


def run_many(runs: int, writers: int, seed: int, postgres: PostgresServer | None, *, database_dies: bool) -> int:
    """Print a line a run; returns the number of runs with a fault."""
    moments, broken, total = random.Random(seed), 0, 0
    for number in range(1, runs + 1):
        seconds = moments.uniform(0, LONGEST_SECONDS)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if postgres is not None and database_dies:
                outcome = anyio.run(run_over_killed_database, folder, writers, seconds, postgres)
            else:
                store = postgres.migrated_database() if postgres else None
                outcome = anyio.run(run_once, folder, writers, seconds, store)
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
    parser.add_argument("--backend", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--victim", choices=("milepost", "database"), default="milepost")
    chosen = parser.parse_args()
    if chosen.victim == "database" and chosen.backend == "sqlite":
        parser.error("SQLite is no process of its own: it dies with Milepost")
    with ExitStack() as stack:
        postgres = stack.enter_context(running_server(durable=True)) if chosen.backend == "postgres" else None
        database_dies = chosen.victim == "database"
        return min(run_many(chosen.runs, chosen.writers, chosen.seed, postgres, database_dies=database_dies), 1)


if __name__ == "__main__":
    sys.exit(main())
