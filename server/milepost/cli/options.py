"""Options that several commands share: the settings, the account, the form of the output.

Settings come from the table in `milepost.settings`. They may stand before the command or after it (the latter wins),
and are checked there, with the environment, not here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from milepost.settings import SETTINGS, Doors, Setting

F = TypeVar("F", bound=Callable[..., Any])
_GIVEN = "milepost.settings"


class SettingOption(click.Option):
    """An option that is a setting; help shows these apart."""


class CommandWithSettings(click.Command):
    """A command whose help lists its own options first, then the settings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_options(self, ctx, formatter)


def given_settings(ctx: click.Context) -> dict[str, str]:
    """What the command line says about settings, by setting name."""
    given: dict[str, str] = ctx.meta.get(_GIVEN, {})
    return given


def settings_options(*doors: Doors) -> Callable[[F], F]:
    """Adds the options of the settings that every command has, and of those that only `doors` have."""
    return settings_named(*(setting.name for setting in SETTINGS if setting.doors in (Doors.ALL, *doors)))


def settings_named(*names: str) -> Callable[[F], F]:
    """Adds the options of these settings alone."""

    def decorate(function: F) -> F:
        for setting in reversed(SETTINGS):
            if setting.name in names:
                function = _option(setting)(function)
        return function

    return decorate


def account_option(function: F) -> F:
    """`--account`: which account to act on."""
    return click.option(
        "--account", metavar="SID", help="The account to act on, by SID or name; may be left out while there is one."
    )(function)


def json_option(function: F) -> F:
    """`--json`: records for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def command(group: click.Group, name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Adds a command to a group, with the settings that every command has."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        return group.command(name, cls=CommandWithSettings)(settings_options()(function))

    return decorate


def write_options(
    command: click.Command,
    ctx: click.Context,
    formatter: click.HelpFormatter,
    before_settings: Callable[[click.HelpFormatter], None] | None = None,
) -> None:
    """The help of a command's own options first, then that of the settings."""
    own: list[tuple[str, str]] = []
    settings: list[tuple[str, str]] = []
    for parameter in command.get_params(ctx):
        if record := parameter.get_help_record(ctx):
            (settings if isinstance(parameter, SettingOption) else own).append(record)
    with formatter.section("Options"):
        formatter.write_dl(own)
    if before_settings:
        before_settings(formatter)
    if settings:
        with formatter.section("Settings"):
            formatter.write_dl(settings)


def ask(question: str) -> None:
    """Ask on standard error; anything but yes ends the command, with nothing done."""
    try:
        sure = click.confirm(question, err=True)
    except click.Abort:
        print(file=sys.stderr)
        raise click.ClickException("no answer came, so nothing was done; write --yes to go ahead") from None
    if not sure:
        raise click.ClickException("nothing was done")


def _option(setting: Setting) -> Callable[[F], F]:
    if setting.flag:
        names = [f"{setting.option}/--no-{setting.option[2:]}"]
        form: dict[str, Any] = {"is_flag": True, "default": None}
    else:
        names = [setting.option]
        form = {"metavar": setting.metavar, "default": None}
    default = f", by default {setting.default}" if setting.default and not setting.flag else ""
    return click.option(
        *names,
        setting.name,
        cls=SettingOption,
        expose_value=False,
        callback=_remember,
        help=f"{setting.help} [{setting.variable}{default}]",
        **form,
    )


def _remember(ctx: click.Context, option: click.Parameter, value: object) -> None:
    if value is not None and option.name:
        text = {True: "1", False: "0"}[value] if isinstance(value, bool) else str(value)
        ctx.meta.setdefault(_GIVEN, {})[option.name] = text
