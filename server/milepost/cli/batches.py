"""The lines of an import in batches, each of which is written by one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO

from milepost.domain.archive import ArchiveEntry
from milepost.domain.errors import Invalid
from milepost.wire.export_line import LONGEST_LINE, parse_export_line

BATCH_LINES = 8_192
BATCH_BYTES = 4 * 1024 * 1024
"""A batch has so many lines, or so many bytes of them. Two are held in memory: one is written, the next one parsed."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines from `first` on, counted from 1, and what each holds: None for the heading and for a blank line.

    `unreadable` is the first line that can't be read, and why; then nothing of the batch may be written.
    """

    first: int
    size: int
    """In bytes."""
    lines: list[ArchiveEntry | None]
    unreadable: tuple[int, Invalid] | None = None

    @property
    def last(self) -> int:
        """The number of its last line."""
        return self.first + len(self.lines) - 1

    @property
    def entries(self) -> list[ArchiveEntry]:
        """What there is to be written."""
        return [line for line in self.lines if line is not None]

    def parts(self, most_lines: int) -> Iterator[Batch]:
        """The same in smaller batches."""
        for start in range(0, len(self.lines), most_lines):
            yield Batch(self.first + start, 0, self.lines[start : start + most_lines])


async def batches(source: IO[bytes]) -> AsyncGenerator[Batch]:
    """Each batch, while a thread parses the one after it: so the database doesn't wait for this process, nor it for the
    database. Read here, in the main thread, which Ctrl-C interrupts.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "milepost-import") as thread:
        coming: asyncio.Future[Batch] | None = None
        for first, lines in _read(source):
            following = loop.run_in_executor(thread, _parse, first, lines)
            if coming is not None:
                yield await coming
            coming = following
        if coming is not None:
            yield await coming


def _read(source: IO[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    first, size, lines = 1, 0, list[bytes]()
    # One byte more than is allowed, so that a line without an end is refused and not read whole.
    while line := source.readline(LONGEST_LINE + 2):
        lines.append(line)
        size += len(line)
        if len(lines) >= BATCH_LINES or size >= BATCH_BYTES:
            yield first, lines
            first, size, lines = first + len(lines), 0, []
    if lines:
        yield first, lines


def _parse(first: int, lines: list[bytes]) -> Batch:
    entries: list[ArchiveEntry | None] = []
    for number, line in enumerate(lines, first):
        try:
            entries.append(parse_export_line(line))
        except Invalid as error:
            return Batch(first, 0, [], (number, error))
    return Batch(first, sum(map(len, lines)), entries)
