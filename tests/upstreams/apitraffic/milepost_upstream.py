"""Another Milepost as the upstream, over real HTTP."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from milepost.app.backend import now
from milepost.domain.caller import Caller
from milepost.domain.token import TokenKind
from milepost.services.tokens import TokenDraft
from milepost.upstreams.apitraffic.writer import ApiTrafficEvents
from milepost.upstreams.client import upstream_client
from milepost.upstreams.exchange import Exchange
from tests.contracts.backends import Backend, sqlite
from tests.contracts.per_account import PerAccount
from tests.contracts.samples import ACCOUNT, OTHER, add_accounts
from tests.interfaces.http_world import READ, WRITE, World, bearer, http_world


@dataclass(frozen=True)
class MilepostUpstream:
    """The other one's store, and the adapters of its two accounts."""

    store: Backend
    events: PerAccount


@asynccontextmanager
async def milepost_upstream(folder: Path) -> AsyncGenerator[MilepostUpstream]:
    """It serves a store in `folder`."""
    async with sqlite(folder) as store:
        await add_accounts(store.accounts)
        async with http_world(folder, rate_limit="off") as world, AsyncExitStack() as stack:
            yield MilepostUpstream(
                store, PerAccount({sid: await _adapter(stack, world, sid) for sid in (ACCOUNT, OTHER)})
            )


async def _adapter(stack: AsyncExitStack, world: World, account_sid: str) -> ApiTrafficEvents:
    draft = TokenDraft(kind=TokenKind.API, name="upstream", scopes=frozenset({READ, WRITE}))
    issued = await world.server.services.tokens.issue(Caller(account_sid=account_sid, door="test"), draft)
    address = f"{world.server.url}/v1/accounts/{account_sid}"
    client = await stack.enter_async_context(upstream_client(address, "milepost/test", bearer(issued.secret)))
    return ApiTrafficEvents(Exchange(client, "apitraffic", now), account_sid, now)
