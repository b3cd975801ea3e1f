"""How many creates a second does PostgreSQL acknowledge from 32 writers, in groups, against bare psycopg with one commit each?

The bare side writes the same rows into the same tables by one statement an event, on 32 connections of its own; it checks
nothing. A second bare side, for comparison, writes the event and its text only, by which no event would be found. All
wait for the disk; they take turns, so that a noisy machine is noisy for all.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count, islice

import psycopg

from bench.support.figures import p50, percentile, show
from bench.support.timeline import BUSY, Timeline
from milepost.domain.archive import ArchivedEvent
from milepost.domain.event import Event
from milepost.stores.postgres.bits import SLOTS
from milepost.stores.postgres.connection import complete
from milepost.stores.postgres.hashed_terms import hashed
from milepost.stores.postgres.store import PostgresStore
from milepost.stores.timeline.folded import folded_texts
from milepost.stores.timeline.record import encode_event
from milepost.stores.timeline.terms import terms_of
from tests.postgres_server import running_server

WRITERS = 32
HELD = 20_000
PREPARED = 120_000
ROUNDS = 5
ROUND_SECONDS = 2.0
LEAST_RATIO = 1.5
BATCH = 2_000

EVENT = "INSERT INTO event (account_id, sid, started_at, ended_at, dedup_key, record) VALUES (1, %s, %s, %s, %s, %s)"
TEXT = "INSERT INTO event_text VALUES (1, %s, %s, %s, %s)"
EVENT_ONLY = f"WITH kept AS ({EVENT}) {TEXT}"
POSTING = (
    "INSERT INTO posting (term, chunk, bits) SELECT term, %s, set_bit(B'0'::bit(1024), %s, 1)"
    " FROM unnest(%b::bytea[]) AS given (term) ON CONFLICT (term, chunk) DO UPDATE"
    " SET bits = posting.bits::bit(1024) | excluded.bits::bit(1024)"
)
NOTICE = "INSERT INTO notice VALUES (1, %s, 'created', %s, '[]')"
ALL_ROWS = f"WITH kept AS ({EVENT}), told AS ({NOTICE}), words AS ({TEXT}) {POSTING}"

Create = Callable[[int, Event], Awaitable[None]]


@dataclass
class Side:
    """One way of writing: what it acknowledged in each round, and how long each create took."""

    name: str
    create: Create
    events: Iterator[Event]
    rates: list[float] = field(default_factory=list[float])
    seconds: list[float] = field(default_factory=list[float])

    async def round(self) -> None:
        """Let all writers write for a while."""
        before, began = len(self.seconds), time.perf_counter()
        deadline = began + ROUND_SECONDS
        await asyncio.gather(*(self._write(writer, deadline) for writer in range(WRITERS)))
        self.rates.append((len(self.seconds) - before) / (time.perf_counter() - began))

    async def _write(self, writer: int, deadline: float) -> None:
        while (began := time.perf_counter()) < deadline:
            await self.create(writer, next(self.events))
            self.seconds.append(time.perf_counter() - began)


async def filled(url: str) -> PostgresStore:
    """A store that holds events already."""
    store, timeline = await PostgresStore.open(url), Timeline(1_000_000)
    await store.archive.load(timeline.accounts())
    events = (replace(event, account_sid=BUSY) for event in islice(timeline.events(), HELD))
    while batch := list(islice(events, BATCH)):
        await store.archive.load(map(ArchivedEvent, batch))
    return store


def fresh_events() -> Iterator[Event]:
    """Events beyond those that are held, all in one account."""
    events = list(islice(Timeline(1_000_000).events(), HELD, HELD + PREPARED))
    return (replace(event, account_sid=BUSY, dedup_key=f"bench:{event.sid}") for event in events)


def event_only(connections: list[psycopg.AsyncConnection]) -> Create:
    """One INSERT and one commit an event."""

    async def create(writer: int, event: Event) -> None:
        await connections[writer].execute(EVENT_ONLY, (*_row(event), *_words(event)))

    return create


def all_rows(connections: list[psycopg.AsyncConnection]) -> Create:
    """The same with all that an event is found and heard of by."""
    numbers = count(HELD)

    async def create(writer: int, event: Event) -> None:
        number = next(numbers)
        terms = sorted(hashed(1, term) for term in terms_of(event))
        told = (number + 1_000_000, event.sid)
        seat = (number // SLOTS, number % SLOTS)
        await connections[writer].execute(ALL_ROWS, (*_row(event), *told, *_words(event), *seat, terms))

    return create


def _row(event: Event) -> tuple[object, ...]:
    return (event.sid, event.started_at, event.ended_at, event.dedup_key, encode_event(event))


def _words(event: Event) -> tuple[object, ...]:
    return (event.sid, *folded_texts(event), event.started_at)


async def connect(url: str) -> list[psycopg.AsyncConnection]:
    return [await psycopg.AsyncConnection.connect(complete(url), autocommit=True) for _ in range(WRITERS)]


async def main() -> int:
    with running_server(durable=True) as server:
        urls = [server.migrated_database() for _ in range(3)]
        store, *others = [await filled(url) for url in urls]
        for other in others:
            await other.close()
        bare, barest = [await connect(url) for url in urls[1:]]

        async def create(_: int, event: Event) -> None:
            await store.events.create(event)

        sides = [
            Side("groups", create, fresh_events()),
            Side("bare, one each", all_rows(bare), fresh_events()),
            Side("bare, event only", event_only(barest), fresh_events()),
        ]
        for _ in range(ROUNDS):
            for one in sides:
                await one.round()
        await store.close()
        for connection in (*bare, *barest):
            await connection.close()
    return report(*sides)


def report(groups: Side, bare: Side, barest: Side) -> int:
    for one in (groups, bare, barest):
        milliseconds = [seconds * 1e3 for seconds in one.seconds]
        print(f"{one.name:<18} p50 {p50(milliseconds):7.2f} ms   p99 {percentile(milliseconds, 0.99):7.2f} ms")
    ratio = p50(groups.rates) / p50(bare.rates)
    show("creates a second, in groups / bare, the same rows, one each", p50(groups.rates), p50(bare.rates), "/s")
    show("creates a second, in groups / bare, event and text only", p50(groups.rates), p50(barest.rates), "/s")
    print(f"target ≥ {LEAST_RATIO:g} of the first: {'kept' if ratio >= LEAST_RATIO else 'MISSED'}")
    return 0 if ratio >= LEAST_RATIO else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
