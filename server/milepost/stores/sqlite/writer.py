"""The writer: one thread that commits what arrives together in one transaction.

Each item has its savepoint, so that one that fails takes nothing else with it. Answers go out after the COMMIT that
holds them; where it fails, every item of the group fails.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from milepost.domain.errors import NotFound, Unavailable
from milepost.stores.sqlite.chunks import bits_or, bits_without
from milepost.stores.sqlite.connection import BUSY_SECONDS
from milepost.stores.sqlite.faults import is_busy, is_fault, unavailable
from milepost.stores.sqlite.index import Index, Noted
from milepost.stores.sqlite.lookup import find_account_id
from milepost.stores.sqlite.notices import Change, keep_notices

T = TypeVar("T")

MOST_IN_GROUP = 256
"""Items that one transaction may hold."""
MOST_WAITING = 10_000
"""Items that may wait for the writer; more are turned away."""
_PAUSE_SECONDS = 0.001
_LONGEST_PAUSE_SECONDS = 0.02


@dataclass(slots=True)
class Work:
    """What an item writes with: the connection, and lists that count only if the item succeeds."""

    connection: sqlite3.Connection
    noted: list[Noted] = field(default_factory=list["Noted"])
    changes: list[Change] = field(default_factory=list["Change"])
    terms_changed: bool = False
    """Set by an item that removed terms, whose numbers nobody may remember then."""

    def account_id(self, account_sid: str) -> int:
        """The account's number; raises `NotFound`."""
        found = find_account_id(self.connection, account_sid)
        if found is None:
            raise NotFound("account", account_sid)
        return found

    def event_account_id(self, account_sid: str, event_sid: str) -> int:
        """The number of the account in which an event is looked for; raises `NotFound` for the event."""
        found = find_account_id(self.connection, account_sid)
        if found is None:
            raise NotFound("event", event_sid)
        return found


Item = Callable[[Work], T]


@dataclass(slots=True)
class _Job(Generic[T]):
    item: Item[T]
    answer: asyncio.Future[T]
    loop: asyncio.AbstractEventLoop
    result: T | None = None
    error: BaseException | None = None

    def deliver(self) -> None:
        if self.answer.done():
            return
        if self.error is not None:
            self.answer.set_exception(self.error)
        else:
            self.answer.set_result(cast("T", self.result))


class Writer:
    """The one writer of this process. `committed` is called in its thread after each commit."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        committed: Callable[[], None],
        most_in_group: int = MOST_IN_GROUP,
    ) -> None:
        self._path = path
        self._connection = connection
        self._committed = committed
        self._most_in_group = most_in_group
        self._jobs: deque[_Job[Any]] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._aside: Callable[[Work], None] | None = None
        self._aside_at: float | None = None
        self._version = -1
        connection.execute("PRAGMA busy_timeout = 0")
        connection.create_function("bits_or", 2, bits_or, deterministic=True)
        connection.create_function("bits_without", 2, bits_without, deterministic=True)
        self._index = Index(connection)
        self._thread = threading.Thread(target=self._run, name="milepost-writer", daemon=True)
        self._thread.start()

    async def write(self, item: Item[T]) -> T:
        """Run `item` inside a transaction and answer once it is on disk; raises what the item raises."""
        loop = asyncio.get_running_loop()
        job = _Job(item, loop.create_future(), loop)
        with self._wake:
            if self._closing:
                raise Unavailable("the store is closing")
            if len(self._jobs) >= MOST_WAITING:
                raise Unavailable(f"more than {MOST_WAITING:,} writes are waiting")
            self._jobs.append(job)
            self._wake.notify()
        return await job.answer

    def write_aside(self, item: Callable[[Work], None], within_seconds: float) -> None:
        """Run `item` along with the next group, or alone after that time; nobody waits for it."""
        with self._wake:
            self._aside = item
            if self._aside_at is None:
                self._aside_at = time.monotonic() + within_seconds
                self._wake.notify()

    def close(self) -> None:
        """Finish what waits, then end the thread and close the connection."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        while (jobs := self._take()) is not None:
            aside, self._aside, self._aside_at = self._aside, None, None
            self._commit(jobs, aside)
            _deliver(jobs)
        self._connection.close()

    def _take(self) -> list[_Job[Any]] | None:
        """The next group, perhaps empty when something aside is due; None at the end."""
        with self._wake:
            while not self._jobs and not self._closing:
                pause = None if self._aside_at is None else self._aside_at - time.monotonic()
                if pause is not None and pause <= 0:
                    return []
                self._wake.wait(pause)
            if not self._jobs and self._aside is None:
                return None
            return [self._jobs.popleft() for _ in range(min(len(self._jobs), self._most_in_group))]

    def _commit(self, jobs: list[_Job[Any]], aside: Callable[[Work], None] | None) -> None:
        try:
            self._begin()
            for job in jobs:
                self._run_item(job)
            if aside is not None:
                self._run_aside(aside)
            self._index.save()
            self._connection.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - whatever it is, every waiter hears of it
            self._give_up(jobs, error)
        else:
            self._committed()

    def _begin(self) -> None:
        """Begin, waiting for other processes in short steps: SQLite's own waiting grows to 0.1 s a step."""
        deadline = time.monotonic() + BUSY_SECONDS
        pause = _PAUSE_SECONDS
        while True:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() > deadline:
                    raise
                time.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._version = version
            self._index.forget()

    def _run_item(self, job: _Job[Any]) -> None:
        if job.answer.cancelled():
            return
        work = Work(self._connection)
        self._connection.execute("SAVEPOINT item")
        try:
            job.result = job.item(work)
            keep_notices(self._connection, work.changes)
        except Exception as error:
            if is_fault(error) or not self._connection.in_transaction:
                raise
            self._connection.execute("ROLLBACK TO item")
            job.error = error
        else:
            for noted in work.noted:
                self._index.note(noted)
            if work.terms_changed:
                self._index.forget_terms()
        self._connection.execute("RELEASE item")

    def _run_aside(self, aside: Callable[[Work], None]) -> None:
        aside(Work(self._connection))

    def _give_up(self, jobs: list[_Job[Any]], error: BaseException) -> None:
        self._index.forget()
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        told = unavailable(error, str(self._path)) if isinstance(error, sqlite3.Error) else error
        for job in jobs:
            job.error = job.error or told


def _deliver(jobs: list[_Job[Any]]) -> None:
    """Answer each loop's waiters in one call into it."""
    loops: dict[asyncio.AbstractEventLoop, list[_Job[Any]]] = {}
    for job in jobs:
        loops.setdefault(job.loop, []).append(job)
    for loop, waiting in loops.items():
        try:
            loop.call_soon_threadsafe(_answer, waiting)
        except RuntimeError:
            continue  # the loop is closed: nobody waits any more


def _answer(jobs: list[_Job[Any]]) -> None:
    for job in jobs:
        job.deliver()
