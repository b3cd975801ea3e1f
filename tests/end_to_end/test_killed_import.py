"""An import that is killed leaves whole batches, and the next one finishes it."""

import json
import subprocess
import time
from pathlib import Path

import psycopg

from milepost.cli.batches import BATCH_LINES
from tests.end_to_end.support.process import MILEPOST, POLL_SECONDS, START_SECONDS, Store, environment, run_milepost
from tests.interfaces.command_line import event_lines
from tests.postgres_server import shared_server

BATCHES = 4


def killed(database: Store, file: Path, url: str) -> int:
    """Kill an import once it has committed something; how many events are there then."""
    with subprocess.Popen(
        [MILEPOST, "import", str(file)], env=environment(database), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + START_SECONDS
        while not _events(url) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        process.kill()
    return _events(url)


def _events(url: str) -> int:
    with psycopg.connect(url) as connection:
        [[found]] = connection.execute("SELECT count(*) FROM event").fetchall()
    return found


def test_an_import_that_was_killed_is_finished_by_the_next(tmp_path: Path):
    file, url = tmp_path / "all.jsonl", shared_server().migrated_database()
    lines = event_lines(BATCHES * BATCH_LINES)
    file.write_text("\n".join(lines))

    taken = killed(url, file, url)
    assert 0 < taken < BATCHES * BATCH_LINES
    assert (taken + 1) % BATCH_LINES == 0

    run_milepost(url, "import", str(file))
    exported = run_milepost(url, "export", "-").splitlines()
    shared_server().drop(url)
    sids = [json.loads(line)["event"]["sid"] for line in exported if line.startswith('{"event"')]
    assert sorted(sids) == sorted(f"evt_{number}" for number in range(BATCHES * BATCH_LINES))
