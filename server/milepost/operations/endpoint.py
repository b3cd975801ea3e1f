"""One route over HTTP: which operation is meant, its request read, its answer written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson
from starlette.types import Message, Receive, Scope, Send

from milepost.domain.caller import Caller
from milepost.domain.errors import NotFound, Unauthorized
from milepost.domain.text import on_one_line
from milepost.middleware.compression import VARY
from milepost.middleware.content_type import require_json
from milepost.middleware.headers import header
from milepost.middleware.refusals import HeaderList, method_not_allowed
from milepost.middleware.sign_in import caller_of
from milepost.operations.bodies import parsed_body
from milepost.operations.conditions import unchanged, versions_to_match
from milepost.operations.operation import Answer, AnyOperation, Context, Request
from milepost.wire.query_string import parse_query, read_query, refuse_parameters

BaseUrl = Callable[[Scope], str]

_JSON: Final = (b"content-type", b"application/json")
_NOT_KEPT: Final = (b"cache-control", b"no-store")


class Endpoint:
    """The operations of one path, as an ASGI application behind sign-in and limits."""

    def __init__(self, operations: Iterable[AnyOperation], context: Context, base_url: BaseUrl) -> None:
        self._operations = {operation.method: operation for operation in operations}
        if "GET" in self._operations:
            self._operations["HEAD"] = self._operations["GET"]
        self._context = context
        self._base_url = base_url
        self._allowed = ", ".join(sorted(self._operations))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Refusal` 405 and 415, and whatever the service refuses with."""
        operation = self._operations.get(scope["method"])
        if operation is None:
            raise method_not_allowed(self._allowed)
        request = await self._read(operation, scope, receive)
        await _send(await operation.handle(self._context, request), send)

    async def _read(self, operation: AnyOperation, scope: Scope, receive: Receive) -> Request[Any, Any]:
        """What is wrong is told in this order: the account, the scope, the form, the content."""
        names = scope["path_params"]
        caller = _caller(scope, names.get("accountSid"))
        caller.require(operation.scope)
        pairs = parse_query(scope["query_string"])
        if operation.parameters is None:
            refuse_parameters(pairs)
        return Request(
            caller=caller,
            path=scope["path"],
            names=names,
            query=pairs,
            parameters=None if operation.parameters is None else read_query(operation.parameters, pairs),
            if_match=versions_to_match(scope),
            if_none_match=unchanged(scope),
            body=None if operation.body is None else operation.body.read(await _body(scope, receive)),
            base_url=self._base_url(scope),
            now=self._context.clock(),
        )


def _caller(scope: Scope, account_sid: str | None) -> Caller:
    """Whose request it is. Where the path names an account, raises `NotFound` for another's, as for one that doesn't exist."""
    caller = caller_of(scope)
    if caller is None:
        raise Unauthorized("a token is needed")
    if account_sid is not None and caller.account_sid != account_sid:
        raise NotFound("account", on_one_line(account_sid))
    return caller.with_client(header(scope, b"user-agent"))


async def _body(scope: Scope, receive: Receive) -> object:
    """In one piece, as `BodyLimit` hands it on."""
    require_json(scope)
    message: Message = await receive()
    return parsed_body(message.get("body", b""))


async def _send(answer: Answer, send: Send) -> None:
    headers: HeaderList = list(answer.headers)
    named = {name for name, _ in headers}
    if b"cache-control" not in named:
        headers.append(_NOT_KEPT)
    if b"etag" not in named:
        headers.append(VARY)
    if answer.content is None:
        body = b""
    else:
        body = orjson.dumps(answer.content)
        headers += [_JSON, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
