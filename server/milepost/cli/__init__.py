"""The command line: chooses what to run, reads options, prints answers.

Rule of this folder: one module a group of commands, each as thin as any other way in (parse, call one service, print);
whatever costs start-up time is imported by the command that needs it. `milepost mcp` is started by every editor, so
nothing here may slow it down.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the `milepost` program."""
    from milepost.cli.program import run

    sys.exit(run(sys.argv[1:]))
