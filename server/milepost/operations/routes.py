"""Tables as routes, and the pages that tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final, Protocol

import orjson
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Scope

from milepost.middleware.answers import Document
from milepost.middleware.body_limit import LARGEST_BODY_BYTES
from milepost.middleware.compression import VARY, Compressed
from milepost.middleware.credentials import CredentialPlace
from milepost.operations.endpoint import BaseUrl, Endpoint
from milepost.operations.openapi.document import openapi_document
from milepost.operations.operation import Context
from milepost.operations.reference.page import reference_page
from milepost.operations.reference.style import CONTENT_POLICY
from milepost.operations.table import OperationTable

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

    def __call__(
        self, app: ASGIApp, door: str, largest_body_bytes: int = ..., credentials: Sequence[CredentialPlace] = ...
    ) -> ASGIApp:
        """`app`, reached only by whoever may."""
        ...


def operation_routes(table: OperationTable, context: Context, base_url: BaseUrl, guard: Guard) -> list[BaseRoute]:
    """A route for each path, taking every method, so that what isn't allowed is told in our words."""
    return [Route(path, _guarded(table, path, context, base_url, guard)) for path in table.paths]


def reference_routes(tables: Sequence[OperationTable], version: str, server: str) -> list[BaseRoute]:
    """`/openapi.json` and `/docs`: open to everybody, since nothing of any account is in them.

    They are made when they are first asked for, and kept.
    """

    @cache
    def document() -> bytes:
        return orjson.dumps(openapi_document(tables, version, server))

    @cache
    def page() -> bytes:
        return reference_page(tables, version).encode()

    async def described(_: Scope) -> tuple[bytes, str]:
        return document(), "application/json"

    async def shown(_: Scope) -> tuple[bytes, str]:
        return page(), "text/html; charset=utf-8"

    return [
        Route(OPENAPI_PATH, Compressed(Document(described, [VARY]))),
        Route(REFERENCE_PATH, Compressed(Document(shown, [VARY, *PAGE_HEADERS]))),
    ]


def _guarded(table: OperationTable, path: str, context: Context, base_url: BaseUrl, guard: Guard) -> ASGIApp:
    operations = [operation for operation in table.operations if operation.path == path]
    largest = max([LARGEST_BODY_BYTES, *(item.body.largest_bytes for item in operations if item.body)])
    endpoint = Compressed(Endpoint(operations, context, base_url))
    return guard(endpoint, table.door, largest, table.credentials)
