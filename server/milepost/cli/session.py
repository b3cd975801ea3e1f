"""One command's use of the back end: opened with the settings that apply, acted on as its owner, closed."""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import anyio
import click

from milepost.cli.options import given_settings
from milepost.domain.caller import Caller
from milepost.domain.errors import Invalid
from milepost.domain.instant import Clock
from milepost.domain.ports import Archive
from milepost.services.services import Services
from milepost.settings import Settings, read_settings

DOOR = "cli"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Session:
    """An open back end."""

    services: Services
    kept: Archive | None
    clock: Clock

    @property
    def archive(self) -> Archive:
        """Everything in the store; raises `Invalid` where an upstream keeps the events."""
        if self.kept is None:
            raise Invalid.of(
                "MILEPOST_BACKEND",
                "an upstream keeps the events; only a store of Milepost's own is exported and filled",
            )
        return self.kept

    async def owner(self, account: str | None) -> Caller:
        """The owner of the account of that SID or name; without one, of the only account, made if there is none.

        Whoever can read the store owns it, so a command needs no token. Raises `Invalid` saying which accounts there are.
        """
        found = await self.services.accounts.pick(account)
        return Caller(account_sid=found.sid, door=DOOR)


def settings_of_command() -> Settings:
    """The settings, those on the command line winning; a wrong one there is wrong usage, a wrong variable a failure."""
    return settings_from(os.environ, given_settings(click.get_current_context()))


def settings_from(environ: Mapping[str, str], given: Mapping[str, str]) -> Settings:
    """The same of another environment."""
    try:
        return read_settings(environ, given)
    except Invalid as error:
        if error.problems[0].field.startswith("--"):
            raise click.UsageError(str(error), click.get_current_context()) from None
        raise


def in_session(act: Callable[[Session], Awaitable[T]]) -> T:
    """Run `act` on the back end that the settings name, and return what it returns."""
    settings = settings_of_command()

    async def run() -> T:
        from milepost.app.backend import now, open_backend

        # asyncio's own handler would wait for the loop, which a question on the terminal keeps from turning.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        async with open_backend(settings) as back_end:
            return await act(Session(back_end.services, back_end.archive, now))

    return anyio.run(run)
