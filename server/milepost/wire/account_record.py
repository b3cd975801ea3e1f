"""The JSON records of an account, and of the buckets and environments that it registered."""

from __future__ import annotations

from typing import Any

from milepost.domain.account import Account, Place
from milepost.domain.instant import format_instant


def account_record(account: Account) -> dict[str, Any]:
    """`{sid, name, createdAt}`."""
    return {"sid": account.sid, "name": account.name, "createdAt": format_instant(account.created_at)}


def place_record(place: Place) -> dict[str, Any]:
    """`{sid, accountSid, name, labels, createdAt, updatedAt}`, alike for a bucket and for an environment."""
    return {
        "sid": place.sid,
        "accountSid": place.account_sid,
        "name": place.name,
        "labels": dict(place.labels),
        "createdAt": format_instant(place.created_at),
        "updatedAt": None if place.updated_at is None else format_instant(place.updated_at),
    }
