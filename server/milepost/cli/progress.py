"""How far long work has come, on standard error while that is a terminal; nothing otherwise."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import IO, Self

import click

_BAR_COLUMNS = 30

Step = Callable[[int, int], None]
"""Told how much has been done in all, and how many bytes of the source that took since it was told last."""


class Progress:
    """A running count."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._live = sys.stderr.isatty()
        self._shown = False

    def __call__(self, count: int) -> None:
        """Show the count in place of the last one."""
        if self._live:
            print(f"\r{self._verb} {count:,} …", end="", file=sys.stderr, flush=True)
            self._shown = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Clear the line."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = False


@contextmanager
def progress_through(source: IO[bytes], verb: str) -> Generator[Step]:
    """A bar with the time that is left, the count and its rate; of a pipe, whose end nobody knows, the count alone."""
    size = _bytes_left(source)
    if size is None:
        with Progress(verb) as progress:
            yield lambda count, _: progress(count)
        return
    began = time.monotonic()
    with click.progressbar(
        length=size, label=verb, width=_BAR_COLUMNS, item_show_func=_beside, hidden=not sys.stderr.isatty(),
        file=sys.stderr,
    ) as bar:  # fmt: skip
        yield lambda count, read: bar.update(read, f"{count:,}, {count / (time.monotonic() - began):,.0f}/s")


def _beside(words: str | None) -> str | None:
    """What stands beside the bar: the words that come with each step."""
    return words


def _bytes_left(source: IO[bytes]) -> int | None:
    """Of a regular file, standard input being one too where it was redirected."""
    try:
        status = os.fstat(source.fileno())
        return status.st_size - source.tell() if stat.S_ISREG(status.st_mode) else None
    except OSError:
        return None
