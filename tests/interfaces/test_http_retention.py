"""`milepost serve` with a retention: old events go while it serves, over either store, and the metrics tell of it."""

from collections.abc import Generator
from pathlib import Path

import anyio
import pytest

from milepost.domain.event import EventDraft, EventType
from milepost.domain.history import ChangeKind
from milepost.domain.instant import When
from milepost.domain.query import EventSearch
from tests.interfaces.http_world import GUARD_SECONDS, World, http_world
from tests.postgres_server import database


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Generator[dict[str, str]]:
    if request.param == "sqlite":
        yield {}
        return
    with database() as url:
        yield {"backend": url}


async def create(world: World, name: str, age: str) -> None:
    days = int(age.removesuffix("d"))
    started_at = When(relative=True, offset=-days * 86_400_000)
    draft = EventDraft(type=EventType.DEPLOYMENT, name=name, started_at=started_at)
    await world.server.services.events.create(world.owner, draft)


async def test_old_events_go_while_it_serves(tmp_path: Path, store: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("milepost.app.retention.PASS_SECONDS", 0.01)
    async with http_world(tmp_path, retention="400d", **store) as world:
        services = world.server.services
        async with services.history.listen(world.owner) as notices:
            await create(world, "kept", "399d")
            await create(world, "expired", "401d")
            with anyio.fail_after(GUARD_SECONDS):
                async for notice in notices:
                    if notice.kind is ChangeKind.MISSED:
                        break
        found = await services.events.find(world.owner, EventSearch())
        assert [event.name for event in found.events] == ["kept"]
        assert "milepost_events_expired_total 1.0" in await world.metrics()


async def test_without_a_retention_old_events_stay(tmp_path: Path, store: dict[str, str]):
    async with http_world(tmp_path, **store) as world:
        await create(world, "old", "4000d")
        assert world.server.services.retention is None
        assert "milepost_events_expired_total 0.0" in await world.metrics()
