"""What the tests of Apica's dialect share."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.interfaces.rest.api import Api, rest_api


@pytest.fixture
async def api(tmp_path: Path) -> AsyncGenerator[Api]:
    """The whole API over an empty store; every answer is held to its document."""
    async with rest_api(tmp_path) as api:
        yield api
