from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from milepost.domain.account import Account
from milepost.domain.instant import Instant
from tests.contracts.backends import BACKENDS, Backend
from tests.contracts.samples import ACCOUNT, OTHER

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
    for sid in (ACCOUNT, OTHER):
        await empty.accounts.add_account(Account(sid, f"name of {sid}", Instant(1_000)))
    return empty
