"""What was acknowledged survives kill -9: a short edition of `kill_nine.py`."""

import random
from pathlib import Path

import pytest

from tests.end_to_end.kill_nine import LONGEST_SECONDS, WRITERS, run_once

RUNS = 10


@pytest.mark.parametrize("run", range(RUNS))
async def test_every_acknowledged_event_survives_kill_nine_and_none_is_there_twice(run: int, tmp_path: Path):
    outcome = await run_once(tmp_path, WRITERS, random.uniform(0, LONGEST_SECONDS))

    assert outcome.faults == []
    assert outcome.acknowledged > 0
