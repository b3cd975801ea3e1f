"""An answer leaves only when the log that holds its event is on disk.

kill -9 can't show this: the system keeps what a killed process wrote. So the calls themselves are watched.
"""

import re
from pathlib import Path

from tests.end_to_end.support.process import create_token, serving
from tests.end_to_end.support.system_calls import SENDS, STRACE, SYNCS, SystemCall, system_calls, wait_for_end
from tests.end_to_end.support.writers import Promises, write_all

WRITERS = 8
EACH = 12


def synced_between(syncs: list[SystemCall], written: int, answered: int) -> bool:
    """Whether a sync of the log began after the write of line `written` and was over before the line `answered`."""
    return any(written < sync.began and sync.ended < answered for sync in syncs)


async def traced_writes(tmp_path: Path) -> tuple[Promises, list[SystemCall]]:
    database, trace, promises = tmp_path / "watched.db", tmp_path / "trace", Promises()
    token = create_token(database)
    with serving(database, prefix=(*STRACE, "-o", str(trace))) as server:
        await write_all(server.url, token, WRITERS, promises, count=EACH)
        server.stop()
    wait_for_end(trace, server.process.pid)
    return promises, list(system_calls(trace))


async def test_every_answer_is_preceded_by_a_sync_of_the_log_that_holds_its_event(tmp_path: Path):
    promises, calls = await traced_writes(tmp_path)
    log_writes = [call for call in calls if call.name == "pwrite64" and call.path.endswith("-wal")]
    syncs = [call for call in calls if call.name in SYNCS and call.path.endswith("-wal")]
    sends = [call for call in calls if call.name in SENDS and re.match(r"(TCP|socket)", call.path)]
    assert len(promises.kept) == WRITERS * EACH

    for name, sid in promises.kept.items():
        answer = next(call.began for call in sends if sid in call.text)
        writes = [call.ended for call in log_writes if sid in call.text and call.began < answer]
        assert writes, f"{name} was answered before it was written"
        assert synced_between(syncs, min(writes), answer), f"{name} was answered before it was on disk"


def test_the_watch_itself_would_notice_a_missing_sync():
    sync = SystemCall("fdatasync", "x-wal", "", began=10, ended=12)

    assert synced_between([sync], written=9, answered=13)
    assert not synced_between([sync], written=11, answered=13)
    assert not synced_between([sync], written=9, answered=11)
    assert not synced_between([], written=9, answered=13)
