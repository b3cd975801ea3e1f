"""The time that one question may take."""

from __future__ import annotations

import math

import anyio
import pytest

from milepost.upstreams.patience import BUDGET_SECONDS, Patience
from milepost.upstreams.sources import DEADLINE_SECONDS

AT_ONCE = 0.01


async def answer() -> str:
    return "answer"


async def after_the_budget() -> str:
    await anyio.sleep(AT_ONCE * 3)
    return "late"


def test_the_budget_is_under_the_deadline_of_an_overlay():
    assert BUDGET_SECONDS == 4.0 < DEADLINE_SECONDS


async def test_the_first_request_takes_its_time_and_none_is_begun_after_it():
    patience = Patience(AT_ONCE)
    begun: list[str] = []

    async def further() -> str:
        begun.append("further")
        return await answer()

    assert await patience.give(after_the_budget) == "late"
    assert await patience.give(further) is None
    assert begun == []


async def test_a_further_request_is_cancelled_when_time_is_up():
    patience = Patience(AT_ONCE * 10)
    assert [await patience.give(answer), await patience.give(answer)] == ["answer"] * 2
    assert await patience.give(anyio.sleep_forever) is None


async def test_who_cancels_the_whole_is_obeyed():
    went_on: list[object] = []
    for patience in (Patience(), Patience(math.inf)):
        await patience.give(answer)
        with anyio.move_on_after(AT_ONCE) as whole:
            went_on.append(await patience.give(anyio.sleep_forever))
        assert whole.cancelled_caught
    assert went_on == []


async def test_what_a_request_fails_with_is_raised():
    patience = Patience()

    async def fail() -> None:
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            await patience.give(fail)
