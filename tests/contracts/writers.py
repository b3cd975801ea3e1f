"""Where events are written to: what the writer's suite runs over. A further one joins by a function and a line here."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from tests.contracts.backends import Events, postgres, sqlite
from tests.contracts.samples import add_accounts


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


WRITERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Events]]] = {
    "sqlite": sqlite_writer,
    "postgres": postgres_writer,
}
