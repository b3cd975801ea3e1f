"""Everything moves from SQLite to PostgreSQL and back: a short edition of `moving.py`."""

from pathlib import Path

import anyio
import anyio.to_thread

from tests.end_to_end.moving import there_and_back
from tests.postgres_server import shared_server

EVENTS = 4_000


async def test_an_export_is_the_same_from_sqlite_from_postgresql_and_from_sqlite_again(tmp_path: Path):
    database = shared_server().empty_database()
    legs = await anyio.to_thread.run_sync(there_and_back, tmp_path, EVENTS, database)
    shared_server().drop(database)

    assert legs[0].lines > EVENTS
    assert {leg.lines for leg in legs} == {legs[0].lines}
    assert {leg.digest for leg in legs} == {legs[0].digest}
