"""`milepost doctor`: what is configured, whether each part answers, and what to mend."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from milepost.cli.check import Check, State
from milepost.cli.checks import database_checks, port_check, program_checks, token_check, upstream_checks
from milepost.cli.failures import FAILED
from milepost.cli.metrics_check import metrics_checks
from milepost.cli.options import CommandWithSettings, given_settings, settings_options
from milepost.cli.session import settings_of_command
from milepost.cli.terminal import visible
from milepost.domain.errors import Invalid
from milepost.settings import SETTINGS, Doors, Setting, Settings, default_of
from milepost.settings.backends import without_credentials


@click.command(cls=CommandWithSettings)
@settings_options(Doors.SERVE, Doors.MCP, Doors.SERVERS)
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Say what is configured, reach each part once, and say what to mend.

    Changes nothing. Ends with 1 if anything is wrong.
    """
    print("Settings")
    for setting in SETTINGS:
        print(f"  {setting.variable.ljust(30)} {_value(ctx, setting)}")
    print("\nChecks")
    found = list(_shown(_checks()))
    wrong = sum(check.state is State.WRONG for check in found)
    print("\nEverything is in order." if not wrong else f"\n{wrong} to mend.")
    if wrong:
        ctx.exit(FAILED)


def _checks() -> Iterator[Check]:
    yield from program_checks()
    try:
        settings = settings_of_command()
    except Invalid as error:
        yield Check(State.WRONG, "settings", str(error))
        return
    yield Check(State.FINE, "settings", "all of them can be read")
    yield from _reached(settings)


def _reached(settings: Settings) -> Iterator[Check]:
    sound = True
    for check in database_checks(settings.store):
        sound = sound and check.state is State.FINE
        yield check
    yield from upstream_checks(settings)
    yield from metrics_checks(settings)
    yield token_check(settings, reachable=sound)
    yield port_check(settings)
    if settings.insecure_no_auth:
        yield Check(State.WRONG, "sign-in", "is switched off; leave MILEPOST_INSECURE_NO_AUTH out, it is for tests")


def _shown(checks: Iterator[Check]) -> Iterator[Check]:
    for check in checks:
        print(f"  {check.state.value}  {check.part.ljust(10)} {visible(check.text)}", flush=True)
        yield check


def _value(ctx: click.Context, setting: Setting) -> str:
    option, variable = given_settings(ctx).get(setting.name), os.environ.get(setting.variable, "").strip()
    if text := option or variable:
        told = "set, not shown" if setting.secret else visible(without_credentials(text))
        return f"{told}  ({setting.option if option else 'environment'})"
    default = default_of(setting)
    return f"{default}  (default)" if default is not None else "not set"
