"""The REST API of a running Milepost. Every answer is held against the OpenAPI document that the same server gives."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import orjson
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from milepost.app.operations import TABLES
from milepost.domain.instant import Instant
from milepost.domain.token import TokenKind, TokenScope
from milepost.operations.openapi.document import openapi_document
from milepost.services.tokens import Issued, TokenDraft
from tests.interfaces.http_world import World, bearer, error_of, http_world

ALL = frozenset(TokenScope)
READ_ONLY = frozenset({TokenScope.EVENTS_READ})
OPERATIONS = tuple(operation for table in TABLES for operation in table.operations)
"""Of every way in that the document tells of."""
DOCUMENT: dict[str, Any] = orjson.loads(orjson.dumps(openapi_document(TABLES, "1", "/")))
REGISTRY = Registry().with_resource("urn:api", Resource.from_contents(DOCUMENT, default_specification=DRAFT202012))
DEPLOYMENT: dict[str, Any] = {"type": "deployment", "name": "v1"}
MISSING = "evt_000000000000000000000000000"


@cache
def validator(pointer: str) -> Draft202012Validator:
    """Of the part of the document that a JSON pointer names."""
    return Draft202012Validator({"$ref": f"urn:api#{pointer}"}, registry=REGISTRY)


def schema_problems(name: str, value: Any) -> list[str]:
    return [error.message for error in validator(f"/components/schemas/{name}").iter_errors(value)]


def described(method: str, path: str) -> dict[str, Any] | None:
    """The operation that the document has for a request."""
    for pattern, item in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
            return item.get({"HEAD": "get"}.get(method, method.lower()))
    return None


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in value:
        found: Any = DOCUMENT
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def check_documented(answer: httpx2.Response) -> None:
    """The status is told of, the body has the schema that is told, and the headers that are always there are."""
    operation = described(answer.request.method, answer.request.url.path)
    if operation is None:
        assert answer.status_code in {404, 405}
        return
    if answer.status_code == 405 and answer.request.method == "GET":
        return
    assert str(answer.status_code) in operation["responses"], (answer.status_code, operation["operationId"])
    told = resolved(operation["responses"][str(answer.status_code)])
    for name, header in told["headers"].items():
        assert name.lower() in answer.headers or not resolved(header)["required"], name
    if answer.request.method == "HEAD" or "content" not in told:
        assert answer.content == b""
        return
    assert answer.headers["content-type"] == "application/json"
    name = told["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert schema_problems(name, answer.json()) == []


@dataclass(frozen=True)
class Api:
    """One account's part of the API, with one token."""

    world: World
    secret: str
    account: str

    async def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> httpx2.Response:
        """A request; paths that don't begin with / are the account's."""
        address = path if path.startswith(("/", "http")) else f"/v1/accounts/{self.account}/{path}"
        sent = {**bearer(self.secret), **(headers or {})}
        answer = await self.world.client.request(method, address, headers=sent, **rest)
        check_documented(answer)
        return answer

    async def get(self, path: str, headers: Mapping[str, str] | None = None, **parameters: Any) -> httpx2.Response:
        return await self.send("GET", path, headers, params=parameters or None)

    async def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        return await self.send("POST", path, headers, **({} if body is None else {"json": body}))

    async def put(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        return await self.send("PUT", path, headers, json=body)

    async def delete(self, path: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        return await self.send("DELETE", path, headers)

    async def record(self, **fields: Any) -> dict[str, Any]:
        """A new event."""
        answer = await self.post("events", DEPLOYMENT | fields)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def found(self, **parameters: Any) -> list[str]:
        """The names of the events that meet these filters."""
        answer = await self.get("events", **parameters)
        assert answer.status_code == 200, answer.text
        return [record["name"] for record in answer.json()["records"]]

    async def with_token(
        self,
        *scopes: TokenScope,
        kind: TokenKind = TokenKind.API,
        buckets: tuple[str, ...] | None = None,
        expires_at: Instant | None = None,
    ) -> Api:
        """The same account through another token."""
        issued = await issue(self.world, frozenset(scopes or ALL), kind, buckets, expires_at)
        return replace(self, secret=issued.secret)


async def issue(
    world: World,
    scopes: frozenset[TokenScope] = ALL,
    kind: TokenKind = TokenKind.API,
    buckets: tuple[str, ...] | None = None,
    expires_at: Instant | None = None,
) -> Issued:
    draft = TokenDraft(kind=kind, name="pipeline", scopes=scopes, buckets=buckets, expires_at=expires_at)
    return await world.server.services.tokens.issue(world.owner, draft)


@asynccontextmanager
async def rest_api(folder: Path, **settings: str) -> AsyncGenerator[Api]:
    """The API over an empty store, with a token that may do everything."""
    async with http_world(folder, **settings) as world:
        yield Api(world, (await issue(world)).secret, world.server.start.account.sid)


def refused(answer: httpx2.Response, status: int) -> list[dict[str, str]]:
    """The details of a refusal, which has that status."""
    assert answer.status_code == status, answer.text
    return error_of(answer)["details"]


def fields_refused(answer: httpx2.Response) -> set[str]:
    """The fields that a 400 names."""
    return {problem["field"] for problem in refused(answer, 400)}
