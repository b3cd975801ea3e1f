"""What an assistant is told when something can't be done: the one table from the domain's errors to MCP's answers.

A failure that the model can mend is an `isError` answer; a protocol error would never reach it.
"""

from __future__ import annotations

import logging
from typing import Final
from uuid import uuid4

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST

from milepost.domain.errors import (
    Conflict,
    Forbidden,
    Invalid,
    MilepostError,
    NotFound,
    Problem,
    ReadOnly,
    Stale,
    Unauthorized,
    Unavailable,
)
from milepost.interfaces.mcp_server.rendering.safe_text import escaped

logger = logging.getLogger(__name__)

_ADVICE: Final[dict[type[MilepostError], str]] = {
    NotFound: "It may be deleted, or out of this token's reach. Find it with list_events.",
    Conflict: "Nothing was written.",
    Stale: "Nothing was written.",
    Forbidden: "Nothing was done. Ask for a token that may, or stay inside its reach.",
    Unauthorized: "Ask for a new token.",
    ReadOnly: "Events can only be read here.",
}
_CODES: Final[dict[type[MilepostError], int]] = {
    Invalid: INVALID_PARAMS,
    NotFound: INVALID_PARAMS,
    Unauthorized: INVALID_REQUEST,
    Forbidden: INVALID_REQUEST,
}


def explain(error: MilepostError) -> str:
    """The text of an `isError` answer: what is wrong, and what to do next."""
    match error:
        case Invalid():
            return "\n".join(["The arguments can't be taken; nothing was done.", *map(_problem, error.problems)])
        case Unavailable(outcome_unknown=True):
            return f"{escaped(str(error))}. Whether it was written is unknown: look before you try again."
        case Unavailable():
            return f"{escaped(str(error))}. Nothing was written; try again in {error.retry_after_seconds} s."
        case _:
            return f"{_sentence(str(error))} {_ADVICE.get(type(error), '')}".rstrip()


def to_protocol_error(error: MilepostError, **data: str) -> MCPError:
    """The same as a JSON-RPC error, for what isn't a tool call: resources, prompts, completion, subscriptions."""
    return MCPError(code=_CODES.get(type(error), INTERNAL_ERROR), message=explain(error), data=data or None)


def report_bug(where: str, error: Exception) -> str:
    """Log an exception that nobody foresaw under a new reference, and say no more of it than that."""
    reference = uuid4().hex[:12]
    logger.error("bug in %s, reference %s", where, reference, exc_info=error)
    return f"Something broke inside Milepost; its log tells more under the reference {reference}."


def _problem(problem: Problem) -> str:
    return f"- {escaped(str(problem))}"


def _sentence(text: str) -> str:
    return escaped(text[:1].upper() + text[1:]) + ("" if text.endswith(".") else ".")
