"""`milepost serve`: every HTTP door on one port, from an empty data folder to a clean stop."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import cast

import anyio
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from milepost.app.addresses import url_of
from milepost.app.backend import open_backend
from milepost.app.catching_up import keep_caught_up
from milepost.app.dashboard import all_dashboard_routes, sign_in_url
from milepost.app.http_application import MCP_PATH, OPEN_PATHS, SSE_PATH, HttpApplication
from milepost.app.http_server import HttpServer, address_of, bind
from milepost.app.operations import PATHS, all_operation_routes
from milepost.app.retention import keep_to_retention
from milepost.app.stop_signals import StopSignals
from milepost.app.version import version
from milepost.domain.caller import Caller
from milepost.domain.ports import MetricSource
from milepost.interfaces.dashboard.door import PATHS as DASHBOARD_PATHS
from milepost.interfaces.mcp_server.asgi import MESSAGES_PATH, HttpEndpoints
from milepost.interfaces.mcp_server.callers import DOOR, caller_of_http_request
from milepost.interfaces.mcp_server.needed_scope import needed_scope
from milepost.interfaces.mcp_server.sdk import has_tool
from milepost.interfaces.mcp_server.server import EventServer, build_server
from milepost.middleware.content_type import JsonOnly
from milepost.middleware.scope_check import ScopeCheck
from milepost.operations.routes import REFERENCE_PATHS
from milepost.services.accounts import FirstStart
from milepost.services.services import Services
from milepost.settings import Settings
from milepost.telemetry.logs import configure_logging
from milepost.telemetry.metrics import Metrics
from milepost.telemetry.tool_calls import ToolCalls

_log = logging.getLogger(__name__)

MakeEndpoints = Callable[[EventServer], HttpEndpoints]
"""Makes the HTTP endpoints of the MCP server; the conformance tests add their fixtures to the server by it."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server. `start.issued` holds the secret of the first token, on the one start that made it."""

    url: str
    start: FirstStart
    sign_in_url: str | None
    """A link that signs the owner of `start.account` in to the dashboard, once; None where nobody has to."""
    services: Services
    stop: Callable[[], None]
    """Begin to stop, as a signal does."""
    ended: anyio.Event
    paths: frozenset[str]
    """The pattern of every route that is served."""


def run_http(
    settings: Settings,
    announce: Callable[[Serving], None],
    make_endpoints: MakeEndpoints = HttpEndpoints,
    made_up: MetricSource | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. `announce` is called once, as soon as clients can connect.

    Metrics that are `made_up` take the place of those that the settings name, and the server says that it is a demo.

    Raises `Invalid` and `Unavailable` where it can't be started.
    """
    configure_logging(settings.log_level, settings.log_format)

    async def run() -> None:
        async with serving(settings, make_endpoints, made_up) as server:
            announce(server)
            await server.ended.wait()

    anyio.run(run, backend_options={"use_uvloop": sys.platform != "win32"})


@asynccontextmanager
async def serving(
    settings: Settings, make_endpoints: MakeEndpoints = HttpEndpoints, made_up: MetricSource | None = None
) -> AsyncGenerator[Serving]:
    """A server for as long as it is needed, or until a signal ends it."""
    signals = StopSignals()
    with _raised_as_it_was(), signals.caught():
        async with _serving(settings, make_endpoints, signals, made_up) as server:
            yield server


@asynccontextmanager
async def _serving(
    settings: Settings, make_endpoints: MakeEndpoints, signals: StopSignals, made_up: MetricSource | None
) -> AsyncGenerator[Serving]:
    # The port comes first: where it is taken, nothing is made and no token is shown that nobody sees.
    listening = bind(settings)
    metrics = Metrics(
        version(), (*OPEN_PATHS, *PATHS, *REFERENCE_PATHS, *DASHBOARD_PATHS, MCP_PATH, SSE_PATH, MESSAGES_PATH)
    )
    try:
        async with open_backend(settings, metrics.count_store_operation, made_up) as backend:
            services = backend.services
            start = await services.accounts.first_start()
            owner = Caller(account_sid=start.account.sid, door=DOOR) if settings.insecure_no_auth else None
            application = HttpApplication(
                settings, services, metrics, backend.check_ready, owner, demo=made_up is not None
            )
            server = _mcp_server(services, metrics)
            endpoints = make_endpoints(server)
            routes = [
                *all_operation_routes(application, services, settings),
                *all_dashboard_routes(application, services),
                *_mcp_routes(application, server, endpoints),
            ]
            async with endpoints.running(), application.running(routes):

                async def stop() -> None:
                    endpoints.end_listening()
                    await application.stop()

                url = settings.public_url or url_of(*address_of(listening))
                http = HttpServer(application, stop, settings.trusted_proxies)
                signals.attach(http)
                link = await sign_in_url(services, start.account.sid, url) if owner is None else None
                running = Serving(url, start, link, services, http.stop, anyio.Event(), application.paths)
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(_run, http, listening, running)
                    if not settings.read_only:
                        tasks.start_soon(keep_caught_up, backend.catch_up)
                    if services.retention is not None:
                        tasks.start_soon(keep_to_retention, services.retention, metrics.count_expired)
                    _log.info("serving", extra={"url": url, "backend": settings.backend.url})
                    yield running
                    http.stop()
                    await running.ended.wait()
                    tasks.cancel_scope.cancel()
    finally:
        listening.close()
    _log.info("stopped")


@contextmanager
def _raised_as_it_was() -> Generator[None]:
    """Take a single failure out of the groups that the task groups on its way wrapped around it."""
    try:
        yield
    except BaseExceptionGroup as group:
        error = _only(group)
        raise error from error.__cause__


def _only(group: BaseExceptionGroup[BaseException]) -> BaseException:
    inner, *others = group.exceptions
    if others:
        return group
    return _only(cast("BaseExceptionGroup[BaseException]", inner)) if isinstance(inner, BaseExceptionGroup) else inner


async def _run(http: HttpServer, listening: socket.socket, running: Serving) -> None:
    await http.serve([listening])
    running.ended.set()


def _mcp_server(services: Services, metrics: Metrics) -> EventServer:
    calls = ToolCalls(metrics.count_tool_call, lambda name: has_tool(server, name))
    server = build_server(services, caller_of_http_request, version=version(), middleware=[calls])
    return server


def _mcp_routes(application: HttpApplication, server: EventServer, endpoints: HttpEndpoints) -> list[BaseRoute]:
    checked = ScopeCheck(endpoints.streamable_http, lambda body: needed_scope(server, body))
    doors: list[tuple[str, ASGIApp]] = [
        (MCP_PATH, checked),
        (SSE_PATH, endpoints.sse),
        (MESSAGES_PATH, endpoints.sse_messages),
    ]
    return [Route(path, application.guard(JsonOnly(app), DOOR)) for path, app in doors]
