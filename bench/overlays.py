"""Do several sources cost more time than one?

`list_events` over stdio with overlays that take 100 ms each for an answer: three of them against one alone, 25 events a
page, the calls taken in turn.
"""

import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench.support.figures import p50, percentile, show
from bench.support.peers import Program, milepost
from bench.support.slow_apica import slow_apica
from bench.support.stdio import Spawned

SECONDS = 0.1
SOURCES = 3
CALLS = 60
WARM_UP = 5
TARGET = 1.25


def overlaid(database: Path, addresses: list[str]) -> Program:
    """`milepost mcp` over an empty store with these laid over it."""
    program = milepost(database)
    overlays = ",".join(f"apica+{address}" for address in addresses)
    env = {**program.env, "MILEPOST_OVERLAYS": overlays, "MILEPOST_APICA_TICKET": "bench"}
    return replace(program, env=env)


def main() -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        addresses = [stack.enter_context(slow_apica(number, SECONDS)) for number in range(SOURCES)]
        several = stack.enter_context(Spawned(overlaid(folder / "several.db", addresses)))
        one = stack.enter_context(Spawned(overlaid(folder / "one.db", addresses[:1])))
        pairs = [
            (several.call_seconds("list_events", {}) * 1000, one.call_seconds("list_events", {}) * 1000)
            for _ in range(WARM_UP + CALLS)
        ][WARM_UP:]
        found = several.call("list_events", {})["structuredContent"]
    checks = {record["check"]["id"] for record in found["records"]}
    if checks != set(range(SOURCES)) or "warnings" in found:
        raise RuntimeError(f"not every source is in the page: {found}")
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    kept = show(
        f"list_events, {SOURCES} sources of {SECONDS:g} s against 1, p50", p50(ours), p50(theirs), "ms", target=TARGET
    )
    show("the same, p99", percentile(ours, 0.99), percentile(theirs, 0.99), "ms")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
