"""`milepost serve` and `milepost mcp`: the two ways to run as a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from milepost.cli.options import CommandWithSettings, settings_options
from milepost.cli.session import settings_of_command
from milepost.cli.start import collecting_little_garbage
from milepost.domain.errors import Unauthorized
from milepost.settings import Doors

if TYPE_CHECKING:
    from milepost.app.serving import Serving


@click.command(cls=CommandWithSettings)
@settings_options(Doors.SERVE, Doors.SERVERS)
def serve() -> None:
    """Serve every HTTP door on one port: the dashboard at /, MCP at /mcp (Streamable HTTP) and /sse, health, metrics.

    Each start prints a link that signs the owner in to the dashboard, once.

    The first start makes an account and a token, and prints the token this once, with a block to paste into a client.
    """
    with collecting_little_garbage():
        from milepost.app.serving import run_http
    from milepost.cli.welcome import greeting

    settings = settings_of_command()

    def announce(server: Serving) -> None:
        print(greeting(server.url, settings, server.start, server.sign_in_url), flush=True)

    run_http(settings, announce)


@click.command(cls=CommandWithSettings)
@settings_options(Doors.MCP, Doors.SERVERS)
def mcp() -> None:
    """Speak MCP over standard input and output, for clients that start their servers themselves.

    Acts with MILEPOST_MCP_TOKEN, or without one as the owner of the store. Ends when its input does.
    """
    with collecting_little_garbage():
        from milepost.app.stdio import run_stdio

    try:
        run_stdio(settings_of_command())
    except Unauthorized as error:
        how = "make another with `milepost tokens create --kind mcp --name NAME`"
        raise click.ClickException(f"MILEPOST_MCP_TOKEN: {error}; {how}") from None
