"""A process that writes to a database: `python writing_process.py PATH FIRST COUNT`; prints each sid once acknowledged."""

import sys
from pathlib import Path

import anyio

from milepost.stores.sqlite.store import SqliteStore
from tests.stores.sqlite_rooms import make

WRITERS = 8


async def main(path: Path, first: int, count: int) -> None:
    store = SqliteStore(path)

    async def write(own: range) -> None:
        for number in own:
            created = await store.events.create(
                make(number, tags={"Team": (f"t{number % 9}",)}, source=f"s{number % 5}")
            )
            sys.stdout.write(f"{created.event.sid}\n")

    try:
        async with anyio.create_task_group() as group:
            for writer in range(WRITERS):
                group.start_soon(write, range(first + writer, first + count, WRITERS))
    finally:
        store.close()


if __name__ == "__main__":
    anyio.run(main, Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
