"""Several processes share one file: nothing is lost, nobody is told of a lock, and everybody hears of every change."""

from collections import Counter
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from milepost.domain.history import ChangeKind
from milepost.stores.sqlite.store import SqliteStore
from tests.end_to_end.kill_nine import integrity
from tests.end_to_end.support.process import MILEPOST, create_token, environment, serving
from tests.end_to_end.support.writers import Promises, write_all

WRITERS = 8
EACH = 25
HEAR_SECONDS = 60
TIMELINE = "milepost://timeline"


async def names_in(client: Client) -> set[str]:
    names: set[str] = set()
    arguments: dict[str, Any] = {"limit": 100}
    while True:
        page = (await client.call_tool("list_events", arguments)).structured_content
        assert page is not None
        names |= {event["name"] for event in page["records"]}
        if not page["hasMore"]:
            return names
        arguments["cursor"] = page["nextCursor"]


class Subscriber:
    """Reads only when it is told of a change, so what it knows is what it heard of."""

    def __init__(self, expected: int) -> None:
        self.heard: set[str] = set()
        self.listening = anyio.Event()
        self._expected = expected

    async def listen(self, database: Path) -> None:
        parameters = StdioServerParameters(command=MILEPOST, args=["mcp"], env=environment(database))
        async with (
            Client(stdio_client(parameters)) as client,
            client.listen(resource_subscriptions=[TIMELINE]) as notices,
        ):
            self.listening.set()
            async for _ in notices:
                self.heard |= await names_in(client)
                if len(self.heard) >= self._expected:
                    return


class FeedListener:
    """Hears each notice by itself, where those of a subscription go out in bundles."""

    def __init__(self, expected: int) -> None:
        self.heard: Counter[tuple[ChangeKind, str | None]] = Counter()
        self.listening = anyio.Event()
        self._expected = expected

    async def listen(self, database: Path) -> None:
        store = SqliteStore(database)
        try:
            async with store.feed.listen() as notices:
                self.listening.set()
                async for notice in notices:
                    self.heard[(notice.kind, notice.event_sid)] += 1
                    if self.heard.total() >= self._expected:
                        return
        finally:
            store.close()


async def test_two_servers_write_to_one_file_and_a_third_process_hears_of_everything(tmp_path: Path):
    database, promises = tmp_path / "shared.db", Promises()
    token = create_token(database)
    subscriber = Subscriber(expected=2 * WRITERS * EACH)
    feed = FeedListener(expected=2 * WRITERS * EACH)

    with serving(database) as one, serving(database) as other, anyio.fail_after(HEAR_SECONDS):
        async with anyio.create_task_group() as group:
            for listener in (subscriber, feed):
                group.start_soon(listener.listen, database)
                await listener.listening.wait()
            for server in (one, other):
                group.start_soon(lambda url: write_all(url, token, WRITERS, promises, count=EACH), server.url)
        logs = one.log.read_text() + other.log.read_text()

    assert promises.open == []
    assert len(promises.kept) == 2 * WRITERS * EACH
    assert subscriber.heard == promises.kept.keys()
    assert feed.heard == Counter((ChangeKind.CREATED, sid) for sid in promises.kept.values())
    assert "locked" not in logs
    assert integrity(database) == []
