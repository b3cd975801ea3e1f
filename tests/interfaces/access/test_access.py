"""Every route and every tool, tried by every kind of caller."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

import pytest
from starlette.routing import BaseRoute, Route

from milepost.app.http_application import HttpApplication
from milepost.domain.instant import Instant
from milepost.domain.token import TokenKind
from milepost.interfaces.apica_rest.table import TABLE as APICA_TABLE
from milepost.interfaces.rest.door import PREFIX
from milepost.interfaces.rest.table import OPERATIONS as REST_OPERATIONS
from tests.interfaces.access.callers import INSIDE, OUTSIDE, SIDES, Callers, addresses, callers
from tests.interfaces.access.requests import Attempt
from tests.interfaces.access.tables import (
    APICA,
    OPERATIONS,
    OTHER_ROUTES,
    ROUTES_OF_SESSIONS,
    TOOLS,
    UNTRIED,
    Cells,
    Row,
    rows,
)
from tests.interfaces.http_world import World, basic, bearer, http_world
from tests.postgres_server import database

REST = rows(OPERATIONS)
DIALECT = rows(APICA)
MCP = rows(TOOLS)
OTHERS = rows(OTHER_ROUTES)
OF_SESSIONS = rows(ROUTES_OF_SESSIONS)
Send = Callable[[Attempt, dict[str, str]], Awaitable[str]]


@dataclass(frozen=True)
class Matrix:
    """A server that is asked, as if from many addresses, and by tokens of either kind."""

    world: World
    routes: tuple[str, ...]
    callers: dict[TokenKind, Callers]
    addresses: Iterator[str]

    def headers(self, secret: str | None) -> dict[str, str]:
        return {"x-forwarded-for": next(self.addresses), **({} if secret is None else bearer(secret))}

    def from_the_page(self, secret: str | None) -> dict[str, str]:
        """What a browser sends, with the cookie of a session."""
        own = {"x-forwarded-for": next(self.addresses), "sec-fetch-site": "same-origin"}
        return own if secret is None else own | {"cookie": f"milepost_session_{self.world.port}={secret}"}

    def attempt(self, kind: TokenKind, case: str, proof: str = "token") -> tuple[Attempt, dict[str, str]]:
        """Case is a caller, and for a restricted one what it is after."""
        caller, _, side = case.partition(" ")
        made = self.callers[kind]
        by_token = proof == "token"
        headers = self.headers(made.secrets[caller]) if by_token else self.from_the_page(made.sessions[caller])
        return Attempt(self.world.client, made, SIDES[side or "inside"]), headers

    async def outcomes(
        self, kind: TokenKind, cells: Cells, send: Send, proof: str = "token", *, places: bool = False
    ) -> Cells:
        found: Cells = {}
        for case in cells:
            around: AbstractAsyncContextManager[None] = nullcontext()
            if places:
                around = self.callers[kind].registered(INSIDE, OUTSIDE)
            async with around:
                found[case] = await send(*self.attempt(kind, case, proof))
        return found


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Generator[dict[str, str]]:
    """The setting of the store that everything is tried over."""
    if request.param == "sqlite":
        yield {}
        return
    with database() as url:
        yield {"backend": url}


@pytest.fixture(scope="module")
async def matrix(tmp_path_factory: pytest.TempPathFactory, store: dict[str, str]) -> AsyncGenerator[Matrix]:
    served: list[BaseRoute] = []
    running = HttpApplication.running

    def noted(application: HttpApplication, routes: Iterable[BaseRoute]) -> AbstractAsyncContextManager[None]:
        given = [*routes]
        served.extend([*given, *application._routes])
        return running(application, given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HttpApplication, "running", noted)
        folder = tmp_path_factory.mktemp("access")
        async with http_world(folder, rate_limit="off", trusted_proxies="127.0.0.1", **store) as world:
            now = Instant(time.time_ns() // 1_000_000)
            made = {kind: await callers(world.server.services, world.owner, now, kind) for kind in TokenKind}
            paths = tuple(route.path for route in served if isinstance(route, Route))
            assert len(paths) == len(served)
            yield Matrix(world, paths, made, addresses())


@pytest.mark.parametrize(
    ("kind", "proof"), [(TokenKind.MCP, "token"), (TokenKind.API, "token"), (TokenKind.API, "session")]
)
@pytest.mark.parametrize("row", REST, ids=" ".join)
async def test_operations(row: Row, kind: TokenKind, proof: str, matrix: Matrix):
    method, path = row
    places = path.startswith(("buckets", "environments"))

    async def send(attempt: Attempt, headers: dict[str, str]) -> str:
        return await attempt.operation(method, path, headers)

    assert await matrix.outcomes(kind, REST[row], send, proof, places=places) == REST[row]


@pytest.mark.parametrize("place", ["bearer", "basic", "ticket"])
@pytest.mark.parametrize("row", DIALECT, ids=" ".join)
async def test_apicas_dialect(row: Row, place: str, matrix: Matrix):
    async def send(attempt: Attempt, headers: dict[str, str]) -> str:
        secret = headers.pop("authorization", "").removeprefix("Bearer ")
        parameters = {"auth_ticket": secret} if secret and place == "ticket" else {}
        if secret and place != "ticket":
            headers |= bearer(secret) if place == "bearer" else basic("anybody", secret)
        return await attempt.apica(*row, headers, parameters)

    assert await matrix.outcomes(TokenKind.API, DIALECT[row], send) == DIALECT[row]


@pytest.mark.parametrize("kind", TokenKind)
@pytest.mark.parametrize("row", MCP, ids=" ".join)
async def test_tools(row: Row, kind: TokenKind, matrix: Matrix):
    async def send(attempt: Attempt, headers: dict[str, str]) -> str:
        return await attempt.tool(row[1], headers)

    assert await matrix.outcomes(kind, MCP[row], send) == MCP[row]


@pytest.mark.parametrize("row", OTHERS, ids=" ".join)
async def test_other_routes(row: Row, matrix: Matrix):
    async def send(attempt: Attempt, headers: dict[str, str]) -> str:
        return await attempt.route(*row, headers)

    assert await matrix.outcomes(TokenKind.MCP, OTHERS[row], send) == OTHERS[row]


@pytest.mark.parametrize("row", OF_SESSIONS, ids=" ".join)
async def test_routes_of_sessions(row: Row, matrix: Matrix):
    method, path = row

    async def send(attempt: Attempt, headers: dict[str, str]) -> str:
        return await attempt.route(method, path, headers)

    # Signing out comes last: from then on a session is good for nothing.
    assert await matrix.outcomes(TokenKind.MCP, OF_SESSIONS[row], send, "session") == OF_SESSIONS[row]


@pytest.mark.parametrize("kind", TokenKind)
@pytest.mark.parametrize("caller", ["other", "reader", "bucket inside", "environment inside", "admin"])
async def test_a_token_is_shown_the_tools_that_it_may_call(caller: str, kind: TokenKind, matrix: Matrix):
    attempt, headers = matrix.attempt(kind, caller)
    may = {tool for (_, tool), cells in MCP.items() if cells[caller] != "403"}
    assert await attempt.tools_shown(headers) == may


def test_every_operation_is_in_the_table():
    operations = {(operation.method, operation.path.removeprefix(f"{PREFIX}/")) for operation in REST_OPERATIONS}
    assert set(REST) == operations
    assert set(DIALECT) == {(operation.method, operation.path) for operation in APICA_TABLE.operations}


async def test_every_tool_is_in_the_table(matrix: Matrix):
    attempt, headers = matrix.attempt(TokenKind.MCP, "admin")
    assert {tool for _, tool in MCP} == await attempt.tools_shown(headers)


async def test_every_route_is_in_a_table(matrix: Matrix):
    known = {f"{PREFIX}/{path}" for _, path in REST} | {path for _, path in (*DIALECT, *OTHERS, *OF_SESSIONS)} | UNTRIED
    assert set(matrix.routes) == known
