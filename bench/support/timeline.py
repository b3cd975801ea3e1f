"""A timeline as a busy company has it: several accounts, one with 60 % of the events, everything unevenly spread."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TypeVar

from bench.support.database import sid_of
from bench.support.events import NEWEST
from milepost.domain.account import Account
from milepost.domain.archive import ArchivedEvent, ArchiveEntry
from milepost.domain.event import Check, Event, EventType, Provenance, Severity
from milepost.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from milepost.domain.ports import Archive
from milepost.domain.scope import EVERYWHERE, Scope, SidTuple
from milepost.stores.sqlite.store import SqliteStore

T = TypeVar("T")

ACCOUNTS = {"acc_busy": 60, "acc_second": 25, "acc_third": 10, "acc_quiet": 5}
BUSY = "acc_busy"
BUCKETS = 600
BATCH = 2_000
PERIOD = 900 * DAY
"""However many events there are, they lie in the thirty months before `NEWEST`."""

TYPES = {
    EventType.DEPLOYMENT: 600,
    EventType.CONFIG_CHANGE: 200,
    EventType.CUSTOM: 120,
    EventType.INCIDENT: 60,
    EventType.SCALE: 20,
}
ENVIRONMENTS = {"env_prod": 550, "env_staging": 300, "env_dev": 120, "env_qa": 27, "env_dr": 3}
SOURCES = {"github_actions": 600, "jenkins": 200, "kubernetes": 120, "pagerduty": 60, "terraform": 18, "manual": 2}
SEVERITIES: Mapping[Severity | None, int] = {
    None: 600,
    Severity.INFORMATION: 250,
    Severity.WARNING: 100,
    Severity.ERROR: 45,
    Severity.FATAL: 5,
}
TEAMS = {f"team-{number}": 1000 // number for number in range(1, 41)}
STAGES = {"Prod": 70, "Staging": 25, "Dev": 5}
REGIONS: tuple[str, ...] = ("eu", "us", "ap")
VERBS = ("Deploy", "Roll out", "Release", "Promote")
WORDS = (
    "checkout", "payments", "search", "catalog", "gateway", "identity", "billing", "shipping", "inventory", "pricing",
    "recommendations", "notifications", "ledger", "fraud", "reports", "sessions", "media", "support", "partners", "tax",
)  # fmt: skip
RARE_EVERY = 20_000
"""One event in so many has a word, a source, a tag, … that is rare."""


class Timeline:
    """The same events every time, oldest first."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._chance = random.Random(20260728)
        self._bucket_weights = [1 / rank for rank in range(1, BUCKETS + 1)]

    def accounts(self) -> Iterator[Account]:
        for sid in ACCOUNTS:
            yield Account(sid, sid, Instant(NEWEST - PERIOD))

    def events(self) -> Iterator[Event]:
        for number in range(self._count):
            yield self._event(number)

    def _event(self, number: int) -> Event:
        chance = self._chance
        kind = self._pick(TYPES)
        started_at = Instant(NEWEST - PERIOD + PERIOD * number // self._count + chance.randrange(SECOND))
        name, description = self._text(number, kind)
        return Event(
            sid=sid_of(number),
            account_sid=self._pick(ACCOUNTS),
            type=kind,
            name=name,
            description=description,
            source="rare_source" if number % RARE_EVERY == 11 else self._pick(SOURCES),
            metadata={"commit": f"{chance.getrandbits(160):040x}", "run": number},
            scope=Scope(self._buckets(), self._environments()),
            started_at=started_at,
            ended_at=self._ended_at(kind, started_at),
            created_at=Instant(started_at + chance.randrange(5_000)),
            severity=self._pick(SEVERITIES),
            tags=self._tags(number),
            check=Check(chance.choice((7, 7, 7, 8, 9)) * 1000 + chance.randrange(200))
            if chance.random() < 0.2
            else None,
            dedup_key=f"github:run:{number}" if chance.random() < 0.5 else None,
            created_by=Provenance("rest", "pipeline", None),
        )

    def _pick(self, weights: Mapping[T, int]) -> T:
        return self._chance.choices(list(weights), list(weights.values()))[0]

    def _text(self, number: int, kind: EventType) -> tuple[str, str | None]:
        chance = self._chance
        service = chance.choice(WORDS)
        version = f"v{chance.randint(1, 9)}.{chance.randint(0, 40)}.{chance.randint(0, 9)}"
        name = (
            f"{chance.choice(VERBS)} {service} {version}"
            if kind is EventType.DEPLOYMENT
            else f"{service} {kind} {number}"
        )
        if number % RARE_EVERY == 17:
            name += " quokka"
        if chance.random() < 0.5:
            return name, None
        return name, f"Commit {chance.getrandbits(28):07x}: {' '.join(chance.choices(WORDS, k=chance.randint(4, 20)))}"

    def _buckets(self) -> SidTuple:
        if self._chance.random() < 0.1:
            return EVERYWHERE
        count = self._chance.choice((1, 1, 1, 1, 2, 3))
        ranks = self._chance.choices(range(BUCKETS), self._bucket_weights, k=count)
        return tuple(dict.fromkeys(f"bkt_{rank:03}" for rank in ranks))

    def _environments(self) -> SidTuple:
        return EVERYWHERE if self._chance.random() < 0.1 else (self._pick(ENVIRONMENTS),)

    def _ended_at(self, kind: EventType, started_at: int) -> Instant | None:
        chance = self._chance
        if kind is EventType.INCIDENT and chance.random() < 0.02:
            return None
        if kind is not EventType.INCIDENT and chance.random() < 0.6:
            return None
        longest = chance.choices((5 * MINUTE, HOUR, 12 * HOUR, 5 * DAY, 60 * DAY), (60, 25, 10, 4, 1))[0]
        return Instant(started_at + chance.randint(1, longest))

    def _tags(self, number: int) -> dict[str, tuple[str, ...]] | None:
        chance = self._chance
        if chance.random() < 0.3:
            return None
        tags: dict[str, tuple[str, ...]] = {
            "Environment": (self._pick(STAGES),),
            "Team": (self._pick(TEAMS),),
        }
        if chance.random() < 0.05:
            tags["Region"] = tuple(dict.fromkeys(chance.choices(REGIONS, k=2)))
        if number % RARE_EVERY == 13:
            tags["Audit"] = ("soc2",)
        return tags


async def pour(archive: Archive, count: int) -> None:
    """Put `count` events into an empty store."""
    timeline = Timeline(count)
    await archive.load(timeline.accounts())
    entries: Iterator[ArchiveEntry] = (ArchivedEvent(event) for event in timeline.events())
    while batch := list(islice(entries, BATCH)):
        await archive.load(batch)


async def fill(path: Path, count: int) -> SqliteStore:
    """A store at `path` with `count` events."""
    store = SqliteStore(path)
    await pour(store.archive, count)
    return store
