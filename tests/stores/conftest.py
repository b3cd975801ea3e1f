"""The databases that tests of the stores are handed."""

from collections.abc import Generator

import pytest

from tests.postgres_server import database


@pytest.fixture
def url() -> Generator[str]:
    """A database with our tables and nothing in them."""
    with database() as found:
        yield found
