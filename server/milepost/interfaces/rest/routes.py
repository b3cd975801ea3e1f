"""The table as routes."""

from __future__ import annotations

from typing import Protocol

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from milepost.interfaces.rest.endpoint import BaseUrl, Endpoint
from milepost.interfaces.rest.operation import DOOR, Context
from milepost.interfaces.rest.table import OPERATIONS, PATHS
from milepost.middleware.body_limit import LARGEST_BODY_BYTES
from milepost.middleware.compression import Compressed


class Guard(Protocol):
    """Puts sign-in and limits before an application."""

    def __call__(self, app: ASGIApp, door: str, largest_body_bytes: int = ...) -> ASGIApp:
        """`app`, reached only by whoever may."""
        ...


def rest_routes(context: Context, base_url: BaseUrl, guard: Guard) -> list[BaseRoute]:
    """A route for each path, taking every method, so that what isn't allowed is told in our words."""
    return [Route(path, _guarded(path, context, base_url, guard)) for path in PATHS]


def _guarded(path: str, context: Context, base_url: BaseUrl, guard: Guard) -> ASGIApp:
    operations = [operation for operation in OPERATIONS if operation.path == path]
    largest = max([LARGEST_BODY_BYTES, *(item.body.largest_bytes for item in operations if item.body)])
    return guard(Compressed(Endpoint(operations, context, base_url)), DOOR, largest)
