"""How these tests ask, and put events there to be found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx2

from milepost.domain.event import Event, EventDraft, EventType
from milepost.domain.instant import Instant, When, parse_instant
from tests.interfaces.rest.api import Api, check_documented

EVENTS, TAGS = "/v3/events", "/v3/tags"
NOON = parse_instant("2024-05-19T12:00:00Z", "at")


async def happened(api: Api, at: int = NOON, **fields: Any) -> Event:
    """A new event that started then; a deployment unless told otherwise."""
    given: dict[str, Any] = {"type": EventType.DEPLOYMENT, "name": "release", **fields}
    draft = EventDraft(**given, started_at=When(relative=False, offset=Instant(at)))
    return (await api.world.server.services.events.create(api.world.owner, draft)).event


async def rows(api: Api, path: str = EVENTS, **parameters: Any) -> list[dict[str, Any]]:
    """The one page that there is."""
    answer = await api.get(path, **parameters)
    assert answer.status_code == 200, answer.text
    assert "link" not in answer.headers
    return answer.json()


async def messages(api: Api, **parameters: Any) -> list[str]:
    """The names of the events that are found."""
    return [row["event_message"] for row in await rows(api, **parameters)]


async def pages(api: Api, path: str, **parameters: Any) -> list[list[dict[str, Any]]]:
    """Every page, by following the links."""
    answer = await api.get(path, **parameters)
    found: list[list[dict[str, Any]]] = []
    while True:
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        if "next" not in answer.links:
            return found
        answer = await api.get(answer.links["next"]["url"])


async def ask(
    api: Api,
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    parameters: Any = None,
    *,
    path: str = EVENTS,
    method: str = "GET",
) -> httpx2.Response:
    """A request with these headers, a token's included, and no others."""
    answer = await api.world.client.request(method, path, headers=httpx2.Headers(headers), params=parameters)
    check_documented(answer)
    return answer
