"""`milepost export` and `milepost import`: everything out of a store and into another, as JSON Lines."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import click

from milepost.cli.batches import Batch, batches
from milepost.cli.options import CommandWithSettings, account_option, settings_options
from milepost.cli.progress import Progress, progress_through
from milepost.cli.session import Session, in_session
from milepost.cli.terminal import note
from milepost.domain.archive import ArchiveEntry
from milepost.domain.errors import Conflict, Invalid
from milepost.domain.ports import Archive
from milepost.wire.export_line import export_line, heading

NAMED_LINES = 500
"""Where a batch conflicts, it is written by so many lines at a time, so that no more are named for the culprit."""
_PROGRESS_EVERY = 1_000
_STANDARD = "-"


@click.command(cls=CommandWithSettings)
@click.argument("file")
@account_option
@settings_options()
def export(*, file: str, account: str | None) -> None:
    """Write everything to FILE, one JSON object a line; - is standard output.

    Accounts, buckets, environments, tokens (their hashes, never the tokens themselves), events and their history, all
    as of one moment. Without --account, of every account. FILE appears when it is whole, readable by you alone.
    """

    async def act(session: Session) -> int:
        sid = None if account is None else (await session.owner(account)).account_sid
        with _writing(file) as out:
            return await _write(session.archive.entries(sid), out)

    count = in_session(act)
    note(f"exported {count:,} {_entries(count)}")


@click.command("import", cls=CommandWithSettings)
@click.argument("file")
@settings_options()
def import_(*, file: str) -> None:
    """Take in FILE, which an export wrote; - is standard input.

    What is there already is left as it is, so doing it again does no harm. A line that can't be taken ends the import:
    whole batches before it were taken, nothing of its own was.
    """

    async def act(session: Session) -> _Taken:
        taken, archive = _Taken(), session.archive
        with _reading(file) as lines, progress_through(lines, "imported") as progress:
            async with aclosing(batches(lines)) as found:
                async for batch in found:
                    await _load(archive, batch, taken)
                    progress(taken.added + taken.present, batch.size)
        return taken

    taken = in_session(act)
    print(f"imported {taken.added:,} {_entries(taken.added)}; {taken.present:,} were there already")


@dataclass
class _Taken:
    """What an import has come to so far."""

    added: int = 0
    present: int = 0

    def failure(self, where: str, error: Invalid | Conflict) -> click.ClickException:
        """Says which line it was and what was taken before it."""
        done = self.added + self.present
        before = (
            f"{done:,} {_entries(done)} before were taken ({self.added:,} of them new)" if done else "nothing was taken"
        )
        advice = "; a file of its own takes it: write another --backend" if isinstance(error, Conflict) else ""
        return click.ClickException(f"{where}: {error}; {before}{advice}")


async def _write(entries: AsyncIterator[ArchiveEntry], out: IO[bytes]) -> int:
    count = 0
    out.write(heading())
    with Progress("exported") as progress:
        async for entry in entries:
            out.write(export_line(entry))
            count += 1
            if count % _PROGRESS_EVERY == 0:
                progress(count)
    return count


async def _load(archive: Archive, batch: Batch, taken: _Taken) -> None:
    if batch.unreadable is not None:
        number, problem = batch.unreadable
        raise taken.failure(f"line {number:,}", problem)
    try:
        loaded = await archive.load(batch.entries)
    except (Invalid, Conflict) as error:
        if len(batch.lines) <= NAMED_LINES:
            raise taken.failure(f"one of lines {batch.first:,}-{batch.last:,}", error) from None
    else:
        taken.added += loaded.added
        taken.present += loaded.present
        return
    for part in batch.parts(NAMED_LINES):
        await _load(archive, part, taken)


@contextmanager
def _writing(file: str) -> Generator[IO[bytes]]:
    """Where an export goes. A regular file takes its name when it is whole and on disk; tokens' hashes are in it."""
    if file == _STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(file)
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as special:  # a pipe or a device: there is nothing to put in its place
                yield special
            return
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as temporary:
            try:
                yield temporary.file
                temporary.flush()
                os.fsync(temporary.fileno())
                Path(temporary.name).replace(path)
            except BaseException:
                Path(temporary.name).unlink(missing_ok=True)
                raise
    except BrokenPipeError:
        raise
    except OSError as error:
        raise click.ClickException(f"can't write {file}: {error.strerror or error}") from None


@contextmanager
def _reading(file: str) -> Generator[IO[bytes]]:
    if file == _STANDARD:
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as source:
            yield source
    except OSError as error:
        raise click.ClickException(f"can't read {file}: {error.strerror or error}") from None


def _entries(count: int) -> str:
    return "entry" if count == 1 else "entries"
