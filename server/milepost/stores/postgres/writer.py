"""The writers of events: what arrives together is written in one transaction and answered after its COMMIT.

Each account belongs to one lane, a thread with a connection of its own, since the account's lock would let no two write
at once anyway; a lane that is held up keeps the accounts of the others going. Items work on a workspace in memory,
where one that fails takes nothing with it; the database hears of all of them at once. Where that fails for a reason that
passes, before the COMMIT, the group is tried again; where a failed COMMIT leaves in doubt what happened, every waiter is
told so.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from zlib import crc32

import psycopg

from milepost.domain.errors import Unavailable
from milepost.stores.postgres.connections import Connections, commit, passes
from milepost.stores.postgres.faults import is_fault, unavailable
from milepost.stores.postgres.flush import flush
from milepost.stores.postgres.workspace import Workspace

T = TypeVar("T")
Item = Callable[[Workspace], T]

LANES = 2
MOST_IN_GROUP = 256
"""Items that one transaction may hold."""
MOST_WAITING = 10_000
"""Items that may wait for a lane; more are turned away."""
TRIES = 3
LONGEST_WAIT_SECONDS = 15.0
"""An item that waited for longer is turned away when its turn comes."""


@dataclass(slots=True)
class _Job(Generic[T]):
    item: Item[T]
    account_sid: str
    event_sid: str
    dedup_key: str | None
    answer: asyncio.Future[T]
    loop: asyncio.AbstractEventLoop
    since: float
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
    """All lanes of this process."""

    def __init__(self, connections: Connections, most_in_group: int = MOST_IN_GROUP) -> None:
        self._lanes = [_Lane(connections, most_in_group, f"milepost-writer-{number}") for number in range(LANES)]

    async def write(self, account_sid: str, event_sid: str, item: Item[T], dedup_key: str | None = None) -> T:
        """Run `item` on the account's events and answer once what it did is committed; raises what the item raises.

        `event_sid` and `dedup_key` are what it is going to look for. It may be run more than once.
        """
        loop = asyncio.get_running_loop()
        job = _Job(item, account_sid, event_sid, dedup_key, loop.create_future(), loop, time.monotonic())
        lane = self._lanes[crc32(account_sid.encode()) % len(self._lanes)]
        return await lane.queue(job)

    def close(self) -> None:
        """Finish what waits, then end the threads and close the connections."""
        for lane in self._lanes:
            lane.close()


class _Lane:
    def __init__(self, connections: Connections, most_in_group: int, name: str) -> None:
        self._connections = connections
        self._most_in_group = most_in_group
        self._name = name
        self._jobs: deque[_Job[Any]] = deque()
        self._wake = threading.Condition()
        self._refusal: str | None = None
        self._connection: psycopg.Connection | None = None
        self._thread: threading.Thread | None = None

    def queue(self, job: _Job[T]) -> asyncio.Future[T]:
        with self._wake:
            if self._refusal is not None:
                raise Unavailable(self._refusal)
            if len(self._jobs) >= MOST_WAITING:
                raise Unavailable(f"more than {MOST_WAITING:,} writes are waiting")
            self._jobs.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._wake.notify()
        return job.answer

    def close(self) -> None:
        with self._wake:
            self._refusal = self._refusal or "the event store is closing"
            self._wake.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        try:
            while jobs := self._take():
                self._serve(jobs)
        finally:
            self._end()

    def _take(self) -> list[_Job[Any]]:
        """The next group; empty at the end."""
        with self._wake:
            while not self._jobs and self._refusal is None:
                self._wake.wait()
            return [self._jobs.popleft() for _ in range(min(len(self._jobs), self._most_in_group))]

    def _serve(self, jobs: list[_Job[Any]]) -> None:
        try:
            wanted = [job for job in jobs if self._still_wanted(job)]
            if wanted:
                self._write(wanted)
        except BaseException as error:  # noqa: BLE001 - whatever it is, every waiter hears of it
            for job in jobs:
                job.error = job.error or error
        _deliver(jobs)

    def _still_wanted(self, job: _Job[Any]) -> bool:
        if time.monotonic() - job.since > LONGEST_WAIT_SECONDS:
            job.error = Unavailable("the event store is too busy: the write waited for too long")
        return job.error is None and not job.answer.cancelled()

    def _write(self, jobs: list[_Job[Any]]) -> None:
        """Write the group; where a statement of ours fails, each alone, so that one takes nothing with it."""
        try:
            self._patiently(jobs)
        except psycopg.Error:
            if len(jobs) == 1:
                raise
            for job in jobs:
                self._serve_alone(job)

    def _serve_alone(self, job: _Job[Any]) -> None:
        try:
            self._patiently([job])
        except BaseException as error:  # noqa: BLE001 - as above
            job.error = error

    def _patiently(self, jobs: list[_Job[Any]]) -> None:
        for left in reversed(range(TRIES)):
            try:
                self._transact(jobs)
            except Unavailable as error:
                if error.outcome_unknown or not left or not passes(error):
                    raise
            else:
                return

    def _transact(self, jobs: list[_Job[Any]]) -> None:
        connection = self._connected()
        try:
            work = Workspace(connection)
            with connection.pipeline():
                connection.execute(b"BEGIN")
                work.lock(job.account_sid for job in jobs)
            keys = [(job.account_sid, job.dedup_key) for job in jobs if job.dedup_key is not None]
            work.fetch([(job.account_sid, job.event_sid) for job in jobs], keys)
            for job in jobs:
                _do(job, work)
            flush(work)
        except BaseException as error:
            if not isinstance(error, psycopg.Error):
                self._go_back(connection)
                raise
            self._drop(connection)  # whatever is wrong with it, the next one may lead to a server that is well
            if is_fault(error):
                raise unavailable(error) from error
            raise
        try:
            commit(connection)
        except Unavailable:
            self._drop(connection)
            raise

    def _connected(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = self._connections.open()
        return self._connection

    def _go_back(self, connection: psycopg.Connection) -> None:
        """Only a rollback that succeeds leaves a connection that is sure to have no transaction open."""
        try:
            connection.execute(b"ROLLBACK")
        except psycopg.Error:
            self._drop(connection)

    def _drop(self, connection: psycopg.Connection) -> None:
        with suppress(psycopg.Error):
            connection.close()
        self._connection = None

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
        if self._connection is not None:
            self._drop(self._connection)


def _do(job: _Job[Any], work: Workspace) -> None:
    job.error = job.result = None
    try:
        job.result = job.item(work)
    except psycopg.Error:
        raise
    except Exception as error:  # noqa: BLE001 - it is this item's answer
        job.error = error


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
