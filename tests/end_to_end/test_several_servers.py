"""Two servers over one PostgreSQL, behind a real balancer: for clients they are one Milepost."""

import json
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ResourceUpdatedNotification

from tests.end_to_end.support.balancer import balanced
from tests.end_to_end.support.door import Refused, door, rest_door
from tests.end_to_end.support.listeners import TIMELINE
from tests.end_to_end.support.process import Server, create_token, run_milepost, serving
from tests.end_to_end.support.writers import Promises, deployment, write_stubbornly
from tests.postgres_server import database

GUARD_SECONDS = 120
WRITERS = 8
EACH = 40
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Several:
    """Two servers, where a balancer in front of them is reached, and a token of their one account."""

    store: str
    servers: tuple[Server, Server]
    url: str
    token: str
    account: str

    def client(self, url: str) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx2.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=httpx2.Timeout(20, read=None))


@pytest.fixture
def several(tmp_path: Path) -> Generator[Several]:
    with ExitStack() as stack:
        store = stack.enter_context(database())
        token = create_token(store)
        log = tmp_path / "servers.log"
        servers = [stack.enter_context(serving(store, log=log, MILEPOST_TRUSTED_PROXIES="127.0.0.1")) for _ in range(2)]
        url = stack.enter_context(balanced(servers, tmp_path))
        account = json.loads(run_milepost(store, "accounts", "list", "--json"))[0]["sid"]
        yield Several(store, (servers[0], servers[1]), url, token, account)


async def test_a_listener_of_one_server_hears_of_what_is_created_on_the_other(several: Several):
    one, other = several.servers
    async with (
        several.client(one.url) as http,
        Client(streamable_http_client(f"{one.url}/mcp", http_client=http)) as client,
        client.listen(resource_subscriptions=[TIMELINE]) as notices,
        door(other.url, several.token) as through,
    ):
        await through.call("create_event", deployment("from the other"))
        with anyio.fail_after(GUARD_SECONDS):
            async for _ in notices:
                break
        page = (await client.call_tool("list_events", {})).structured_content
    assert page is not None
    assert [event["name"] for event in page["records"]] == ["from the other"]


@pytest.mark.parametrize("transport", ["/mcp", "/sse"])
async def test_a_client_of_before_2026_keeps_its_session_behind_the_balancer(several: Several, transport: str):
    heard: list[str] = []
    hears = anyio.Event()

    async def note(message: object) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            heard.append(str(message.params.uri))
            hears.set()

    async with Client(streams_of(several, transport), mode="legacy", message_handler=note) as client:
        await client.subscribe_resource(TIMELINE)  # pyright: ignore[reportDeprecated]
        for number in range(10):
            answer = await client.call_tool("create_event", deployment(f"event {number}"))
            assert not answer.is_error
        with anyio.fail_after(GUARD_SECONDS):
            await hears.wait()
        page = (await client.call_tool("list_events", {})).structured_content
    assert page is not None
    assert len(page["records"]) == 10
    assert set(heard) == {TIMELINE}


@asynccontextmanager
async def streams_of(several: Several, transport: str) -> AsyncGenerator[Any]:
    """The streams of one transport through the balancer."""
    if transport == "/sse":
        async with sse_client(f"{several.url}/sse", headers={"Authorization": f"Bearer {several.token}"}) as streams:
            yield streams
        return
    async with (
        several.client(several.url) as http,
        streamable_http_client(f"{several.url}/mcp", http_client=http) as streams,
    ):
        yield streams


async def test_a_list_is_paged_through_both_servers_without_loss_or_repetition_while_others_write(several: Several):
    promises = Promises()
    for number in range(WRITERS):
        await write_stubbornly(several.url, several.token, f"before-{number}", promises, count=EACH)
    before = set(promises.kept.values())
    pages: list[list[str]] = []
    async with anyio.create_task_group() as group:
        for number in range(2):
            group.start_soon(write_stubbornly, several.url, several.token, f"meanwhile-{number}", promises)
        await _turn_pages(several, pages)
        group.cancel_scope.cancel()
    sids = Counter(sid for page in pages for sid in page)
    assert {sid for sid, count in sids.items() if count > 1} == set()
    assert before <= sids.keys()
    assert len(pages) > 10
    assert promises.open == []


async def _turn_pages(several: Several, pages: list[list[str]]) -> None:
    """Collect every page, each from the server that didn't give the one before."""
    arguments: dict[str, Any] = {"limit": 25}
    async with door(several.servers[0].url, several.token) as one, door(several.servers[1].url, several.token) as other:
        while True:
            page = await (one, other)[len(pages) % 2].call("list_events", arguments)
            pages.append([event["sid"] for event in page["records"]])
            if not page["hasMore"]:
                return
            arguments["cursor"] = page["nextCursor"]


async def test_a_revoked_token_is_good_for_nothing_on_any_server(several: Several):
    await _list_on_each(several)
    [token] = json.loads(run_milepost(several.store, "tokens", "list", "--json"))
    run_milepost(several.store, "tokens", "revoke", token["sid"])
    for server in several.servers:
        async with door(server.url, several.token) as through:
            with pytest.raises(Refused, match=r"^401"):
                await through.call("list_events", {})


async def _list_on_each(several: Several) -> None:
    for server in several.servers:
        async with door(server.url, several.token) as through:
            await through.call("list_events", {})


async def test_clients_go_on_when_one_server_is_killed_and_every_acknowledged_event_is_there_once(several: Several):
    promises = Promises()
    with anyio.fail_after(GUARD_SECONDS):
        async with anyio.create_task_group() as group:
            for number in range(1, WRITERS):
                group.start_soon(_write, several, number, promises)
            await _write(several, 0, promises, EACH // 4)
            several.servers[0].kill()
            await _write(several, 0, promises)
    async with door(several.url, several.token) as through:
        found = await through.all_events()
    assert promises.open != []
    assert len(promises.kept) == len(found) == WRITERS * EACH
    assert {event["name"]: event["sid"] for event in found} == promises.kept


async def _write(several: Several, number: int, promises: Promises, count: int = EACH) -> None:
    """Over REST, whose requests go to any server; those of a token to `/mcp` all go to one."""
    opens = partial(rest_door, account=several.account)
    await write_stubbornly(several.url, several.token, f"writer-{number}", promises, count=count, opens=opens)


async def test_a_session_is_unknown_to_the_other_server_so_that_its_client_opens_a_new_one(several: Several):
    opening = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
    one, other = several.servers
    async with several.client(one.url) as client:
        body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": opening}
        opened = await client.post("/mcp", json=body, headers=headers)
        session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        assert (await client.post(f"{one.url}/mcp", json=ping, headers=headers | session)).status_code == 200
        assert (await client.post(f"{other.url}/mcp", json=ping, headers=headers | session)).status_code == 404


async def test_a_person_is_signed_in_on_every_server_and_out_on_every_server(several: Several):
    link = json.loads(run_milepost(several.store, "sign-in", "--json"))["url"].partition("/sign-in")[2]
    one, other = several.servers
    async with httpx2.AsyncClient(base_url=one.url, trust_env=False, headers=OWN_PAGE) as browser:
        # Not through the balancer, whose log has addresses in full.
        answers = [(await browser.get(f"{server.url}/sign-in{link}")).status_code for server in (one, other, one)]
        assert answers == [303, 401, 401]
        [secret] = browser.cookies.values()
        assert await _sessions(several, secret) == [200, 200]
        assert (await browser.delete("/session")).status_code == 204
        assert await _sessions(several, secret) == [401, 401]


async def test_a_page_of_one_server_hears_of_what_is_created_on_the_other(several: Several):
    one, other = several.servers
    async with httpx2.AsyncClient(
        base_url=one.url, trust_env=False, headers=OWN_PAGE, timeout=GUARD_SECONDS
    ) as browser:
        await browser.post("/session", json={"token": several.token})
        async with browser.stream("GET", "/changes") as changes, door(other.url, several.token) as through:
            await through.call("create_event", deployment("from the other"))
            told = [line async for line in _until_told(changes)]
    assert json.loads(told[-1].removeprefix("data: "))["kind"] == "created"


async def _sessions(several: Several, secret: str) -> list[int]:
    """What each server says of a session. The browser knows one host and port, and sends the cookie by that name."""
    statuses: list[int] = []
    for server in several.servers:
        cookie = {"Cookie": f"milepost_session_{server.port}={secret}"}
        async with httpx2.AsyncClient(base_url=server.url, trust_env=False, headers=OWN_PAGE | cookie) as client:
            statuses.append((await client.get("/session")).status_code)
    return statuses


async def _until_told(changes: httpx2.Response) -> AsyncGenerator[str]:
    async for line in changes.aiter_lines():
        yield line
        if line.startswith("data: "):
            return


def test_no_password_of_the_database_is_in_a_log_or_a_greeting(tmp_path: Path):
    secret, log = "zanzibar", tmp_path / "log"
    with database() as url:
        named = url.replace("milepost@", f"milepost:{secret}@")
        with serving(named, log=log, MILEPOST_LOG_LEVEL="debug", PGPASSWORD=f"{secret}2") as server:
            server.stop()
    said = log.read_text()
    assert "postgresql://milepost:***@127.0.0.1" in said
    assert secret not in said
