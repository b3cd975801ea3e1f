"""Every operation over HTTP, of whichever way in: as routes, and as one document."""

from __future__ import annotations

from typing import Final

from starlette.routing import BaseRoute

from milepost.app.backend import now
from milepost.app.http_application import HttpApplication
from milepost.app.version import version
from milepost.interfaces.apica_rest.table import TABLE as APICA
from milepost.interfaces.rest.table import TABLE as REST
from milepost.operations.operation import Context
from milepost.operations.routes import operation_routes, reference_routes
from milepost.operations.table import OperationTable
from milepost.services.services import Services
from milepost.settings import Settings

TABLES: Final[tuple[OperationTable, ...]] = (REST, APICA)
PATHS: Final = tuple(path for table in TABLES for path in table.paths)


def all_operation_routes(application: HttpApplication, services: Services, settings: Settings) -> list[BaseRoute]:
    """The routes of every table, and `/openapi.json` and `/docs`, which tell of them."""
    context = Context(services, now)
    routes = [
        *operation_routes(REST, context, application.base_url, application.guard_for_sessions_too),
        *operation_routes(APICA, context, application.base_url, application.guard),
    ]
    return [*routes, *reference_routes(TABLES, version(), settings.public_url or "/")]
