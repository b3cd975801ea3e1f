"""The connections of this process: a bounded number, opened when needed, dropped when they fail.

Why not psycopg's own pool: while a database is away it keeps everybody waiting for a connection and then says only that
none came; here the one who asks finds out at once, and why. A failed connection is replaced by the next one that asks,
without a pause that grows, so a fail-over costs no longer than it takes.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar

import psycopg
from psycopg import pq

from milepost.domain.errors import Unavailable
from milepost.stores.postgres.connection import connect
from milepost.stores.postgres.faults import is_fault, is_lock_timeout, is_transient, sqlstate, unavailable, unfinished

T = TypeVar("T")
Look = Callable[[psycopg.Connection], T]

MOST_CONNECTIONS = 8
"""For reading and for what is written rarely; each writer of events and the feed has one of its own besides."""
MOST_WAITING = 10_000
"""Those who may wait for a connection; more are turned away."""
LONGEST_WAIT_SECONDS = 10.0
"""How long a connection is waited for."""
LONGEST_IDLE_SECONDS = 1.0
"""A connection that lay idle for longer is tried before it is used."""
READ_TRIES = 3
WRITE_TRIES = 3

_GIVEN_UP = ("08", "25006", "53", "57P", "58", "XX")
"""After such failures a connection is closed: it is lost, or leads to a server that is no good any more."""
_BEGIN_READ = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class _OutOfReach(Unavailable):
    """No connection could be made; trying again at once would only make whoever asks wait longer."""


class Connections:
    """Runs functions on connections in a few threads."""

    def __init__(self, conninfo: str, most: int = MOST_CONNECTIONS) -> None:
        self.conninfo = conninfo
        self._idle: list[tuple[psycopg.Connection, float]] = []
        self._lock = threading.Lock()
        self._free = asyncio.Semaphore(most)
        self._waiting = 0
        self._closed = False
        self._threads = ThreadPoolExecutor(most, "milepost-postgres")

    async def read(self, look: Look[T]) -> T:
        """What `look` finds, all of it as of one moment; raises `Unavailable`. Tried again where the connection failed."""
        return await self._run(lambda: self._read(look))

    async def glance(self, look: Look[T]) -> T:
        """The same for a `look` that runs one statement only, which needs no transaction around it."""
        return await self._run(lambda: self._glance(look))

    async def write(self, item: Look[T]) -> T:
        """Run `item` in a transaction of its own and answer once it is committed; raises what the item raises.

        Tried again where it certainly was rolled back.
        """
        return await self._run(lambda: self._write(item))

    async def run(self, item: Look[T]) -> T:
        """Run `item` outside of any transaction."""
        return await self._run(lambda: self._on_one(item))

    def open(self) -> psycopg.Connection:
        """A further connection, for one who closes it himself."""
        try:
            return connect(self.conninfo)
        except psycopg.Error as error:
            told = unavailable(error)
            raise _OutOfReach(str(told), told.retry_after_seconds, detail=told.detail) from error

    def close(self) -> None:
        """Wait for what is under way and close every connection."""
        self._closed = True
        self._threads.shutdown()
        while self._idle:
            self._idle.pop()[0].close()

    async def _run(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise Unavailable("the event store is closed")
        if self._waiting >= MOST_WAITING:
            raise Unavailable(f"more than {MOST_WAITING:,} requests are waiting")
        self._waiting += 1
        try:
            await self._turn()
        finally:
            self._waiting -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._free.release()

    async def _turn(self) -> None:
        try:
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise Unavailable("the event store is too busy: no connection became free in time") from None

    def _read(self, look: Look[T]) -> T:
        def snapshot(connection: psycopg.Connection) -> T:
            connection.execute(_BEGIN_READ)
            try:
                return look(connection)
            finally:
                with suppress(psycopg.Error):
                    connection.execute(b"COMMIT")

        return self._glance(snapshot)

    def _glance(self, look: Look[T]) -> T:
        return _again(lambda: self._on_one(look), READ_TRIES)

    def _write(self, item: Look[T]) -> T:
        return _again(lambda: self._on_one(lambda connection: in_transaction(connection, item)), WRITE_TRIES)

    def _on_one(self, look: Look[T]) -> T:
        with self._lease() as connection:
            try:
                return look(connection)
            except psycopg.Error as error:
                if sqlstate(error).startswith(_GIVEN_UP):
                    connection.close()
                if is_fault(error):
                    raise unavailable(error) from error
                raise

    @contextmanager
    def _lease(self) -> Generator[psycopg.Connection]:
        connection = self._take() or self.open()
        try:
            yield connection
        except BaseException:
            self._put_back(connection)
            raise
        self._put_back(connection)

    def _take(self) -> psycopg.Connection | None:
        """An idle connection that works; one that failed while it lay idle is dropped, and so are its neighbours."""
        with self._lock:
            connection, since = self._idle.pop() if self._idle else (None, 0.0)
        if connection is None or time.monotonic() - since < LONGEST_IDLE_SECONDS:
            return connection
        try:
            connection.execute(b"SELECT 1")
        except psycopg.Error:
            connection.close()
            return self._take()
        return connection

    def _put_back(self, connection: psycopg.Connection) -> None:
        if not connection.closed and connection.info.transaction_status == pq.TransactionStatus.IDLE:
            with self._lock:
                self._idle.append((connection, time.monotonic()))
        else:
            connection.close()


def in_transaction(connection: psycopg.Connection, item: Look[T]) -> T:
    """Run `item` between BEGIN and COMMIT; raises `Unavailable` where it isn't certain what a COMMIT came to."""
    connection.execute(b"BEGIN")
    try:
        result = item(connection)
    except BaseException:
        with suppress(psycopg.Error):
            connection.execute(b"ROLLBACK")
        raise
    commit(connection)
    return result


def commit(connection: psycopg.Connection) -> None:
    """COMMIT; raises `Unavailable`.

    A warning is a failure too: a server that is told to stop while it waits for its replica says so by one, and the
    write may be lost with it.
    """
    warned: list[psycopg.errors.Diagnostic] = []
    connection.add_notice_handler(warned.append)
    try:
        done = connection.execute(b"COMMIT")
    except psycopg.Error as error:
        raise unfinished(error) from error
    finally:
        connection.remove_notice_handler(warned.append)
    if warned:
        words = "the event store couldn't bring the write to its replica"
        raise Unavailable(words, outcome_unknown=True, detail=f"{words}: {warned[0].message_primary}")
    if done.statusmessage != "COMMIT":
        raise Unavailable("the event store rolled the write back")


def _again(work: Callable[[], T], tries: int) -> T:
    """Do it again where it failed for a reason that passes and nothing can have been written."""
    while True:
        tries -= 1
        try:
            return work()
        except Unavailable as error:
            if error.outcome_unknown or not tries or not passes(error):
                raise


def passes(error: Unavailable) -> bool:
    """Whether trying again at once may help; waiting for a lock, or for a server that isn't there, has been tried enough."""
    cause = error.__cause__
    if isinstance(error, _OutOfReach) or cause is None:
        return False
    return is_transient(cause) and not is_lock_timeout(cause)
