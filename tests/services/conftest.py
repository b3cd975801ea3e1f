from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.services.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[World]:
    """A world of its own for each test."""
    async with open_world(tmp_path / "milepost.db") as opened:
        yield opened
