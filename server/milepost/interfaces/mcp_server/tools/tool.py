"""What the tools have in common: exact schemas, errors in our own words, and text beside structured content."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import ConfigDict, Field

from milepost.domain.caller import Caller
from milepost.domain.errors import MilepostError
from milepost.domain.token import TokenScope
from milepost.interfaces.mcp_server.callers import current_caller
from milepost.interfaces.mcp_server.errors import explain, report_bug

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool answers: `text` for reading, `structured` for programs (it meets the tool's output schema)."""

    text: str
    structured: Json


Handle = Callable[[Caller, Json], Awaitable[Answer]]


class EventTool(Tool):
    """A tool whose schema is what it says, and whose every failure is a text that helps."""

    # Made by `model_construct`: what we put in needs no checking, and building the checker costs start-up time.
    model_config = ConfigDict(defer_build=True)

    handle: Handle = Field(exclude=True)
    describe: Callable[[], Json] = Field(exclude=True)

    @property
    def scope(self) -> TokenScope:
        """What a token needs for it."""
        return TokenScope.EVENTS_WRITE if self.writes else TokenScope.EVENTS_READ

    @property
    def writes(self) -> bool:
        """Whether calling it may change anything."""
        return self.annotations is None or not self.annotations.read_only_hint

    def publish_schema(self) -> None:
        """Fill in `parameters`; put off until somebody lists the tools, since it costs start-up time."""
        self.parameters = self.describe()

    async def answer(self, arguments: Json) -> Json:
        """The result as it stands on the wire. Raises nothing but what cancels it.

        Written out here since a page of events goes through the SDK's models at a cost that one notices.
        """
        try:
            caller = current_caller()
            caller.require(self.scope)
            answer = await self.handle(caller, arguments)
        except MilepostError as error:
            return _result(explain(error), {"isError": True})
        except Exception as error:  # noqa: BLE001 - the edge: a bug is logged, and none of it is shown
            return _result(report_bug(f"tool {self.name}", error), {"isError": True})
        return _result(answer.text, {"structuredContent": answer.structured, "isError": False})

    async def run(self, arguments: Json, context: Any, convert_result: bool = False) -> CallToolResult:  # noqa: ARG002, FBT001, FBT002
        """The same for callers inside the process."""
        return CallToolResult.model_validate(await self.answer(arguments))


def make_tool(
    name: str,
    *,
    description: str,
    describe: Callable[[], Json],
    output_schema: Json,
    annotations: ToolAnnotations,
    handle: Handle,
    meta: Json | None = None,
) -> EventTool:
    """A tool from its parts. `describe` gives the JSON schema of what `handle` reads; `annotations` hold the title.

    `meta` is for hosts, not for models.
    """
    return EventTool.model_construct(
        fn=handle,
        name=name,
        title=annotations.title,
        description=description,
        parameters={},
        fn_metadata=FuncMetadata(arg_model=ArgModelBase, output_schema=output_schema),
        is_async=True,
        context_kwarg=None,
        annotations=annotations,
        meta=meta,
        handle=handle,
        describe=describe,
    )


def _result(text: str, rest: Json) -> Json:
    # The handshake era has no `resultType`; the SDK takes it out there.
    return {"resultType": "complete", "content": [{"type": "text", "text": text}], **rest}
