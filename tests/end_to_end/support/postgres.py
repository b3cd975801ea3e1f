"""Ending a PostgreSQL as a power cut would."""

import os
import select
import signal
from pathlib import Path

from tests.postgres_server import PostgresServer

END_SECONDS = 10.0


def kill(server: PostgresServer) -> None:
    """End it with all its processes; none of their handlers runs. Its disk is as it is."""
    kill_all_of(server._data)


def kill_all_of(data: Path) -> None:
    """The same for whichever server runs on that folder."""
    file = data / "postmaster.pid"
    number, _, _, port, sockets, *_ = file.read_text().splitlines()
    postmaster = int(number)
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    for process in (postmaster, *map(int, children)):
        _kill(process)
    for process in (postmaster, *map(int, children)):
        _wait_for_end(process)
    # After a power cut there is no process of that number; here there may be what is left of one, which nobody waits for.
    for locked in (file, Path(sockets, f".s.PGSQL.{port}.lock"), Path(sockets, f".s.PGSQL.{port}")):
        locked.unlink(missing_ok=True)


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def _wait_for_end(process: int) -> None:
    """It is nobody's child here, so its end shows only in what stands for it."""
    try:
        found = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        select.select([found], [], [], END_SECONDS)
    finally:
        os.close(found)
