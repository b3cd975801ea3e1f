"""Refuses what the token has no scope for, before anybody acts on it."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from milepost.domain.token import TokenScope
from milepost.middleware.sign_in import caller_of


class ScopeCheck:
    """`needed` says of a body which scope it needs. Stands behind `BodyLimit`, which hands the body on in one piece."""

    def __init__(self, app: ASGIApp, needed: Callable[[bytes], TokenScope | None]) -> None:
        self._app = app
        self._needed = needed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Forbidden` naming the scope."""
        caller = caller_of(scope)
        if scope["method"] != "POST" or caller is None:
            await self._app(scope, receive, send)
            return
        first = await receive()
        needed = self._needed(first.get("body", b""))
        if needed is not None:
            caller.require(needed)
        pending: list[Message] = [first]

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        await self._app(scope, replay, send)
