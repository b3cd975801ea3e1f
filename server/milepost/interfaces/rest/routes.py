"""The table as routes."""

from __future__ import annotations

from functools import cache
from typing import Final, Protocol

import orjson
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Scope

from milepost.interfaces.rest.endpoint import BaseUrl, Endpoint
from milepost.interfaces.rest.openapi.document import openapi_document
from milepost.interfaces.rest.operation import DOOR, Context
from milepost.interfaces.rest.reference.page import reference_page
from milepost.interfaces.rest.reference.style import CONTENT_POLICY
from milepost.interfaces.rest.table import OPERATIONS, PATHS
from milepost.middleware.answers import Document
from milepost.middleware.body_limit import LARGEST_BODY_BYTES
from milepost.middleware.compression import VARY, Compressed

OPENAPI_PATH: Final = "/openapi.json"
REFERENCE_PATH: Final = "/docs"
REFERENCE_PATHS: Final = (OPENAPI_PATH, REFERENCE_PATH)
PAGE_HEADERS: Final = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class Guard(Protocol):
    """Puts sign-in and limits before an application."""

    def __call__(self, app: ASGIApp, door: str, largest_body_bytes: int = ...) -> ASGIApp:
        """`app`, reached only by whoever may."""
        ...


def rest_routes(context: Context, base_url: BaseUrl, guard: Guard) -> list[BaseRoute]:
    """A route for each path, taking every method, so that what isn't allowed is told in our words."""
    return [Route(path, _guarded(path, context, base_url, guard)) for path in PATHS]


def reference_routes(version: str, server: str) -> list[BaseRoute]:
    """`/openapi.json` and `/docs`: open to everybody, since nothing of any account is in them.

    They are made when they are first asked for, and kept.
    """

    @cache
    def document() -> bytes:
        return orjson.dumps(openapi_document(OPERATIONS, version, server))

    @cache
    def page() -> bytes:
        return reference_page(OPERATIONS, version).encode()

    async def described(_: Scope) -> tuple[bytes, str]:
        return document(), "application/json"

    async def shown(_: Scope) -> tuple[bytes, str]:
        return page(), "text/html; charset=utf-8"

    return [
        Route(OPENAPI_PATH, Compressed(Document(described, [VARY]))),
        Route(REFERENCE_PATH, Compressed(Document(shown, [VARY, *PAGE_HEADERS]))),
    ]


def _guarded(path: str, context: Context, base_url: BaseUrl, guard: Guard) -> ASGIApp:
    operations = [operation for operation in OPERATIONS if operation.path == path]
    largest = max([LARGEST_BODY_BYTES, *(item.body.largest_bytes for item in operations if item.body)])
    return guard(Compressed(Endpoint(operations, context, base_url)), DOOR, largest)
