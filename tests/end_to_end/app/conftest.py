"""A host that shows the timeline of a shop in the conversation."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser

from tests.end_to_end.app.stage import Stage, staged
from tests.end_to_end.support.shop import Shop


@pytest.fixture
def stage(browser: Browser, harness: str, shop: Shop) -> Generator[Stage]:
    with staged(browser, harness, shop) as host:
        yield host
