"""Reads what strace wrote, in the order in which things happened."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STRACE = ("strace", "-f", "-y", "-s", "262144", "-e", "trace=pwrite64,write,writev,sendto,sendmsg,fdatasync,fsync")
"""Every call that reaches the disk or a socket, of every thread, whole, with the path behind each descriptor."""

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
