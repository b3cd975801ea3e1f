"""How long does PostgreSQL take for what `queries.py` asks SQLite, and how does that grow from 10k to 1M events?

`python -m bench.shared_queries 10000 100000` takes other sizes, `--url postgresql://…/{size}` uses databases that are
there, one a size, and fills those that are empty. A page costs four or five ways to the database, so the sizes are
compared from there on.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Generator
from contextlib import contextmanager

import psycopg

from bench.queries import SIZES, Figures, ask_all, report
from bench.support.timeline import pour
from milepost.stores.postgres.store import PostgresStore
from tests.postgres_server import running_server


async def measure_all(url: str, size: int, only: str) -> dict[str, Figures]:
    async with await PostgresStore.open(url) as store:
        if not await store.accounts.accounts():
            print(f"filling {size:,} …", file=sys.stderr, flush=True)
            await pour(store.archive, size)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
        return await ask_all(store.events, size, only)


@contextmanager
def databases(template: str | None, sizes: list[int]) -> Generator[dict[int, str]]:
    """Where each size is."""
    if template is not None:
        yield {size: template.format(size=size) for size in sizes}
        return
    with running_server() as server:
        yield {size: server.migrated_database() for size in sizes}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--url", help="databases to use, {size} standing for the number of events")
    parser.add_argument("--only", default="", help="only cases whose name holds this")
    chosen = parser.parse_args()
    with databases(chosen.url, list(chosen.sizes)) as urls:
        found = {size: asyncio.run(measure_all(url, size, chosen.only)) for size, url in urls.items()}
    print(file=sys.stderr)
    lines = list(report(found, chosen.only))
    print("\n".join(lines))
    return 0 if lines[-1] == "kept" else 1


if __name__ == "__main__":
    sys.exit(main())
