"""One browser and one build for all tests of the web side."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator

import pytest
from playwright.async_api import Browser

from tests.browser import chromium
from tests.web.built import build_harness, serving_pages


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of the built pages."""
    folder = tmp_path_factory.mktemp("harness")
    build_harness(folder)
    with serving_pages(folder) as address:
        yield address


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    async with chromium() as browser:
        yield browser
