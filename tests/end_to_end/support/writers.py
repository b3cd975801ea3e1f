"""Writers that work until the server is gone, and remember exactly what they were promised."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio
import httpx2

from tests.end_to_end.support.door import Door, Refused, door

RETRY_SECONDS = 0.05
"""Between two tries of a client that doesn't give up."""


@dataclass
class Promises:
    """`kept` maps the name of each acknowledged event to its sid; `open` are creates that got no answer."""

    kept: dict[str, str] = field(default_factory=dict[str, str])
    open: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    first: anyio.Event = field(default_factory=anyio.Event)

    def acknowledge(self, name: str, sid: str) -> None:
        self.kept[name] = sid
        self.first.set()


def deployment(name: str) -> dict[str, Any]:
    return {"type": "deployment", "name": name, "dedupKey": f"key of {name}", "metadata": {"commit": name}}


async def write(through: Door, writer: str, promises: Promises, *, count: int | None = None) -> None:
    """Create `count` events one after the other, or for as long as the server answers."""
    number = 0
    while count is None or number < count:
        number += 1
        arguments = deployment(f"{writer} event-{number}")
        try:
            record = await through.call("create_event", arguments)
        except httpx2.HTTPError:
            promises.open.append(arguments)
            return
        promises.acknowledge(arguments["name"], record["sid"])


async def write_all(url: str, token: str, writers: int, promises: Promises, *, count: int | None = None) -> None:
    """`writers` at once, each on a connection of its own."""

    async def one(number: int) -> None:
        async with door(url, token) as through:
            await write(through, f"{url.rsplit(':', 1)[1]} writer-{number}", promises, count=count)

    async with anyio.create_task_group() as group:
        for number in range(writers):
            group.start_soon(one, number)


class Creates(Protocol):
    """A way in by which events are created."""

    async def call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]: ...


Opens = Callable[[str, str], AbstractAsyncContextManager[Creates]]


async def write_stubbornly(
    url: str, token: str, writer: str, promises: Promises, *, count: int | None = None, opens: Opens = door
) -> None:
    """As a good client does: what got no good answer is sent again, on a new connection, until it gets one.

    With a `count` it ends by itself, else it has to be cancelled. `promises.open` keeps what had to be sent again.
    """
    number = 1
    while count is None or number <= count:
        try:
            async with opens(url, token) as through:
                while count is None or number <= count:
                    arguments = deployment(f"{writer} event-{number}")
                    record = await through.call("create_event", arguments)
                    promises.acknowledge(arguments["name"], record["sid"])
                    number += 1
        except (httpx2.HTTPError, Refused, ValueError):
            promises.open.append(deployment(f"{writer} event-{number}"))
            await anyio.sleep(RETRY_SECONDS)
