from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.contracts.backends import BACKENDS, Backend, Events
from tests.contracts.samples import add_accounts
from tests.contracts.sources import SOURCES, Source
from tests.contracts.writers import WRITERS

Opener = Callable[[Path], AbstractAsyncContextManager[Backend]]


@pytest.fixture(params=BACKENDS.values(), ids=list(BACKENDS))
def opener(request: pytest.FixtureRequest) -> Opener:
    """Opens a back end on a folder."""
    return request.param


@pytest.fixture
async def empty(opener: Opener, tmp_path: Path) -> AsyncGenerator[Backend]:
    """A back end that nobody has used yet."""
    async with opener(tmp_path) as backend:
        yield backend


@pytest.fixture
async def backend(empty: Backend) -> Backend:
    """A back end with two accounts."""
    await add_accounts(empty.accounts)
    return empty


@pytest.fixture(params=SOURCES.values(), ids=list(SOURCES))
async def source(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Source]:
    """Something that events are read from."""
    async with request.param(tmp_path) as opened:
        yield opened


@pytest.fixture(params=WRITERS.values(), ids=list(WRITERS))
async def events(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Events]:
    """Something that events are written to, and read back from."""
    async with request.param(tmp_path) as opened:
        yield opened
