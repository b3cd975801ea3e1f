"""How long does a page of 25 take, warm, at the store's port, and how does that grow from 10k to 1M events?

For every filter, for the pairs that people use, and for values that are rare, absent or exclude each other; each from
many places of the timeline. `python -m bench.queries 10000 100000` takes other sizes, `--folder DIR` keeps the
databases there and uses them again.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench.support.events import NEWEST
from bench.support.figures import p50, percentile
from bench.support.timeline import BUSY, PERIOD, fill
from milepost.domain.event import EventType, Severity
from milepost.domain.instant import DAY, HOUR, MINUTE, Instant
from milepost.domain.ports import EventReader
from milepost.domain.query import EventQuery, Position
from milepost.domain.scope import Restriction
from milepost.domain.tags import TagFilter, parse_tag_filter
from milepost.stores.sqlite.store import SqliteStore

SIZES = (10_000, 100_000, 1_000_000)
MOMENTS = 200
TRIES = 3
MOST_RATIO = 3.0
MOST_P99_MS = 10.0
MOST_TEXT_P99_MS = 50.0
# Below this a ratio tells more about the thread hop than about the query.
FLOOR_MS = 0.5


@dataclass(frozen=True)
class Case:
    """A question: the query's filters at some moment of the timeline."""

    name: str
    at: Callable[[int], EventQuery]
    text: bool = False
    held: bool = True
    """Whether the targets hold for it; the others are told all the same."""


def filters(name: str, query: EventQuery, *, text: bool = False) -> Case:
    """A case whose pages begin at any moment."""
    return Case(name, lambda moment: replace(query, after=Position(Instant(moment), "")), text)


def window(name: str, length: int, query: EventQuery, *, text: bool = False, held: bool = True) -> Case:
    """A case that asks for a window of that length before any moment, its first page."""
    return Case(name, lambda moment: replace(query, start=Instant(moment - length), end=Instant(moment)), text, held)


def tag(*written: str) -> tuple[TagFilter, ...]:
    return tuple(parse_tag_filter(one, "tag") for one in written)


def buckets(first: int, count: int) -> Restriction:
    return Restriction(buckets=frozenset(f"bkt_{rank:03}" for rank in range(first, first + count)))


BUCKET = {"busy": "bkt_001", "middling": "bkt_060", "rare": "bkt_590", "absent": "bkt_none"}
DEPLOYMENT, SCALE, INCIDENT = (
    frozenset({kind}) for kind in (EventType.DEPLOYMENT, EventType.SCALE, EventType.INCIDENT)
)
E = EventQuery

CASES = (
    filters("no filter", E()),
    filters("type, common", E(types=DEPLOYMENT)),
    filters("type, 2 %", E(types=SCALE)),
    filters("types, two", E(types=SCALE | INCIDENT)),
    window("window, 10 minutes", 10 * MINUTE, E()),
    window("window, a day", DAY, E()),
    window("window, 90 days", 90 * DAY, E()),
    filters("bucket, busy", E(bucket_sid=BUCKET["busy"])),
    filters("bucket, middling", E(bucket_sid=BUCKET["middling"])),
    filters("bucket, rare", E(bucket_sid=BUCKET["rare"])),
    filters("bucket, absent", E(bucket_sid=BUCKET["absent"])),
    filters("environment, common", E(environment_sid="env_prod")),
    filters("environment, 0.3 %", E(environment_sid="env_dr")),
    filters("ongoing", E(ongoing=True)),
    filters("not ongoing", E(ongoing=False)),
    filters("source, common", E(source="github_actions")),
    filters("source, 0.2 %", E(source="manual")),
    filters("source, a few events", E(source="rare_source")),
    filters("source, absent", E(source="none")),
    filters("severity, common", E(severities=frozenset({Severity.INFORMATION}))),
    filters("severity, 0.5 %", E(severities=frozenset({Severity.FATAL}))),
    filters("severity, three", E(severities=frozenset({Severity.FATAL, Severity.ERROR, Severity.WARNING}))),
    filters("checkId", E(check_id=7_042)),
    filters("dedupKey", E(dedup_key="github:run:5003")),
    filters("includeTag key", E(include_tags=tag("Region"))),
    filters("includeTag key~value", E(include_tags=tag("Team~team-20"))),
    filters("includeTag ~value", E(include_tags=tag("~Dev"))),
    filters("includeTag, or", E(include_tags=tag("Team~team-30;team-31", "Region~ap"))),
    filters("includeTag, and", E(include_tags=tag("Team~team-5", "Environment~Dev", "Region"), include_all_tags=True)),
    filters("includeTag, a few events", E(include_tags=tag("Audit"))),
    filters("includeTag, never together", E(include_tags=tag("Environment~Prod", "Environment~Dev"), include_all_tags=True)),
    filters("excludeTag", E(exclude_tags=tag("Environment~Prod"))),
    filters("excludeTag, all but 0.2 %", E(exclude_tags=tag("Environment"), source="manual")),
    filters("type + bucket", E(types=DEPLOYMENT, bucket_sid=BUCKET["busy"])),
    filters("type 2 % + bucket, middling", E(types=SCALE, bucket_sid=BUCKET["middling"])),
    filters("type + bucket, rare", E(types=DEPLOYMENT, bucket_sid=BUCKET["rare"])),
    window("bucket + environment + day", DAY, E(bucket_sid=BUCKET["busy"], environment_sid="env_prod")),
    window("bucket + environment + 90 days", 90 * DAY, E(bucket_sid=BUCKET["middling"], environment_sid="env_qa")),
    window("window, 10 minutes + ongoing", 10 * MINUTE, E(ongoing=True)),
    window("window, a day + ongoing", DAY, E(ongoing=True)),
    window("window, an hour + not ongoing", HOUR, E(ongoing=False)),
    filters("token of 100 buckets, busy", E(reach=buckets(0, 100))),
    filters("token of 100 buckets, rare", E(reach=buckets(500, 100))),
    filters("token of 100 buckets + type 2 %", E(reach=buckets(500, 100), types=SCALE)),
    filters("token of 100 buckets + source, few", E(reach=buckets(500, 100), source="rare_source")),
    window("token of 100 buckets + window, an hour", HOUR, E(reach=buckets(0, 100))),
    window("token of 100 rare buckets + an hour", HOUR, E(reach=buckets(500, 100)), held=False),
    filters("token of 100 buckets + environment", E(reach=buckets(100, 100), environment_sid="env_qa")),
    filters("message, common", E(message="checkout"), text=True),
    filters("message, rare", E(message="quokka"), text=True),
    filters("message, absent", E(message="platypus"), text=True),
    filters("message, rare, common trigrams", E(message="t catal"), text=True),
    filters("message + type 2 %", E(message="ledger", types=SCALE), text=True),
    window("message of two characters, a day", DAY, E(message="v1"), text=True),
)  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """What one case took at one size, in milliseconds, and how full its pages were."""

    p50: float
    p99: float
    full: float


async def measure(events: EventReader, case: Case, moments: list[int]) -> Figures:
    """Ask from every moment; what a question takes is the best of some warm tries, the rest being the machine's noise."""
    times: list[float] = []
    full = 0
    for moment in moments:
        query = case.at(moment)
        full += (await events.find(BUSY, query)).has_more
        times.append(min([await ask(events, query) for _ in range(TRIES)]))
    return Figures(p50(times), percentile(times, 0.99), full / len(times))


async def ask(events: EventReader, query: EventQuery) -> float:
    """Milliseconds until the page is there."""
    began = time.perf_counter()
    await events.find(BUSY, query)
    return (time.perf_counter() - began) * 1e3


async def measure_all(path: Path, size: int, only: str, *, filled: bool) -> dict[str, Figures]:
    if not filled:
        print(f"filling {path.name} …", file=sys.stderr, flush=True)
    store = SqliteStore(path) if filled else await fill(path, size)
    try:
        return await ask_all(store.events, size, only)
    finally:
        store.close()


async def ask_all(events: EventReader, size: int, only: str) -> dict[str, Figures]:
    """Every case whose name holds `only`, from the same moments."""
    chance = random.Random(1)
    moments = [NEWEST - int(PERIOD * 0.7 * chance.random()) for _ in range(MOMENTS)]
    found: dict[str, Figures] = {}
    for case in CASES:
        if only in case.name:
            print(f"\r{size:>10,} {case.name:<40}", end="", file=sys.stderr, flush=True)
            found[case.name] = await measure(events, case, moments)
    return found


def report(found: dict[int, dict[str, Figures]], only: str) -> Iterator[str]:
    """The table, a line a case; then what missed its target."""
    small, large = min(found), max(found)
    missed: list[str] = []
    yield f"{'milliseconds':<40}" + "".join(f"{f'{size:,}':>10} p50  p99  full" for size in found) + "   ratio"
    for case in CASES:
        if only not in case.name:
            continue
        figures = [found[size][case.name] for size in found]
        low, high = found[small][case.name], found[large][case.name]
        ratio = high.p50 / low.p50
        limit = MOST_TEXT_P99_MS if case.text else MOST_P99_MS
        if case.held and high.p99 > limit:
            missed.append(f"{case.name}: p99 {high.p99:.1f} ms > {limit:g}")
        if case.held and low.full == high.full == 1 and ratio > MOST_RATIO and high.p50 > FLOOR_MS:
            missed.append(f"{case.name}: {ratio:.1f} times slower than at {small:,}")
        cells = "".join(f"{one.p50:>14.2f} {one.p99:>5.1f} {one.full:>4.0%}" for one in figures)
        yield f"{case.name:<40}{cells} {ratio:>7.1f}"
    yield f"\nTargets at {large:,}: p99 ≤ {MOST_P99_MS:g} ms ({MOST_TEXT_P99_MS:g} for substrings), full pages ≤ {MOST_RATIO:g} × p50 at {small:,}."
    yield from (f"MISSED {line}" for line in missed)
    yield "kept" if not missed else f"{len(missed)} missed"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--folder", type=Path, help="keep the databases here and use them again")
    parser.add_argument("--only", default="", help="only cases whose name holds this")
    chosen = parser.parse_args()
    found: dict[int, dict[str, Figures]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for size in chosen.sizes:
            path = (chosen.folder or Path(scratch)) / f"timeline_{size}.db"
            found[size] = asyncio.run(measure_all(path, size, chosen.only, filled=path.exists()))
    print(file=sys.stderr)
    lines = list(report(found, chosen.only))
    print("\n".join(lines))
    return 0 if lines[-1] == "kept" else 1


if __name__ == "__main__":
    sys.exit(main())
