"""How many creates a second are acknowledged from 32 writers, committed in groups, against one commit each?

Both with `synchronous=FULL`, at the store's port, on a database that holds events already; the two take turns, so that
a noisy machine is noisy for both.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.support.figures import p50, percentile, show
from bench.support.timeline import BUSY, Timeline, fill
from milepost.domain.event import Event
from milepost.stores.sqlite.store import SqliteStore
from milepost.stores.sqlite.writer import MOST_IN_GROUP

WRITERS = 32
HELD = 20_000
ROUNDS = 5
ROUND_SECONDS = 2.0
LEAST_RATIO = 2.5


@dataclass
class Side:
    """One way of committing: what it acknowledged in each round, and how long each create took."""

    name: str
    store: SqliteStore
    events: Iterator[Event]
    rates: list[float] = field(default_factory=list[float])
    seconds: list[float] = field(default_factory=list[float])

    async def round(self) -> None:
        """Let all writers write for a while."""
        before, began = len(self.seconds), time.perf_counter()
        deadline = began + ROUND_SECONDS
        await asyncio.gather(*(self._write(deadline) for _ in range(WRITERS)))
        self.rates.append((len(self.seconds) - before) / (time.perf_counter() - began))

    async def _write(self, deadline: float) -> None:
        while (began := time.perf_counter()) < deadline:
            await self.store.events.create(next(self.events))
            self.seconds.append(time.perf_counter() - began)


def fresh_events() -> Iterator[Event]:
    """Events beyond those that are held, all in one account."""
    timeline = Timeline(1_000_000)
    for number, event in enumerate(timeline.events()):
        if number >= HELD:
            yield replace(event, account_sid=BUSY, dedup_key=f"bench:{number}")


async def side(name: str, path: Path, most_in_group: int) -> Side:
    filled = await fill(path, HELD)
    filled.close()
    prepared = list(zip(range(60_000), fresh_events(), strict=False))
    return Side(name, SqliteStore(path, most_in_group=most_in_group), (event for _, event in prepared))


async def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        sides = [
            await side("group commit", Path(folder) / "group.db", MOST_IN_GROUP),
            await side("one commit each", Path(folder) / "single.db", 1),
        ]
        for _ in range(ROUNDS):
            for one in sides:
                await one.round()
        for one in sides:
            one.store.close()
    print(f"{WRITERS} writers, {ROUNDS} rounds of {ROUND_SECONDS:g} s each, {HELD:,} events held before")
    for one in sides:
        milliseconds = [seconds * 1e3 for seconds in one.seconds]
        print(f"{one.name:<16} p50 {p50(milliseconds):7.2f} ms   p99 {percentile(milliseconds, 0.99):7.2f} ms")
    group, single = sides
    ratio = p50(group.rates) / p50(single.rates)
    show("acknowledged creates a second, group commit / one each", p50(group.rates), p50(single.rates), "/s")
    print(f"target ≥ {LEAST_RATIO:g}: {'kept' if ratio >= LEAST_RATIO else 'MISSED'}")
    return 0 if ratio >= LEAST_RATIO else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
