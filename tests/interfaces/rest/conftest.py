"""What the tests of the REST API share."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.interfaces.rest.api import Api, rest_api


@pytest.fixture
async def api(tmp_path: Path) -> AsyncGenerator[Api]:
    """The API over an empty store."""
    async with rest_api(tmp_path) as api:
        yield api
