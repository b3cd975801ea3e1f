"""Three PostgreSQL nodes that Patroni keeps together, on loopback, set up by `examples/deploy/patroni.yml`.

Neither PostgreSQL nor Patroni runs as root, so under root everything here runs as `nobody`.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from ruamel.yaml import YAML

from tests.end_to_end.support.pipelines import EXAMPLES
from tests.end_to_end.support.postgres import kill_all_of
from tests.end_to_end.support.process import free_port
from tests.postgres_server import program

NODES = 3
READY_SECONDS = 120
_POLL_SECONDS = 0.2
_PASSWORD = "made up for loopback"
_STREAMING = """
SELECT count(*) FILTER (WHERE state = 'streaming') = %s AND bool_or(sync_state IN ('sync', 'quorum'))
  FROM pg_stat_replication
"""


@dataclass
class Node:
    """One node: its PostgreSQL's port, and its Patroni."""

    name: str
    port: int
    data: Path
    patroni: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """End Patroni, then PostgreSQL with all its processes, as a power cut would."""
        self.patroni.kill()
        self.patroni.wait()
        kill_all_of(self.data)


@dataclass
class Cluster:
    """All nodes."""

    folder: Path
    nodes: list[Node] = field(default_factory=list[Node])

    @property
    def ports(self) -> list[int]:
        return [node.port for node in self.nodes]

    def url(self, user: str, database: str) -> str:
        """Where whichever node takes writes is found."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"postgresql://{user}@{hosts}/{database}?connect_timeout=2"

    def connect(self) -> "psycopg.Connection[Any]":
        """To the primary, as its superuser."""
        url = self.url("postgres", "postgres")
        return psycopg.connect(url, password=_PASSWORD, target_session_attrs="read-write", autocommit=True)

    def primary(self) -> Node:
        with self.connect() as connection:
            port = connection.info.port
        return next(node for node in self.nodes if node.port == port)

    def wait_until_in_step(self, standbys: int = NODES - 1) -> None:
        """Until so many stream, one of them being waited for by every commit. Patroni's `running` is too early."""

        def in_step() -> bool:
            with self.connect() as connection:
                [[found]] = connection.execute(_STREAMING, (standbys,)).fetchall()
                return bool(found)

        _wait(in_step, self.folder)


@contextmanager
def cluster(folder: Path) -> Generator[Cluster]:
    """Three nodes in step, stopped and forgotten afterwards; an empty database `milepost` of a user of that name."""
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
        folder.chmod(0o755)
    with ExitStack() as stack:
        etcd = free_port()
        stack.enter_context(_running("etcd", _etcd(folder, etcd), folder))
        made = Cluster(folder)
        for number in range(1, NODES + 1):
            made.nodes.append(_node(stack, folder, f"db{number}", etcd))
            if number == 1:
                _wait(lambda: made.primary() in made.nodes, folder)
        made.wait_until_in_step()
        with made.connect() as connection:
            connection.execute(f"CREATE ROLE milepost LOGIN PASSWORD '{_PASSWORD}'".encode())
            connection.execute(b"CREATE DATABASE milepost OWNER milepost")
        yield made


def environment_of_clients() -> dict[str, str]:
    """What libpq needs besides the URL."""
    return {"PGPASSWORD": _PASSWORD}


def _etcd(folder: Path, port: int) -> list[str]:
    peer, client = f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{port}"
    return [
        _found("etcd"), "--data-dir", str(folder / "etcd"), "--listen-client-urls", client, "--advertise-client-urls", client,
        "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
    ]  # fmt: skip


def _found(name: str) -> str:
    path = shutil.which(name)
    assert path is not None, f"{name} is missing: run `make test-ha`"
    return path


def _node(stack: ExitStack, folder: Path, name: str, etcd: int) -> Node:
    port, rest = free_port(), free_port()
    file = folder / f"{name}.yml"
    with file.open("w") as written:
        YAML().dump(_configuration(folder, name, port, rest, etcd), written)
    process = stack.enter_context(_running(name, [_found("patroni"), str(file)], folder))
    stack.callback(_end_postgres, folder / name)
    return Node(name, port, folder / name, process)


def _configuration(folder: Path, name: str, port: int, rest: int, etcd: int) -> dict[str, Any]:
    """The example, on loopback."""
    given: dict[str, Any] = YAML(typ="safe").load(EXAMPLES / "deploy" / "patroni.yml")
    given["name"] = name
    given["etcd3"]["hosts"] = f"127.0.0.1:{etcd}"
    given["restapi"] = {"listen": f"127.0.0.1:{rest}", "connect_address": f"127.0.0.1:{rest}"}
    given["postgresql"] |= {
        "listen": f"127.0.0.1:{port}",
        "connect_address": f"127.0.0.1:{port}",
        "data_dir": str(folder / name),
        "bin_dir": str(Path(program("postgres")).parent),
        "pgpass": str(folder / f"{name}.pgpass"),
        "parameters": {"unix_socket_directories": str(folder)},
        "pg_hba": ["local all all trust"]
        + [f"host {database} all 127.0.0.1/32 scram-sha-256" for database in ("all", "replication")],
    }
    for role in given["postgresql"]["authentication"].values():
        role["password"] = _PASSWORD
    given["watchdog"] = {"mode": "off"}
    return given


@contextmanager
def _running(name: str, command: list[str], folder: Path) -> Generator["subprocess.Popen[bytes]"]:
    root = os.geteuid() == 0
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"},
            user="nobody" if root else None,
            group="nogroup" if root else None,
            extra_groups=[] if root else None,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _end_postgres(data: Path) -> None:
    """Patroni was killed before it could; its PostgreSQL would go on."""
    file = data / "postmaster.pid"
    if file.exists():
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text().split()[0]), signal.SIGQUIT)


def _wait(condition: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            if condition():
                return
            told = "not yet"
        except psycopg.Error as error:
            told = str(error)
        if time.monotonic() > deadline:
            logs = "\n".join(f"{log.name}: {log.read_text()[-2_000:]}" for log in sorted(folder.glob("*.log")))
            raise AssertionError(f"the cluster isn't ready: {told}\n{logs}")
        time.sleep(_POLL_SECONDS)
