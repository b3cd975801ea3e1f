import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from milepost.domain.account import Account
from milepost.domain.caller import Caller
from milepost.domain.errors import Conflict, Invalid
from milepost.domain.token import TokenKind
from milepost.services.accounts import FirstStart
from milepost.services.services import Services
from milepost.services.tokens import TokenDraft
from milepost.stores.sqlite.store import SqliteStore
from tests.services.world import NOON, READ, WRITE, StandingClock, World, ports_of


async def test_an_account_has_a_name_of_its_own(world: World) -> None:
    account = await world.services.accounts.create("Acme")
    assert account.sid.startswith("acc_")
    assert (account.name, account.created_at) == ("Acme", NOON)
    assert await world.services.accounts.list() == (world.account, account)
    with pytest.raises(Conflict, match="name: "):
        await world.services.accounts.create("Acme")
    for name in ("", " ", "x" * 129, "a\0"):
        with pytest.raises(Invalid, match="name: "):
            await world.services.accounts.create(name)


async def test_without_a_name_the_only_account_is_meant(world: World) -> None:
    assert await world.services.accounts.pick(None) == world.account


async def test_with_several_accounts_one_has_to_be_named_and_all_are_told(world: World) -> None:
    other = await world.services.accounts.create("Acme")
    for reference in (None, "nobody"):
        with pytest.raises(Invalid) as refused:
            await world.services.accounts.pick(reference)
        assert refused.value.problems[0].field == "account"
        for account in (world.account, other):
            assert f"{account.sid} ({account.name})" in str(refused.value)
        assert ("there are several" if reference is None else 'there is no "nobody"') in str(refused.value)
    assert await world.services.accounts.pick("Acme") == await world.services.accounts.pick(other.sid) == other


async def test_a_sid_means_itself_even_where_another_bears_it_as_a_name(world: World) -> None:
    await world.services.accounts.create(world.account.sid)
    assert await world.services.accounts.pick(world.account.sid) == world.account


async def test_the_first_start_made_one_account_and_one_token_and_no_other_start_does(world: World) -> None:
    (token,) = await world.services.tokens.list(world.owner)
    assert token.kind is TokenKind.MCP
    assert token.scopes == {READ, WRITE}
    starts: list[FirstStart] = []

    async def start() -> None:
        starts.append(await world.services.accounts.first_start())

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(start)
    assert starts == [FirstStart(world.account, None)] * 5
    assert await world.services.tokens.list(world.owner) == (token,)


async def test_a_long_list_of_accounts_is_cut(world: World) -> None:
    for number in range(51):
        await world.services.accounts.create(f"account {number}")
    with pytest.raises(Invalid) as refused:
        await world.services.accounts.pick(None)
    assert "account 48" in str(refused.value)
    assert "account 49" not in str(refused.value)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Services]:
    """The services over a store that nobody has used yet."""
    with closing(SqliteStore(tmp_path / "empty.db")) as store:
        yield Services.over(ports_of(store), StandingClock(), os.urandom)


async def test_whoever_needs_an_account_makes_the_first_on_an_empty_store(empty: Services) -> None:
    assert await empty.accounts.list() == ()
    account = await empty.accounts.pick(None)
    assert account.name == "default"
    assert await empty.accounts.list() == (account,)
    assert await empty.accounts.pick(None) == account


async def test_a_name_that_nobody_bears_makes_no_account(empty: Services) -> None:
    with pytest.raises(Invalid, match='there is no "Acme"; name one of: none yet'):
        await empty.accounts.pick("Acme")
    assert await empty.accounts.list() == ()


async def test_the_first_start_shows_its_token_once(empty: Services) -> None:
    first, second = await empty.accounts.first_start(), await empty.accounts.first_start()
    assert first.issued is not None
    assert second == FirstStart(first.account, None)
    caller = await empty.tokens.authenticate(first.issued.secret, "mcp")
    assert (caller.account_sid, caller.scopes) == (first.account.sid, {READ, WRITE})
    assert caller.token is not None
    assert caller.token.kind is TokenKind.MCP


async def test_where_there_is_a_token_already_the_first_start_makes_none(empty: Services) -> None:
    account = await empty.accounts.pick(None)
    owner = Caller(account_sid=account.sid, door="cli")
    issued = await empty.tokens.issue(owner, TokenDraft(kind=TokenKind.API, name="mine"))
    await empty.tokens.revoke(owner, issued.token.sid)
    assert await empty.accounts.first_start() == FirstStart(account, None)


async def test_many_who_need_an_account_at_once_make_one(world: World) -> None:
    picked: list[Account] = []

    async def pick() -> None:
        picked.append(await world.services.accounts.pick(None))

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(pick)
    assert picked == [world.account] * 8
