"""`milepost sign-in`: a link to the dashboard of the Milepost that serves this store."""

from __future__ import annotations

import click

from milepost.app.addresses import link_url, url_of
from milepost.cli.options import CommandWithSettings, account_option, json_option, settings_options
from milepost.cli.session import Session, in_session, settings_of_command
from milepost.cli.terminal import note, print_json
from milepost.domain.errors import Invalid
from milepost.domain.instant import format_instant
from milepost.services.sessions import Begun
from milepost.settings import Doors, Settings


@click.command("sign-in", cls=CommandWithSettings)
@account_option
@json_option
@settings_options(Doors.SERVE)
def sign_in(*, account: str | None, as_json: bool) -> None:
    """Make a link that signs you in to the dashboard as the owner of the account. It works once, for ten minutes.

    For the server that `milepost serve` started with the same settings; with several servers on one database, for any of them.
    """
    url = _url(settings_of_command())

    async def act(session: Session) -> Begun:
        return await session.services.sessions.make_link(await session.owner(account))

    begun = in_session(act)
    address, over = link_url(url, begun.secret), format_instant(begun.session.expires_at)
    if as_json:
        print_json({"url": address, "accountSid": begun.session.account_sid, "expiresAt": over})
    else:
        print(address)
        note(f"it signs in as the owner of {begun.session.account_sid}, once, until {over}")


def _url(settings: Settings) -> str:
    """Where the server is found; raises `Invalid` where the settings don't say."""
    if settings.public_url is not None:
        return settings.public_url
    if settings.port == 0:
        raise Invalid.of("MILEPOST_PORT", "0 is any free port; write the one that `milepost serve` says it serves on")
    return url_of(settings.host, settings.port)
