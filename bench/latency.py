"""How long does an assistant wait for `list_events`?

25 of 100,000 events against a tool of the same SDK that does nothing, over stdio and over HTTP; 100 events against mcp-grafana's
`get_annotations` with the same 100. Calls are taken in turn, so that a busy moment of the machine hits both.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.support.database import fill
from bench.support.events import deploys
from bench.support.figures import p50, percentile, show
from bench.support.grafana_api import grafana_api
from bench.support.peers import NO_OP, grafana, milepost, no_op
from bench.support.stdio import Spawned
from bench.support.streamable_http import Connection
from tests.end_to_end.support.process import create_token, free_port, serving, started

EVENTS = 100_000
PAGE = 25
SAME = 100
CALLS = 400
WARM_UP = 40
NO_OP_TARGET = 3.0
GRAFANA_TARGET = 1.0

Call = Callable[[], float]


def in_turn(ours: Call, theirs: Call) -> tuple[list[float], list[float]]:
    """Milliseconds of `CALLS` calls of each."""
    for _ in range(WARM_UP):
        ours()
        theirs()
    pairs = [(ours() * 1000, theirs() * 1000) for _ in range(CALLS)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def compare(what: str, ours: Call, theirs: Call, target: float | None) -> bool:
    mine, other = in_turn(ours, theirs)
    kept = show(f"{what}, p50", p50(mine), p50(other), "ms", target=target)
    show(f"{what}, p99", percentile(mine, 0.99), percentile(other, 0.99), "ms")
    return kept


def over_stdio(database: Path) -> bool:
    with Spawned(milepost(database)) as ours, Spawned(no_op()) as bare:
        return compare(
            f"stdio: list_events, {PAGE} of {EVENTS:,}, against a no-op tool",
            lambda: ours.call_seconds("list_events", {"limit": PAGE}),
            lambda: bare.call_seconds("no_op", {}),
            NO_OP_TARGET,
        )


def over_http(folder: Path, database: Path) -> bool:
    bare_port = free_port()
    token = create_token(database, "--scope", "events:read")
    command = [sys.executable, str(NO_OP), str(bare_port)]
    with serving(database) as server, started(command, os.environ, bare_port, folder / "no-op.log"):
        ours, bare = Connection(server.port, token), Connection(bare_port)
        return compare(
            f"HTTP: list_events, {PAGE} of {EVENTS:,}, against a no-op tool",
            lambda: ours.call_seconds("list_events", {"limit": PAGE}),
            lambda: bare.call_seconds("no_op", {}),
            None,
        )


def against_grafana(folder: Path) -> bool:
    same = list(deploys(SAME))
    fill(folder / "same.db", same)
    with grafana_api(same) as url, Spawned(milepost(folder / "same.db")) as ours, Spawned(grafana(url)) as peer:
        return compare(
            f"stdio: list_events, {SAME} events, against get_annotations",
            lambda: ours.call_seconds("list_events", {"limit": SAME}),
            lambda: peer.call_seconds("get_annotations", {"limit": SAME}),
            GRAFANA_TARGET,
        )


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = folder / "many.db"
        fill(database, list(deploys(EVENTS)))
        kept = [over_stdio(database), over_http(folder, database), against_grafana(folder)]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
