"""What a browser sends from the dashboard's own page, and what it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.interfaces.http_world import World

SAME = {"sec-fetch-site": "same-origin"}


@dataclass
class Browser:
    """One person's. Its client has a jar of its own, so the cookie goes along as in life."""

    world: World
    client: httpx2.AsyncClient
    headers: dict[str, str] = field(default_factory=lambda: dict(SAME))

    async def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> httpx2.Response:
        """A request of the page; paths that don't begin with / are the account's."""
        address = path if path.startswith("/") else f"/v1/accounts/{self.world.owner.account_sid}/{path}"
        return await self.client.request(method, address, headers=self.headers if headers is None else headers, **rest)

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        return await self.send("GET", path, headers)

    async def follow_link(self) -> httpx2.Response:
        """Open the link of this start, as typed."""
        assert self.world.server.sign_in_url is not None
        path = self.world.server.sign_in_url.removeprefix(self.world.server.url)
        return await self.get(path, {"sec-fetch-site": "none"})

    async def sign_in(self, token: str) -> httpx2.Response:
        """Paste a token."""
        return await self.send("POST", "/session", json={"token": token})


def browser_of(world: World) -> Browser:
    """A new one, without any cookie."""
    return Browser(world, httpx2.AsyncClient(base_url=world.client.base_url, timeout=20))
