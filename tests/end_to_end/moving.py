"""Does everything move from SQLite to PostgreSQL and back? Run with: python -m tests.end_to_end.moving --events 1000000

A SQLite file is filled with events, some of them changed, deleted, restored and purged, with tokens, places and numbered tags in two accounts. It is
exported, imported into PostgreSQL, exported there, imported into a new SQLite file and exported once more. The three exports are the same, byte for byte.
"""

import argparse
import hashlib
import random
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio

from milepost.domain.account import Account, Place, PlaceKind
from milepost.domain.archive import ArchivedEvent
from milepost.domain.event import Check, Event, EventType, Provenance, Severity
from milepost.domain.history import PurgeSelection
from milepost.domain.instant import Instant
from milepost.domain.scope import EVERYWHERE, Scope
from milepost.domain.token import Token, TokenKind
from milepost.stores.sqlite.store import SqliteStore
from tests.end_to_end.support.process import Store, run_milepost
from tests.postgres_server import running_server

ACCOUNTS = ("acc_first", "acc_second")
BY = Provenance("rest", "pipeline", "curl/8")
BATCH = 2_000
TOUCHED_EVERY = 7
"""One event in so many is changed, deleted, restored or purged."""
NEWEST = 1_750_000_000_000
MINUTE = 60_000
LONGEST_SECONDS = 3_600.0


@dataclass(frozen=True)
class Leg:
    """One way: how long out and in took, and what came out."""

    name: str
    seconds: float
    digest: str
    lines: int


def made_up(number: int) -> Event:
    """One of a few kinds; together they have something in every field."""
    chance = random.Random(number)
    moment = Instant(NEWEST - chance.randrange(10_000_000) * MINUTE // 10 + chance.randrange(3))
    return Event(
        sid=f"evt_{number:027}",
        account_sid=ACCOUNTS[number % 5 == 0],
        type=chance.choice(list(EventType)),
        name=f'Release {number} of ÉCOLE\\ "{chance.randrange(99)}"',
        description=None if number % 3 else f"line one\nline two\t{number} 😀 \x1b[31m",
        source=chance.choice(["github_actions", "jenkins", None]),
        metadata={"z": number, "a": [1.5, None, {"ö": 2**63 - 1}], "commit": f"{chance.getrandbits(160):040x}"},
        scope=chance.choice([Scope(), Scope((f"bkt_{number % 50}",), ("prod", "dev")), Scope(EVERYWHERE, ("qa",))]),
        started_at=moment,
        ended_at=None if number % 2 else Instant(moment + chance.randrange(10**8)),
        severity=chance.choice([*Severity, None]),
        tags={"team": (f"t{number % 90}", "b"), f"key{number % 400}": ("v",)} if number % 4 else {},
        check=Check(number, "symbol", None) if number % 10 == 0 else None,
        dedup_key=f"run:{number}" if number % 2 else None,
        created_at=Instant(moment + 5),
        created_by=BY,
    )


async def fill(file: Path, events: int) -> None:
    store = SqliteStore(file)
    try:
        for sid in ACCOUNTS:
            await store.accounts.add_account(Account(sid, f"name of {sid}", Instant(1)))
            token = Token(
                sid=f"tok_{sid}", account_sid=sid, kind=TokenKind.API, name="n", hint="h", created_at=Instant(2)
            )
            await store.tokens.add_token(token, sid.encode().ljust(32))
            for kind in PlaceKind:
                labels = {"service": "Ä", "a": "b"}
                await store.places.add_place(
                    Place(sid=f"{kind}_1", account_sid=sid, kind=kind, name="one", labels=labels, created_at=Instant(3))
                )
        for start in range(0, events, BATCH):
            numbers = range(start, min(start + BATCH, events))
            await store.archive.load(ArchivedEvent(made_up(number)) for number in numbers)
        for number in range(0, min(events, 20_000), TOUCHED_EVERY):
            await _touch(store, made_up(number), number // TOUCHED_EVERY % 4)
        await store.history.purge(PurgeSelection(account_sid=ACCOUNTS[0], event_sid=made_up(1).sid), lambda _: None)
    finally:
        store.close()


async def _touch(store: SqliteStore, event: Event, times: int) -> None:
    """Change it, then delete it, then bring it back: as many of these as `times`."""

    def bump(found: Event, **fields: Any) -> Event:
        return replace(found, version=found.version + 1, updated_at=Instant(NEWEST + 9), **fields)

    steps = [
        lambda: store.events.change(event.account_sid, event.sid, lambda found: bump(found, name="changed"), BY),
        lambda: store.events.delete(event.account_sid, event.sid, lambda _: None, BY, Instant(NEWEST + 10)),
        lambda: store.history.restore(event.account_sid, event.sid, bump, BY),
    ]
    for step in steps[:times]:
        await step()


def move(source: Store, target: Store | None, file: Path, name: str) -> Leg:
    """Export `source` into `file` and import that into `target`."""
    began = time.monotonic()
    run_milepost(source, "export", str(file), timeout_seconds=LONGEST_SECONDS)
    if target is not None:
        run_milepost(target, "import", str(file), timeout_seconds=LONGEST_SECONDS)
    written = file.read_bytes()
    return Leg(name, time.monotonic() - began, hashlib.sha256(written).hexdigest(), written.count(b"\n"))


def there_and_back(folder: Path, events: int, database: str) -> list[Leg]:
    """The three exports on the way from SQLite over an empty PostgreSQL database to SQLite."""
    first, last = folder / "first.db", folder / "last.db"
    anyio.run(fill, first, events)
    return [
        move(first, database, folder / "1.jsonl", "SQLite to PostgreSQL"),
        move(database, last, folder / "2.jsonl", "PostgreSQL to SQLite"),
        move(last, None, folder / "3.jsonl", "SQLite out"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    events = parser.parse_args().events
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        legs = there_and_back(Path(folder), events, server.empty_database())
    for leg in legs:
        print(f"{leg.name}: {leg.lines:,} lines in {leg.seconds:.1f} s, sha256 {leg.digest[:16]}…", flush=True)
    same = len({leg.digest for leg in legs}) == 1
    print("the same three times" if same else "NOT the same")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
