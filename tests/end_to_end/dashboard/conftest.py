"""A shop that nobody has been to, and somebody who has signed in to it by its link."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import running_browser
from tests.end_to_end.dashboard.shop import Shop, open_shop
from tests.end_to_end.dashboard.visitor import Visitor, visiting


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """Ended with its module: while it lives, its loop runs in this thread, and no test with a loop of its own can."""
    with running_browser() as started:
        yield started


@pytest.fixture
def shop(tmp_path: Path) -> Generator[Shop]:
    with open_shop(tmp_path) as opened:
        yield opened


@pytest.fixture
def visitor(browser: Browser, shop: Shop) -> Generator[Visitor]:
    with visiting(browser, shop.url) as arrived:
        arrived.sign_in(shop.sign_in_url)
        yield arrived
