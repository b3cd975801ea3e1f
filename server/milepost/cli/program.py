"""The root of the command line: its commands, and what a failure looks like to whoever typed one."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from milepost.cli.failures import DONE, FAILED, report
from milepost.cli.options import settings_options, write_options

COMMANDS = {
    "serve": ("milepost.cli.serving:serve", "Serve every HTTP door on one port."),
    "mcp": ("milepost.cli.serving:mcp", "Speak MCP over standard input and output."),
    "events": ("milepost.cli.events:events", "Record, find, change and delete events."),
    "accounts": ("milepost.cli.accounts:accounts", "List and create accounts."),
    "sign-in": ("milepost.cli.sign_in:sign_in", "Make a link that signs you in to the dashboard, once."),
    "tokens": ("milepost.cli.tokens:tokens", "Create, list and revoke tokens."),
    "buckets": ("milepost.cli.places:buckets", "Register buckets (services) and name them."),
    "environments": ("milepost.cli.places:environments", "Register environments and name them."),
    "export": ("milepost.cli.archive:export", "Write everything to a file of JSON Lines."),
    "import": ("milepost.cli.archive:import_", "Take in what an export wrote."),
    "purge": ("milepost.cli.purge:purge", "Remove events for good, with all trace of them."),
    "demo": ("milepost.cli.demo:demo", "Look at a server with made-up events and metrics."),
    "doctor": ("milepost.cli.doctor:doctor", "Check the configuration and say what to mend."),
}


class _Commands(click.Group):
    """A group whose commands are imported when they are called, and listed without."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_options(self, ctx, formatter, before_settings=self._write_commands)

    def _write_commands(self, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`milepost COMMAND --help` tells about each. Settings may also stand in the environment.",
)
@click.version_option(package_name="milepost", prog_name="milepost", message="%(prog)s %(version)s")
@settings_options()
def milepost() -> None:
    """A timeline of what happened to your systems, kept for assistants, pipelines and people."""


def run(arguments: Sequence[str]) -> int:
    """Run one command; the exit code: 0 done, 1 failed, 2 wrong usage. A failure is one line on standard error."""
    _never_fail_to_print()
    try:
        code: object = milepost.main(list(arguments), prog_name="milepost", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return FAILED
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last resort: a bug is told in one line too
        return report(error)
    return code if isinstance(code, int) else DONE


def _never_fail_to_print() -> None:
    """Events hold any character; a terminal that lacks one gets its escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Whoever read the output has gone; what is left in the buffer must not fail again at the end of the process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
