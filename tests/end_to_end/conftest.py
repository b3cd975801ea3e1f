"""A browser, pages that only tests open in it, and a shop that nobody has been to."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import running_browser
from tests.end_to_end.support.harness import build_harness, serving_harness
from tests.end_to_end.support.shop import Shop, open_shop


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """Ended with its module: while it lives, its loop runs in this thread, and no test with a loop of its own can."""
    with running_browser() as started:
        yield started


@pytest.fixture(scope="session")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of the pages that only tests open."""
    folder = tmp_path_factory.mktemp("harness")
    build_harness(folder)
    with serving_harness(folder) as address:
        yield address


@pytest.fixture
def shop(tmp_path: Path) -> Generator[Shop]:
    with open_shop(tmp_path) as opened:
        yield opened
