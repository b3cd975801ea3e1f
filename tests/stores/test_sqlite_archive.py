"""An export goes along indexes: sorting millions of events would need as much room again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from milepost.stores.sqlite import archive
from tests.stores.sqlite_rooms import open_store

STATEMENTS = [archive._ACCOUNTS, *(statement for statement, _ in archive._DECODERS)]


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.split(" FROM ")[1].split()[0])
async def test_no_part_of_an_export_is_sorted(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "milepost.db"
    async with open_store(path):
        pass
    with closing(sqlite3.connect(path)) as connection:
        values = (1, "acc")[: statement.count("?2") + 1]
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert not [step for step in plan if "TEMP B-TREE" in step], plan
