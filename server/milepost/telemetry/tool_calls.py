"""Counts the calls of MCP tools, as a middleware of the SDK's. The SDK makes their spans by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from milepost.telemetry.outcomes import OK, outcome_of

CALL = "tools/call"
OTHER = "other"
"""Stands for every name that is no tool's."""
REFUSED = "refused"
"""The tool answered that it can't (`isError`)."""


class CountToolCall(Protocol):
    """Told of every call: the tool, the outcome, seconds."""

    def __call__(self, tool: str, outcome: str, seconds: float) -> None:
        """A call was answered."""
        ...


class ToolCalls:
    """Passes everything on, and tells `count` of each tool call."""

    def __init__(self, count: CountToolCall, is_tool: Callable[[str], bool]) -> None:
        self._count = count
        self._is_tool = is_tool

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Answer as the rest of the chain does."""
        if ctx.method != CALL:
            return await call_next(ctx)
        began = time.perf_counter()
        outcome = OK
        try:
            result = await call_next(ctx)
            outcome = REFUSED if _is_error(result) else OK
            return result
        except BaseException as error:
            outcome = outcome_of(error)
            raise
        finally:
            name = str((ctx.params or {}).get("name"))
            self._count(name if self._is_tool(name) else OTHER, outcome, time.perf_counter() - began)


def _is_error(result: Any) -> bool:
    if isinstance(result, Mapping):
        return cast("Mapping[str, object]", result).get("isError") is True
    return bool(getattr(result, "is_error", False))
