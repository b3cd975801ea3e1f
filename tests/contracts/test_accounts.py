import anyio
import pytest

from milepost.domain.account import Account
from milepost.domain.errors import Conflict
from milepost.domain.instant import Instant
from tests.contracts.backends import Backend


def account(number: int) -> Account:
    return Account(f"acc_{number}", f"name {number}", Instant(number))


async def test_accounts_are_listed_oldest_first(empty: Backend) -> None:
    assert await empty.accounts.accounts() == ()
    kept = [await empty.accounts.add_account(account(number)) for number in (3, 1, 2)]
    assert list(await empty.accounts.accounts()) == kept


async def test_a_taken_name_or_sid_conflicts(empty: Backend) -> None:
    await empty.accounts.add_account(account(1))
    with pytest.raises(Conflict) as raised:
        await empty.accounts.add_account(Account("acc_2", "name 1", Instant(0)))
    assert raised.value.field == "name"
    with pytest.raises(Conflict):
        await empty.accounts.add_account(Account("acc_1", "name 2", Instant(0)))
    assert len(await empty.accounts.accounts()) == 1


async def test_the_first_account_is_made_once(empty: Backend) -> None:
    answers: list[tuple[Account, bool]] = []

    async def first(number: int) -> None:
        answers.append(await empty.accounts.first_account(account(number)))

    async with anyio.create_task_group() as group:
        for number in range(10):
            group.start_soon(first, number)
    assert [made for _, made in answers].count(True) == 1
    assert {kept for kept, _ in answers} == set(await empty.accounts.accounts())
