"""What one line of input holds: a JSON-RPC message, or what is wrong with it and whose answer says so.

Whoever sent a request waits for an answer under its id, so that is found even in what can't be read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final, cast

from mcp_types import INVALID_REQUEST, PARSE_ERROR, JSONRPCMessage, RequestId, jsonrpc_message_adapter
from pydantic import ValidationError

from milepost.interfaces.mcp_server.pipes import LONGEST_LINE_BYTES, TooLong

_ID = rb'"id"\s*:\s*("(?:[^"\\]|\\.){0,256}"|-?\d{1,19})\s*'
_OTHER = rb'"(?:jsonrpc|method)"\s*:\s*"[^"\\]*"\s*'
_ID_AT_HEAD: Final = re.compile(rb"\s*\{\s*(?:" + _OTHER + rb",\s*)*" + _ID + rb"[,}]")
_ID_AT_TAIL: Final = re.compile(rb"," + rb"\s*" + _ID + rb"(?:,\s*" + _OTHER + rb")*\}\s*\Z")
"""Clients write the id before the parameters or after them, among the other short members."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no message. `request_id` is the id it came under, None where it has none or can't be found."""

    request_id: RequestId | None
    code: int
    text: str


def read_message(line: bytes | TooLong) -> JSONRPCMessage | Unreadable:
    """The message on a line.

    Lone surrogates, which are no text but can be written in JSON, pass: whoever reads the field they stand in refuses
    them by its name.
    """
    if isinstance(line, TooLong):
        text = f"Skipped a message of more than {LONGEST_LINE_BYTES:,} bytes"
        return Unreadable(_id_among(line.head, line.tail), INVALID_REQUEST, text)
    try:
        return jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError as error:
        return _read_leniently(line, error)


def _read_leniently(line: bytes, error: ValidationError) -> JSONRPCMessage | Unreadable:
    try:
        message: Any = json.loads(line.decode())
    except (ValueError, RecursionError):
        text = "This line is no JSON; send one JSON-RPC message a line, in UTF-8"
        return Unreadable(_id_among(line, line), PARSE_ERROR, text)
    if _too_deep(error):
        return Unreadable(_id_of(message), PARSE_ERROR, "This message is nested too deep; send a flatter one")
    try:
        return jsonrpc_message_adapter.validate_python(message, by_name=False)
    except ValidationError:
        text = "This is no JSON-RPC 2.0 message; send an object with jsonrpc, method, params and id"
        return Unreadable(_id_of(message), INVALID_REQUEST, text)


def _too_deep(error: ValidationError) -> bool:
    (first, *_) = error.errors(include_url=False)
    return "recursion" in str(first.get("ctx", {}).get("error", ""))


def _id_of(message: Any) -> RequestId | None:
    found = cast("dict[str, Any]", message).get("id") if isinstance(message, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def _id_among(head: bytes, tail: bytes) -> RequestId | None:
    found = _ID_AT_HEAD.match(head) or _ID_AT_TAIL.search(tail)
    if found is None:
        return None
    try:
        return _id_of({"id": json.loads(found[1])})
    except ValueError:
        return None
