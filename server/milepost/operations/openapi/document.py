"""The document itself (OpenAPI 3.1.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from milepost.domain.scope import LONGEST_REFERENCE
from milepost.operations.openapi.headers import CONDITIONS, HEADERS, RATE, REQUEST_ID
from milepost.operations.openapi.refusals import REFUSALS, Refused, refusals_of
from milepost.operations.openapi.schemas import ERRORS, Schema, ref
from milepost.operations.openapi.sign_in import SCHEMES, requirements
from milepost.operations.operation import AnyOperation, Told
from milepost.operations.table import OperationTable
from milepost.wire.full_schema import SID_PATTERN, full_schema

ABOUT: Final = (
    "A timeline of what happened to your systems: deployments, incidents, configuration changes, scalings. "
    "The five event routes of `/v1` are those of ApiTraffic's API, `/v3` is Apica's, to the letter.\n\n"
    "**Signing in.** `Authorization: Bearer tok_…` (or `mcp_…`), in the header and nowhere else, but for `/v3`, whose operations "
    "name the other places. Another account's SIDs are not found.\n\n"
    "**Times** are RFC 3339 with any offset, a bare date-time (taken as UTC), or relative: `now`, `now-90m`, `now-7d` "
    "(units s m h d w). They are answered in UTC with milliseconds, by `/v3` with seconds.\n\n"
    "**Strict.** Unknown fields and parameters are errors, so a typo is told, not ignored. U+0000, lone surrogates, NaN and "
    "integers beyond 64 bits are refused.\n\n"
    "**Limits.** 64 KiB of body (1 MiB for a batch), 32 KiB of headers, 20 seconds to send them; `X-RateLimit-*` says where "
    "the token stands. HEAD works wherever GET does; answers from 1 KiB on are sent with gzip to those who take it."
)
_PLACES: Final = frozenset({"bucketSid", "environmentSid"})
_SAMPLES: Final = {
    "accountSid": "acc_2aGxVqkEUpaJQgfIWd0DzRPhMnO",
    "eventSid": "evt_38JkQYd3nnvNnZsBTKfnPb0aVGs",
    "bucketSid": "bkt_38JkTq0Bz4r5dPzMyC0oTGQ1Yzx",
    "environmentSid": "prod01",
    "tokenSid": "tok_38JkSgmFhrJkbZtWuUQFBVgmrNw",
}


def openapi_document(tables: Sequence[OperationTable], version: str, server: str) -> Schema:
    """Everything about the operations of these tables. `server` is the address that the paths are appended to."""
    operations = [operation for table in tables for operation in table.operations]
    records = {name: schema for table in tables for name, schema in table.records.items()}
    bodies = {item.body.name: item.body.schema() for item in operations if item.body is not None}
    return {
        "openapi": "3.1.1",
        "info": {"title": "Milepost", "version": version, "description": ABOUT, "license": _LICENSE},
        "servers": [{"url": server}],
        "tags": [{"name": group} for group in dict.fromkeys(operation.group for operation in operations)],
        "paths": {path: _path(path, table) for table in tables for path in table.paths},
        "components": {
            "schemas": {**records, **ERRORS, **bodies},
            "responses": {refused.name: _refusal(refused) for refused in REFUSALS},
            "headers": HEADERS,
            "parameters": {name.replace("-", ""): condition for name, condition in CONDITIONS.items()},
            "securitySchemes": SCHEMES,
        },
    }


_LICENSE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}


def _path(path: str, table: OperationTable) -> Schema:
    security = requirements(table.credentials)
    operations = {item.method.lower(): _operation(item, security) for item in table.operations if item.path == path}
    return {"parameters": _path_parameters(path), **operations}


def _operation(operation: AnyOperation, security: list[Schema]) -> Schema:
    parameters = [*_query(operation), *(_condition(name) for name in operation.conditions)]
    described: Schema = {
        "operationId": operation.name,
        "tags": [operation.group],
        "summary": operation.summary,
        "description": f"{operation.description}\n\nNeeds the scope `{operation.scope}`.",
        "security": security,
    }
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        examples = {name: {"value": value} for name, value in operation.body.examples().items()}
        content = {"application/json": {"schema": ref(operation.body.name), "examples": examples}}
        described["requestBody"] = {"required": True, "content": content}
    described["responses"] = {
        **{str(told.status): _answer(told) for told in operation.answers},
        **{str(item.status): {"$ref": f"#/components/responses/{item.name}"} for item in refusals_of(operation)},
    }
    return described


def _answer(told: Told) -> Schema:
    answer: Schema = {"description": told.description, "headers": _headers(REQUEST_ID, *RATE, *told.headers)}
    if told.schema is not None:
        content: Schema = {"schema": ref(told.schema)}
        if told.example is not None:
            content["example"] = told.example()
        answer["content"] = {"application/json": content}
    return answer


def _refusal(refused: Refused) -> Schema:
    error = {"code": refused.code, "message": refused.message, "details": _details(refused)}
    return {
        "description": f"{refused.when}.",
        "headers": _headers(REQUEST_ID, *(RATE if refused.rated else ()), *refused.headers),
        "content": {"application/json": {"schema": ref("Error"), "example": {"success": False, "error": error}}},
    }


def _details(refused: Refused) -> list[Schema]:
    if refused.status != 400:
        return []
    field, _, message = refused.message.partition(": ")
    return [{"field": field, "message": message}]


def _headers(*names: str) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _condition(name: str) -> Schema:
    return {"$ref": f"#/components/parameters/{name.replace('-', '')}"}


def _query(operation: AnyOperation) -> list[Schema]:
    if operation.parameters is None:
        return []
    properties: Schema = full_schema(operation.parameters, frozenset[str]())["properties"]
    return [_parameter(name, dict(schema)) for name, schema in properties.items()]


def _parameter(name: str, schema: Schema) -> Schema:
    described: Schema = {"name": name, "in": "query", "description": schema.pop("description")}
    if examples := schema.pop("examples", None):
        described["examples"] = {f"example{number}": {"value": value} for number, value in enumerate(examples, 1)}
    return {**described, "schema": schema}


def _path_parameters(path: str) -> list[Schema]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": "By SID or name" if name in _PLACES else "By SID",
            "schema": _reference() if name in _PLACES else {"type": "string", "pattern": SID_PATTERN},
            "example": _SAMPLES[name],
        }
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _reference() -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": LONGEST_REFERENCE, "pattern": r"^[^\u0000/]*$"}
