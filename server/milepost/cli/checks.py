"""What `milepost doctor` looks at, one part at a time. None of it changes anything."""

from __future__ import annotations

import errno
import os
import platform
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from milepost.app.version import version
from milepost.cli.check import Check, State
from milepost.cli.fields import explain
from milepost.domain.errors import MilepostError, NotFound, Unauthorized, Unavailable
from milepost.domain.query import EventQuery, Missing
from milepost.settings import Settings
from milepost.settings.backends import SqliteBackend, StoreBackend, UpstreamBackend, UpstreamKind
from milepost.settings.postgres_url import PostgresBackend

LEAST_FREE_BYTES = 256 * 1024 * 1024
_PROBE_SECONDS = 2.0
_LONGEST_HEALTH = 1_024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def program_checks() -> Iterator[Check]:
    """Milepost, Python, and the SQLite that Python brought along."""
    from milepost.stores.sqlite.library import check_library, sqlite_version

    versions = f"Milepost {version()}, Python {platform.python_version()}, SQLite {sqlite_version()}"
    try:
        check_library()
    except Unavailable as error:
        yield Check(State.WRONG, "program", f"{versions}; {error}")
    else:
        yield Check(State.FINE, "program", versions)


def database_checks(backend: StoreBackend) -> Iterator[Check]:
    """The store: of a file who may read it and what is in it, of a shared database what state it is in."""
    if isinstance(backend, PostgresBackend):
        from milepost.cli.shared_checks import shared_checks

        yield from shared_checks(backend)
    elif not backend.path.exists():
        yield _future_file(backend.path)
    else:
        yield _permissions(backend.path)
        yield from _contents(backend.path)


def token_check(settings: Settings, *, reachable: bool) -> Check:
    """Whether MILEPOST_MCP_TOKEN is good; asks the database only where that is `reachable`."""
    part = "mcp token"
    if settings.mcp_token is None:
        shared = isinstance(settings.backend, PostgresBackend)
        text = "needs one over a shared database" if shared else "acts as the owner of the store"
        return Check(State.FINE, part, f"none is set; `milepost mcp` {text}")
    if not reachable or (isinstance(settings.store, SqliteBackend) and not settings.store.path.exists()):
        return Check(State.WRONG, part, "it can't be looked up: there is no sound database; mend that first")
    try:
        name = _token_name(settings, settings.mcp_token)
    except Unauthorized as error:
        return Check(State.WRONG, part, f"{error}; make one with `milepost tokens create --kind mcp --name NAME`")
    except MilepostError as error:
        return Check(State.WRONG, part, explain(error))
    return Check(State.FINE, part, f'"{name}" is good')


def upstream_checks(settings: Settings) -> Iterator[Check]:
    """Each upstream, asked once."""
    for upstream in settings.upstreams:
        part = upstream.kind.value
        try:
            missing = _ask_once(settings, upstream)
        except NotFound:
            text = f"{upstream.name} is there, but knows no such account; write its address anew"
            yield Check(State.WRONG, part, text)
        except MilepostError as error:
            yield Check(State.WRONG, part, explain(error))
        else:
            writing = upstream.kind is UpstreamKind.APITRAFFIC and upstream == settings.backend
            text = f"{upstream.name} answers{'' if writing else ', to be read only'}"
            lacking = "".join(f"; but it lacks {one.source}: {one.reason}" for one in missing)
            yield Check(State.WRONG if missing else State.FINE, part, text + lacking)


def port_check(settings: Settings) -> Check:
    """Whether `milepost serve` could serve, or does already."""
    part, where = "port", f"{settings.host} port {settings.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return _occupied(settings, where)
        return Check(
            State.WRONG, part, f"{where} can't be served on ({error.strerror}); write another --host or --port"
        )
    return Check(State.FINE, part, f"{where} is free")


def _ask_once(settings: Settings, upstream: UpstreamBackend) -> tuple[Missing, ...]:
    """For what starts from now on, which no upstream needs more than one request for; what its page lacks."""
    import anyio

    from milepost.app.backend import now
    from milepost.app.upstreams import open_source

    async def ask() -> tuple[Missing, ...]:
        async with AsyncExitStack() as stack:
            source = await open_source(stack, settings, upstream, now)
            query = EventQuery(limit=1, start=now(), starts_only=True)
            return (await source.reader.find(source.account_sid, query)).missing

    return anyio.run(ask)


def _future_file(path: Path) -> Check:
    folder = next(parent for parent in path.parents if parent.exists())
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Check(State.FINE, "database", f"{path} isn't there yet; the first command that needs it makes it")
    return Check(State.WRONG, "database", f"{path} can't be made: {folder} can't be written; change its permissions")


def _permissions(path: Path) -> Check:
    files = [path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))]
    open_ = [str(file) for file in files if file.exists() and stat.S_IMODE(file.stat().st_mode) & _OTHERS]
    if open_ and os.name == "posix":
        names = " ".join(open_)
        return Check(State.WRONG, "files", f"others may read or write {names}; run: chmod go= {names}")
    return Check(State.FINE, "files", f"{path} is yours alone")


def _contents(path: Path) -> Iterator[Check]:
    from milepost.stores.sqlite.checkup import check_up

    part = "database"
    if sys.stderr.isatty():
        print("  … reading the whole database", end="\r", file=sys.stderr, flush=True)
    try:
        found = check_up(path)
    except MilepostError as error:
        yield Check(State.WRONG, part, explain(error))
        return
    if found.schema > found.newest:
        text = f"its schema {found.schema} is newer than this program, which knows {found.newest}; update Milepost"
        yield Check(State.WRONG, part, text)
    elif found.damages:
        text = f"{path} is damaged; bring it back from a backup or an export ({'; '.join(found.damages)})"
        yield Check(State.WRONG, part, text)
    elif found.unlisted:
        missing = "1 event is" if found.unlisted == 1 else f"{found.unlisted:,} events are"
        text = f"{missing} missing from lists; export everything, and import that into a new file"
        yield Check(State.WRONG, part, text)
    else:
        older = "" if found.schema == found.newest else f", to become {found.newest} at the next start"
        text = f"it is whole and can be written; {_size(found.size)}, schema {found.schema}{older}"
        yield Check(State.FINE, part, text)
    yield _room(path, found.free)


def _room(path: Path, free: int) -> Check:
    if free < LEAST_FREE_BYTES:
        return Check(State.WRONG, "disk", f"only {_size(free)} are free beside {path}; make room")
    return Check(State.FINE, "disk", f"{_size(free)} free")


def _token_name(settings: Settings, secret: str) -> str:
    import anyio

    from milepost.app.backend import open_backend

    async def name() -> str:
        async with open_backend(settings) as back_end:
            caller = await back_end.services.tokens.authenticate(secret, "cli")
            return caller.token.name if caller.token else ""

    return anyio.run(name)


def _occupied(settings: Settings, where: str) -> Check:
    from http.client import HTTPConnection, HTTPException

    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - asked, not bound
    connection = HTTPConnection(host, settings.port, timeout=_PROBE_SECONDS)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        healthy, demo = answer.status == 200, b'"demo":true' in answer.read(_LONGEST_HEALTH)
    except (OSError, HTTPException):
        healthy = demo = False
    finally:
        connection.close()
    if healthy and demo:
        return Check(State.FINE, "port", f"{where} is served by `milepost demo`: everything there is made up")
    if healthy:
        return Check(State.FINE, "port", f"{where} is served already, and whoever serves it is well")
    return Check(State.WRONG, "port", f"{where} is taken by another program; write another --port or MILEPOST_PORT")


def _size(count: float) -> str:
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:,.0f} {unit}"
        count /= 1024
    return f"{count:,.1f} TiB"
