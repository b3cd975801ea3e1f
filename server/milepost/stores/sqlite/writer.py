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
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from milepost.domain.errors import NotFound, Unavailable
from milepost.stores.sqlite.chunks import add_functions
from milepost.stores.sqlite.connection import BUSY_SECONDS, connect
from milepost.stores.sqlite.faults import is_busy, is_fault, unavailable, unfinished
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
    alone: bool = False
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
        self._committed = committed
        self._most_in_group = most_in_group
        self._jobs: deque[_Job[Any]] = deque()
        self._wake = threading.Condition()
        self._refusal: str | None = None
        self._aside: Callable[[Work], None] | None = None
        self._aside_at: float | None = None
        self._use(connection)
        self._thread = threading.Thread(target=self._run, name="milepost-writer", daemon=True)
        self._thread.start()

    async def write(self, item: Item[T]) -> T:
        """Run `item` inside a transaction and answer once it is on disk; raises what the item raises."""
        loop = asyncio.get_running_loop()
        return await self._queued(_Job(item, loop.create_future(), loop))

    async def run_alone(self, statement: str) -> None:
        """Run a statement that can't stand inside a transaction (VACUUM) between two groups; the others wait for it."""
        loop = asyncio.get_running_loop()
        await self._queued(_Job(lambda _: self._patiently(statement), loop.create_future(), loop, alone=True))

    def _queued(self, job: _Job[T]) -> asyncio.Future[T]:
        with self._wake:
            if self._refusal is not None:
                raise Unavailable(self._refusal)
            if len(self._jobs) >= MOST_WAITING:
                raise Unavailable(f"more than {MOST_WAITING:,} writes are waiting")
            self._jobs.append(job)
        # Once the loop has done all that it had at hand: what came together is then committed together.
        job.loop.call_soon(self._notify)
        return job.answer

    def _notify(self) -> None:
        with self._wake:
            self._wake.notify()

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
            self._refusal = self._refusal or "the event store is closing"
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            while (jobs := self._take()) is not None:
                if jobs and jobs[0].alone:
                    self._run_alone(jobs)
                else:
                    aside, self._aside, self._aside_at = self._aside, None, None
                    self._commit(jobs, aside)
        finally:
            self._end()

    def _take(self) -> list[_Job[Any]] | None:
        """The next group, perhaps empty when something aside is due; None at the end."""
        with self._wake:
            while not self._jobs and self._refusal is None:
                pause = None if self._aside_at is None else self._aside_at - time.monotonic()
                if pause is not None and pause <= 0:
                    return []
                self._wake.wait(pause)
            if not self._jobs and self._aside is None:
                return None
            return self._next_group()

    def _next_group(self) -> list[_Job[Any]]:
        group: list[_Job[Any]] = []
        while self._jobs and len(group) < self._most_in_group and not (group and self._jobs[0].alone):
            group.append(self._jobs.popleft())
            if group[0].alone:
                break
        return group

    def _commit(self, jobs: list[_Job[Any]], aside: Callable[[Work], None] | None) -> None:
        try:
            self._begin()
            for job in jobs:
                self._run_item(job)
            if aside is not None:
                self._run_aside(aside)
            self._index.save()
        except BaseException as error:  # noqa: BLE001 - whatever it is, every waiter hears of it
            self._give_up(jobs, self._told(error))
            return
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._give_up(jobs, unfinished(error, self._path))
            return
        try:
            self._committed()
        finally:
            _deliver(jobs)

    def _run_alone(self, jobs: list[_Job[Any]]) -> None:
        try:
            self._mend()
            for job in jobs:
                job.result = job.item(Work(self._connection))
        except BaseException as error:  # noqa: BLE001 - as above
            self._give_up(jobs, self._told(error))
        else:
            _deliver(jobs)

    def _begin(self) -> None:
        self._mend()
        self._patiently("BEGIN IMMEDIATE")
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

    def _patiently(self, statement: str) -> None:
        """Run it, waiting for other processes in short steps: SQLite's own waiting grows to 0.1 s a step."""
        deadline = time.monotonic() + BUSY_SECONDS
        pause = _PAUSE_SECONDS
        while True:
            try:
                self._connection.execute(statement)
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() > deadline:
                    raise
                time.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                return

    def _told(self, error: BaseException) -> BaseException:
        return unavailable(error, self._path) if isinstance(error, sqlite3.Error) else error

    def _give_up(self, jobs: list[_Job[Any]], told: BaseException) -> None:
        """Answer first: going back may fail too, and then only a new connection is sure to have no transaction open."""
        for job in jobs:
            job.error = job.error or told
        _deliver(jobs)
        self._index.forget()
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._broken = True
            with suppress(sqlite3.Error):
                self._connection.close()

    def _mend(self) -> None:
        if self._broken:
            self._use(connect(self._path))

    def _use(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA busy_timeout = 0")
        add_functions(connection)
        self._connection = connection
        self._index = Index(connection)
        self._version = -1
        self._broken = False

    def _end(self) -> None:
        """However the thread ends, nobody goes on waiting for it."""
        with self._wake:
            if self._refusal is None:
                self._refusal = "the event store has stopped writing; start Milepost again"
            left = list(self._jobs)
            self._jobs.clear()
        for job in left:
            job.error = Unavailable(self._refusal)
        _deliver(left)
        with suppress(sqlite3.Error):
            self._connection.close()


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
