"""What a failure looks like to whoever typed the command: an exit code and one line on standard error."""

from __future__ import annotations

import os
import sys
import traceback
from typing import cast

import click

from milepost.cli.terminal import visible
from milepost.domain.errors import MilepostError

DONE, FAILED, WRONG_USAGE = 0, 1, 2
INTERRUPTED = 130


def report(error: BaseException) -> int:
    """Print the line for what ended a command; its exit code."""
    error = _single(error)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        print(error.format_message())
        return WRONG_USAGE
    code, reason = _told(error)
    if code == FAILED and not isinstance(error, MilepostError | click.ClickException) and _debugging():
        traceback.print_exception(error)
    line = " ".join(visible(part) for part in reason.splitlines())
    print(f"milepost: {line}", file=sys.stderr)
    return code


def _single(error: BaseException) -> BaseException:
    """What a task group wraps, where it is one error."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    inner: tuple[BaseException, ...] = cast("BaseExceptionGroup[BaseException]", error).exceptions
    return _single(inner[0]) if len(inner) == 1 else cast("BaseException", error)


def _told(error: BaseException) -> tuple[int, str]:
    from milepost.cli.fields import explain

    match error:
        case click.UsageError():
            where = error.ctx.command_path if error.ctx else "milepost"
            return WRONG_USAGE, f"{error.format_message().rstrip('.')}. See: {where} --help"
        case click.ClickException():
            return FAILED, error.format_message()
        case click.Abort() | KeyboardInterrupt():
            return INTERRUPTED, "interrupted"
        case MilepostError():
            return FAILED, explain(error)
        case _:
            return FAILED, f"a bug in Milepost: {error!r} (MILEPOST_LOG_LEVEL=debug shows where)"


def _debugging() -> bool:
    return os.environ.get("MILEPOST_LOG_LEVEL", "").strip().lower() == "debug"
