"""What was acknowledged survives kill -9 over PostgreSQL too, of either process: a short edition of `kill_nine.py --backend postgres`."""

import random
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.end_to_end.kill_nine import LONGEST_SECONDS, WRITERS, run_once, run_over_killed_database
from tests.postgres_server import PostgresServer, running_server

RUNS = 2


@pytest.fixture(scope="module")
def durable() -> Generator[PostgresServer]:
    """A PostgreSQL that waits for its disk."""
    with running_server(durable=True) as server:
        yield server


@pytest.mark.parametrize("run", range(RUNS))
async def test_every_acknowledged_event_survives_the_end_of_milepost(run: int, tmp_path: Path, durable: PostgresServer):
    outcome = await run_once(tmp_path, WRITERS, random.uniform(0, LONGEST_SECONDS), durable.migrated_database())
    assert outcome.faults == []
    assert outcome.acknowledged > 0


@pytest.mark.parametrize("run", range(RUNS))
async def test_every_acknowledged_event_survives_the_end_of_postgresql_and_milepost_goes_on(
    run: int, tmp_path: Path, durable: PostgresServer
):
    outcome = await run_over_killed_database(tmp_path, WRITERS, random.uniform(0, LONGEST_SECONDS), durable)
    assert outcome.faults == []
    assert outcome.acknowledged > 0
    assert outcome.repeated > 0
