"""Is nothing lost when the primary dies? Run with: make test-ha, or python -m tests.end_to_end.failover --runs 3

Each run makes a cluster of three PostgreSQL nodes by Patroni with synchronous replication, and a Milepost over it. 16 writers create events over
HTTP, and send again what got no answer; under that load the primary and its Patroni are killed without warning. Milepost is not started again. Then
every acknowledged event is there, none is there twice, and writing goes on; printed are the seconds in which nothing could be written.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import anyio
import httpx2

from tests.end_to_end.support.cluster import Cluster, cluster, environment_of_clients
from tests.end_to_end.support.door import door
from tests.end_to_end.support.process import Server, create_token, serving
from tests.end_to_end.support.writers import Promises, write_stubbornly

WRITERS = 16
LOAD_SECONDS = 5.0
"""How long there is load before the primary dies, and again after writing goes on."""
LONGEST_SECONDS = 120.0
"""A cluster that takes no writes for so long has failed."""
POLL_SECONDS = 0.05
READY = 200


@dataclass
class TimedPromises(Promises):
    """Remembers when each event was acknowledged, too."""

    moments: list[float] = field(default_factory=list[float])

    def acknowledge(self, name: str, sid: str) -> None:
        super().acknowledge(name, sid)
        self.moments.append(time.monotonic())


@dataclass(frozen=True)
class Outcome:
    """What one run saw; `faults` is empty when every promise was kept."""

    acknowledged: int
    repeated: int
    refused_seconds: float
    unready_seconds: float
    faults: list[str]


async def run_once(folder: Path) -> Outcome:
    with cluster(folder) as nodes:
        store = nodes.url("milepost", "milepost")
        token = create_token(store)
        with serving(store, log=folder / "milepost.log") as server:
            return await _run_over(nodes, server, token)


async def _run_over(nodes: Cluster, server: Server, token: str) -> Outcome:
    promises, unready = TimedPromises(), 0.0
    async with anyio.create_task_group() as group:
        for number in range(WRITERS):
            group.start_soon(write_stubbornly, server.url, token, f"writer-{number}", promises)
        await anyio.sleep(LOAD_SECONDS)
        await anyio.to_thread.run_sync(nodes.wait_until_in_step)
        primary = await anyio.to_thread.run_sync(nodes.primary)
        primary.kill()
        killed = time.monotonic()
        unready = await _until_ready_again(server, killed)
        with anyio.fail_after(LONGEST_SECONDS):
            while promises.moments[-1] < killed + 1:  # noqa: ASYNC110 - one second, and then an acknowledgement
                await anyio.sleep(POLL_SECONDS)
        await anyio.sleep(LOAD_SECONDS)
        group.cancel_scope.cancel()
    async with door(server.url, token) as through:
        found = await through.all_events()
    faults = _faults(promises, [(event["name"], event["sid"]) for event in found])
    return Outcome(len(promises.kept), len(promises.open), _longest_gap(promises.moments), unready, faults)


async def _until_ready_again(server: Server, killed: float) -> float:
    """How long after the kill `/readyz` says so for good."""
    last_unready = killed
    async with httpx2.AsyncClient(base_url=server.url, trust_env=False, timeout=20) as client:
        with anyio.fail_after(LONGEST_SECONDS):
            while time.monotonic() < max(last_unready, killed) + LOAD_SECONDS:
                if (await client.get("/readyz")).status_code != READY:
                    last_unready = time.monotonic()
                await anyio.sleep(POLL_SECONDS)
    return last_unready - killed


def _longest_gap(moments: list[float]) -> float:
    return max(after - before for before, after in pairwise(moments))


def _faults(promises: Promises, found: list[tuple[str, str]]) -> list[str]:
    sids = dict(found)
    twice = [name for name, count in Counter(name for name, _ in found).items() if count > 1]
    lost = [name for name, sid in promises.kept.items() if sids.get(name) != sid]
    return [f"acknowledged and lost: {name}" for name in lost] + [f"there twice: {name}" for name in twice]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1)
    broken = 0
    os.environ |= environment_of_clients()
    for number in range(1, parser.parse_args().runs + 1):
        with tempfile.TemporaryDirectory(prefix="milepost-ha-", ignore_cleanup_errors=True) as folder:
            outcome = anyio.run(run_once, Path(folder))
        broken += bool(outcome.faults)
        print(
            f"run {number}: {outcome.acknowledged} acknowledged by {WRITERS} writers, {outcome.repeated} sent again,"
            f" nothing written for {outcome.refused_seconds:.1f} s, not ready for {outcome.unready_seconds:.1f} s;"
            f" {'; '.join(outcome.faults[:5]) or 'all there, none twice'}",
            flush=True,
        )
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main())
