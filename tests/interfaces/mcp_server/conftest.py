"""What the tests of the MCP server share."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import cast

import pytest
from mcp import Client

from tests.interfaces.mcp_server.workshop import ERAS, Era, Workshop, open_workshop


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncGenerator[Workshop]:
    async with open_workshop(tmp_path / "workshop.db") as workshop:
        yield workshop


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> Era:
    return cast("Era", request.param)


@pytest.fixture
async def client(workshop: Workshop) -> AsyncGenerator[Client]:
    """The owner's client, in the modern era."""
    async with workshop.client() as client:
        yield client
