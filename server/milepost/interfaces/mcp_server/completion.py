"""Completion of what users would otherwise have to look up: sources, buckets, environments and events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from mcp_types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from milepost.domain.account import PlaceKind
from milepost.domain.caller import Caller
from milepost.domain.errors import MilepostError
from milepost.interfaces.mcp_server.callers import current_caller
from milepost.interfaces.mcp_server.errors import to_protocol_error
from milepost.interfaces.mcp_server.sdk import Server
from milepost.services.events import LONGEST_PREFIX
from milepost.services.services import Services

MOST_VALUES: Final = 100
"""What the protocol allows an answer to hold."""

Complete = Callable[[Caller, str], Awaitable[Iterable[str]]]


def add_completion(server: Server, services: Services) -> None:
    """Complete the arguments of prompts and of the event's address, whichever of them they belong to."""
    completers = _completers(services)

    @server.completion()
    async def complete(
        ref: PromptReference | ResourceTemplateReference,  # noqa: ARG001 - an argument means the same everywhere
        argument: CompletionArgument,
        context: CompletionContext | None,  # noqa: ARG001
    ) -> Completion:
        completer = completers.get(argument.name)
        if completer is None or len(argument.value) > LONGEST_PREFIX:
            return Completion(values=[], total=0, has_more=False)
        try:
            values = list(await completer(current_caller(), argument.value))
        except MilepostError as error:
            raise to_protocol_error(error) from None
        return Completion(values=values[:MOST_VALUES], has_more=len(values) > MOST_VALUES)


def _completers(services: Services) -> dict[str, Complete]:
    async def source(caller: Caller, prefix: str) -> Iterable[str]:
        return await services.events.sources(caller, prefix, MOST_VALUES + 1)

    async def sid(caller: Caller, prefix: str) -> Iterable[str]:
        return await services.events.sids(caller, prefix, MOST_VALUES + 1)

    def place(kind: PlaceKind) -> Complete:
        async def complete(caller: Caller, prefix: str) -> Iterable[str]:
            places = await services.places.list(caller, kind)
            return _matching(prefix, [place.name for place in places], [place.sid for place in places])

        return complete

    bucket, environment = place(PlaceKind.BUCKET), place(PlaceKind.ENVIRONMENT)
    return {
        "source": source,
        "sid": sid,
        "bucket": bucket,
        "bucketSid": bucket,
        "environment": environment,
        "environmentSid": environment,
    }


def _matching(prefix: str, names: list[str], sids: list[str]) -> list[str]:
    """Names first, in any case; SIDs once something of one has been written."""
    folded = prefix.casefold()
    found = [name for name in names if name.casefold().startswith(folded)]
    return found + [sid for sid in sids if prefix and sid.startswith(prefix)]
