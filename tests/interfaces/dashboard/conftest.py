from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.interfaces.dashboard.browser import Browser, browser_of
from tests.interfaces.http_world import World, http_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[World]:
    """A server over an empty store."""
    async with http_world(tmp_path) as opened:
        yield opened


@pytest.fixture
async def browser(world: World) -> AsyncGenerator[Browser]:
    """Somebody who isn't signed in yet."""
    opened = browser_of(world)
    async with opened.client:
        yield opened
