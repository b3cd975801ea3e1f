"""How long until an assistant can talk to `milepost mcp`, and what does it keep in memory?

Against a bare server of the same SDK, which is what can't be saved, and against mcp-grafana, which is written in Go. Pairs are taken in turn, so
that a busy moment of the machine hits both.
"""

import sys
import tempfile
from pathlib import Path

from bench.support.figures import p50, show
from bench.support.grafana_api import grafana_api
from bench.support.peers import Program, grafana, milepost, no_op
from bench.support.stdio import Spawned

PAIRS = 25
START_TARGET = 1.15
MEMORY_TARGET = 1.15


def measure(program: Program) -> tuple[float, float]:
    """Milliseconds from spawn to the answer to `initialize`, and MiB resident after the tools were listed."""
    with Spawned(program) as server:
        server.request("tools/list", {})
        return server.start_seconds * 1000, server.resident_mib()


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, grafana_api([]) as url:
        programs = (milepost(Path(folder) / "bench.db"), no_op(), grafana(url))
        for program in programs:
            measure(program)  # fills the caches of files and byte code, and makes the database
        rounds = [[measure(program) for program in programs] for _ in range(PAIRS)]
    ours, bare, peer = zip(*rounds, strict=True)
    kept = show(
        "start-up against a no-op MCPServer, median",
        p50([t for t, _ in ours]),
        p50([t for t, _ in bare]),
        "ms",
        target=START_TARGET,
    )
    kept &= show(
        "resident memory against a no-op MCPServer",
        p50([m for _, m in ours]),
        p50([m for _, m in bare]),
        "MiB",
        target=MEMORY_TARGET,
    )
    show("start-up against mcp-grafana", p50([t for t, _ in ours]), p50([t for t, _ in peer]), "ms")
    show("resident memory against mcp-grafana", p50([m for _, m in ours]), p50([m for _, m in peer]), "MiB")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
