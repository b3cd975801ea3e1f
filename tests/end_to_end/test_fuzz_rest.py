"""The OpenAPI document is true: what is made from it is answered as it says, whoever asks."""

from pathlib import Path

import pytest

from milepost.app.operations import TABLES
from tests.end_to_end.fuzz_rest import NOBODY, WHO, Budget, fuzz

EVERYTHING = "api, everything"
FIXED = Budget(1, phases="examples,coverage")
"""The cases at the edges of every schema, which are the same every time."""
SMALL = Budget(1, phases="examples,fuzzing")
OPERATION_NAMES = {f"{operation.method} {operation.path}" for table in TABLES for operation in table.operations}


@pytest.mark.parametrize("who", WHO)
def test_a_running_server_answers_as_its_document_says(who: str, tmp_path: Path):
    run = fuzz(tmp_path, who, FIXED if who == EVERYTHING else SMALL)
    assert not run.failed, run.report
    assert run.operations >= OPERATION_NAMES
    if who == NOBODY:
        assert run.statuses[401] > 0
        assert not any(200 <= status < 300 for status in run.statuses)
