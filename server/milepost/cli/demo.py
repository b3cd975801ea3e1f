"""`milepost demo`: a first look, at what was made up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import click

from milepost.cli.options import CommandWithSettings, given_settings, settings_named
from milepost.cli.session import settings_from
from milepost.cli.start import collecting_little_garbage
from milepost.cli.welcome import remote_block

if TYPE_CHECKING:
    from milepost.app.serving import Serving

_TAKEN: Final = ("host", "port", "public_url", "allowed_hosts", "log_level", "log_format")
"""Settings that it minds; the others are about what is real."""


@click.command(cls=CommandWithSettings)
@settings_named(*_TAKEN)
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Serve a made-up fortnight of six services, on a store that is removed at the end.

    Whatever you have is left alone: no store, upstream or Prometheus of the environment is used.
    """
    with collecting_little_garbage():
        from milepost.app.demo import run_demo

    environ = {f"MILEPOST_{name.upper()}": os.environ.get(f"MILEPOST_{name.upper()}", "") for name in _TAKEN}
    settings = settings_from(environ, given_settings(ctx))

    def announce(server: Serving, secret: str) -> None:
        print(_greeting(server, secret), flush=True)

    run_demo(settings, announce)


def _greeting(server: Serving, secret: str) -> str:
    account = server.start.account
    return f"""This is a demo: everything in it is made up, and gone when it ends (Ctrl-C).

See it in a browser; this link works once, for ten minutes (afterwards, sign in with the token):

  {server.sign_in_url or server.url}

The account is "{account.name}". A token that may do everything in it:

  {secret}

What can be asked is told at {server.url}/docs. Events of the last day, and what was measured meanwhile:

  curl -H "Authorization: Bearer {secret}" "{server.url}/v1/accounts/{account.sid}/events?startTime=now-24h"
  curl -H "Authorization: Bearer {secret}" "{server.url}/v1/accounts/{account.sid}/charts?startTime=now-24h&bucketSid=payments&environmentSid=production"

For an assistant such as Claude Code (.mcp.json) or Cursor (.cursor/mcp.json); ask it why payments fails:

{remote_block(server.url, secret)}
"""
