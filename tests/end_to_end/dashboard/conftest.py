"""Somebody who has signed in to a shop by its link."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser

from tests.end_to_end.dashboard.visitor import Visitor, visiting
from tests.end_to_end.support.shop import Shop


@pytest.fixture
def visitor(browser: Browser, shop: Shop) -> Generator[Visitor]:
    with visiting(browser, shop.url) as arrived:
        arrived.sign_in(shop.sign_in_url)
        yield arrived
