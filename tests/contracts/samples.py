"""Events, and who writes them."""

from itertools import count
from typing import Any

from milepost.domain.account import Account
from milepost.domain.event import Check, Event, EventType, Provenance, Severity
from milepost.domain.instant import Instant
from milepost.domain.ports import Accounts
from milepost.domain.scope import Scope

ACCOUNT, OTHER = "acc_one", "acc_other"
BY = Provenance("cli", "a token", "a client/1")
_numbers = count(1)


async def add_accounts(accounts: Accounts) -> None:
    """The two accounts."""
    for sid in (ACCOUNT, OTHER):
        await accounts.add_account(Account(sid, f"name of {sid}", Instant(1_000)))


def make(**fields: Any) -> Event:
    """An event with a sid of its own; whatever isn't named is plain."""
    number = next(_numbers)
    plain: dict[str, Any] = {
        "sid": f"evt_{number:06}",
        "account_sid": ACCOUNT,
        "type": EventType.DEPLOYMENT,
        "name": f"event {number}",
        "started_at": Instant(number * 1_000),
        "created_at": Instant(number * 1_000 + 5),
    }
    return Event(**plain | fields)


def make_full(**fields: Any) -> Event:
    """An event that has something in every field."""
    everything: dict[str, Any] = {
        "type": EventType.INCIDENT,
        "name": "Database\tconnection spike \x1b[31m",
        "description": "École, Straße, 😀\nsecond line",
        "source": "github_actions",
        "metadata": {"z": 1, "a": [1.0, 2**63 - 1, -(2**63), None, True, {"deep": "\u2028"}], "ö": 1e-300},
        "scope": Scope(("bkt_b", "bkt_a"), ("prod01",)),
        "ended_at": Instant(1_750_000_000_000),
        "severity": Severity.ERROR,
        "tags": {"Team": ("b", "a"), "Environment": ("Prod",)},
        "check": Check(2**63 - 1, "symbol", "descriptor"),
        "dedup_key": "github:run:1",
        "updated_at": Instant(1_700_000_000_001),
        "created_by": BY,
        "version": 3,
    }
    return make(**everything | fields)
