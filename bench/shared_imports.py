"""How many events a second does `milepost import` take into PostgreSQL, against bare COPY of the same rows into the same tables?

The rows are those of a database that was filled by an import, table by table, in COPY's binary form and in memory: the bare
side decodes, checks, seats and gathers nothing, it only sends. Constraints and indexes are the same, and all wait for the
disk. Ours is what the store does with decoded entries, one batch after the other; for comparison, the whole command is
measured too, which starts, reads and decodes an export file. They take turns, each into a database of its own.

More events, by an argument: python -m bench.shared_imports 1000000
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.support.figures import p50, show
from bench.support.timeline import pour
from milepost.cli.batches import batches
from milepost.domain.archive import ArchiveEntry
from milepost.stores.postgres.connection import complete
from milepost.stores.postgres.store import PostgresStore
from milepost.wire.export_line import export_line, heading
from tests.postgres_server import PostgresServer, running_server

EVENTS = 200_000
ROUNDS = 3
LEAST_RATIO = 0.4
PIECE_BYTES = 1024 * 1024
MILEPOST = Path(sys.executable).with_name("milepost")

TABLES = ("account", "source", "tag_number", "chunk", "event", "event_text", "posting", "notice")
COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum"

Rows = dict[str, bytes]
"""What COPY takes, by the table and columns that it is told."""


async def prepare(url: str, file: Path, events: int) -> None:
    """Fill a database, and write an export of it."""
    async with await PostgresStore.open(url) as store:
        await pour(store.archive, events)
        with file.open("wb") as out:
            out.write(heading())
            async for entry in store.archive.entries(None):
                out.write(export_line(entry))


def rows_of(url: str) -> Rows:
    """Every row that an import writes."""
    rows: Rows = {}
    with psycopg.connect(url) as connection:
        for table in TABLES:
            columns = ", ".join(row[0] for row in connection.execute(COLUMNS, (table,)))
            target = f"{table} ({columns})"
            with connection.cursor().copy(f"COPY {target} TO STDOUT (FORMAT binary)".encode()) as out:
                rows[target] = b"".join(map(bytes, out))
    return rows


def copy_bare(url: str, rows: Rows) -> None:
    """One COPY a table."""
    with psycopg.connect(complete(url), autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0")
        for target, content in rows.items():
            with connection.cursor().copy(f"COPY {target} FROM STDIN (FORMAT binary)".encode()) as copy:
                for start in range(0, len(content), PIECE_BYTES):
                    copy.write(content[start : start + PIECE_BYTES])


async def decoded(file: Path) -> list[list[ArchiveEntry]]:
    """What the file holds, in the batches that the command makes of it."""
    with file.open("rb") as source:
        return [batch.entries async for batch in batches(source)]


def load(url: str, entries: list[list[ArchiveEntry]]) -> None:
    """One batch after the other."""

    async def run() -> None:
        async with await PostgresStore.open(url) as store:
            for batch in entries:
                await store.archive.load(batch)

    asyncio.run(run())


def run_command(url: str, file: Path) -> None:
    """The whole command, its start included."""
    subprocess.run([MILEPOST, "import", str(file), "--backend", url], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def fresh_database(server: PostgresServer, events: int) -> Generator[str]:
    """An empty one, with nothing of the one before left to be written; has to hold the events afterwards."""
    url = server.migrated_database()
    server.execute("CHECKPOINT")
    yield url
    with psycopg.connect(url) as connection:
        [[found]] = connection.execute("SELECT count(*) FROM event JOIN event_text USING (account_id, sid)").fetchall()
    assert found == events
    server.drop(url)


def rates(server: PostgresServer, file: Path, rows: Rows, events: int) -> dict[str, list[float]]:
    """Events a second of each side, by round."""
    entries = asyncio.run(decoded(file))
    sides: dict[str, Callable[[str], None]] = {
        "command": lambda url: run_command(url, file),
        "load": lambda url: load(url, entries),
        "bare": lambda url: copy_bare(url, rows),
    }
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            with fresh_database(server, events) as url:
                began = time.perf_counter()
                side(url)
                found[name].append(events / (time.perf_counter() - began))
    return found


def main(events: int) -> int:
    with running_server(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        file, url = Path(folder) / "export.jsonl", server.migrated_database()
        asyncio.run(prepare(url, file, events))
        rows = rows_of(url)
        server.drop(url)
        found = {name: p50(some) for name, some in rates(server, file, rows, events).items()}
    show(f"{events:,} events loaded a second, by the store / bare COPY", found["load"], found["bare"], "/s")
    show("events imported a second, by the whole command / bare COPY", found["command"], found["bare"], "/s")
    kept = found["load"] / found["bare"] >= LEAST_RATIO
    print(f"target ≥ {LEAST_RATIO:g} of the first: {'kept' if kept else 'MISSED'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else EVENTS))
