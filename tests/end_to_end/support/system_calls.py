"""Reads what strace wrote, in the order in which things happened."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STRACE = (
    "strace",
    "-D",
    "-f",
    "-y",
    "-s",
    "262144",
    "-e",
    "trace=pwrite64,write,writev,sendto,sendmsg,fdatasync,fsync",
)
"""Every call that reaches the disk or a socket, of every thread, whole, with the path behind each descriptor.

With -D the process that is started is the watched one, so that a signal reaches it and not strace.
"""
END_SECONDS = 20.0
POLL_SECONDS = 0.02

SYNCS = ("fdatasync", "fsync")
SENDS = ("write", "writev", "sendto", "sendmsg")

LINE = re.compile(r"^(?P<thread>\d+) +(?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<call>\w+)\()(?P<rest>.*)$")
DESCRIPTOR = re.compile(r"^\d+<(?P<path>.*?)>[,)]? ?")


@dataclass
class SystemCall:
    """`began` and `ended` are line numbers; a call of another thread can lie in between."""

    name: str
    path: str
    text: str
    began: int
    ended: int


def wait_for_end(trace: Path, process: int) -> None:
    """Wait until strace, which runs by itself, has written that `process` is gone: that is its last line."""
    last = f"{process} +++ exited with".encode()
    deadline = time.monotonic() + END_SECONDS
    while last not in re.sub(rb" +", b" ", trace.read_bytes()[-200:]):
        assert time.monotonic() < deadline, f"strace did not finish {trace}"
        time.sleep(POLL_SECONDS)


def system_calls(trace: Path) -> Iterator[SystemCall]:
    """Each finished call, with the two halves of one that strace had to write in two put together."""
    unfinished: dict[str, SystemCall] = {}
    with trace.open(encoding="ascii", errors="replace") as lines:
        for number, line in enumerate(lines):
            found = LINE.match(line)
            if found is None:
                continue
            if found["resumed"]:
                call = unfinished.pop(found["thread"], None)
                if call is not None:
                    call.ended = number
                    yield call
                continue
            rest = found["rest"]
            descriptor = DESCRIPTOR.match(rest)
            call = SystemCall(found["call"], descriptor["path"] if descriptor else "", rest, number, number)
            if rest.endswith("<unfinished ...>"):
                unfinished[found["thread"]] = call
            else:
                yield call
