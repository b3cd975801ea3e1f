"""`milepost mcp`: one assistant on standard input and output.

Whoever waits for it is an editor starting up, so nothing is imported here that stdio doesn't need.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import anyio

from milepost.app.backend import open_backend
from milepost.app.version import version
from milepost.domain.caller import Caller
from milepost.domain.errors import Invalid, MilepostError, Unauthorized
from milepost.interfaces.mcp_server.callers import DOOR
from milepost.interfaces.mcp_server.server import EventServer, build_server
from milepost.interfaces.mcp_server.stdio import run_stdio as run_conversation
from milepost.services.services import Services
from milepost.settings import Settings
from milepost.settings.postgres_url import PostgresBackend
from milepost.telemetry.logs import configure_logging

_log = logging.getLogger(__name__)

CHECK_SECONDS: Final = 1.0
"""How often the token of an open `subscriptions/listen` is looked up."""

Adorn = Callable[[EventServer], object]
"""Adds to the server before it serves; tests bring their fixtures in by it."""


def run_stdio(settings: Settings, adorn: Adorn | None = None) -> None:
    """Serve until the client hangs up, or SIGINT or SIGTERM comes.

    Raises `Invalid`, `Unauthorized` for a dead `MILEPOST_MCP_TOKEN`, and `Unavailable`, where it can't be started.
    """
    configure_logging(settings.log_level, settings.log_format)
    if settings.mcp_token is None and isinstance(settings.backend, PostgresBackend):
        raise Invalid.of(
            "MILEPOST_MCP_TOKEN",
            "it isn't set, and a database that is shared with others has no owner here; "
            "set a token, made by `milepost tokens create --kind mcp --name NAME`",
        )
    anyio.run(_run, settings, adorn)


async def _run(settings: Settings, adorn: Adorn | None) -> None:
    async with open_backend(settings) as backend:
        services = backend.services
        caller = await _caller(services, settings.mcp_token)
        server = build_server(services, _looked_up_anew(services, caller, settings.mcp_token), version=version())
        if adorn is not None:
            adorn(server)
        async with anyio.create_task_group() as watching:
            if caller.token is not None:
                watching.start_soon(_end_listening_with_its_token, services, caller, server)
            await run_conversation(server)
            watching.cancel_scope.cancel()


async def _caller(services: Services, secret: str | None) -> Caller:
    """Whom the token proves; without one the owner of the store, whoever can read it being its owner already."""
    if secret is not None:
        return await services.tokens.authenticate(secret, DOOR)
    try:
        account = await services.accounts.pick(None)
    except Invalid as error:
        raise Invalid.of("MILEPOST_MCP_TOKEN", f"{error}; set a token of the account that is meant") from None
    return Caller(account_sid=account.sid, door=DOOR)


def _looked_up_anew(services: Services, caller: Caller, secret: str | None) -> Callable[[Any], Awaitable[Caller]]:
    """The caller with its token as it is at each request, so that a revoked one is good for nothing at once."""

    async def find(_: Any) -> Caller:
        return caller if secret is None else await services.tokens.authenticate(secret, DOOR)

    return find


async def _end_listening_with_its_token(services: Services, caller: Caller, server: EventServer) -> None:
    """What is open would otherwise end with the next notice, which may never come."""
    while True:
        await anyio.sleep(CHECK_SECONDS)
        if server.subscriptions.listening:
            try:
                await services.tokens.refresh(caller)
            except Unauthorized:
                server.subscriptions.end_listening()
                return
            except MilepostError as error:
                _log.warning("couldn't look up the token of what is open: %s", error)
