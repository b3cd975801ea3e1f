"""Where events are written to: what the writer's suite runs over. A further one joins by a function and a line here."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from tests.contracts.backends import Events, postgres, sqlite
from tests.contracts.per_account import PerAccount
from tests.contracts.samples import ACCOUNT, OTHER, add_accounts
from tests.upstreams.apitraffic.documented import DocumentedApi, adapter, yielding
from tests.upstreams.apitraffic.milepost_upstream import milepost_upstream


@asynccontextmanager
async def sqlite_writer(folder: Path) -> AsyncGenerator[Events]:
    async with sqlite(folder) as backend:
        await add_accounts(backend.accounts)
        yield backend.events


@asynccontextmanager
async def postgres_writer(folder: Path) -> AsyncGenerator[Events]:
    async with postgres(folder) as backend:
        await add_accounts(backend.accounts)
        yield backend.events


@asynccontextmanager
async def documented_writer(folder: Path) -> AsyncGenerator[Events]:
    answer = yielding(DocumentedApi())
    yield PerAccount({sid: adapter(answer, sid) for sid in (ACCOUNT, OTHER)})


@asynccontextmanager
async def milepost_writer(folder: Path) -> AsyncGenerator[Events]:
    async with milepost_upstream(folder) as upstream:
        yield upstream.events


WRITERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Events]]] = {
    "sqlite": sqlite_writer,
    "postgres": postgres_writer,
    "apitraffic": documented_writer,
    "apitraffic to milepost": milepost_writer,
}
