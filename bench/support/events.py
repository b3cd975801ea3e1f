"""The events that both sides are given: deploys as pipelines write them, one a minute, newest last."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

SERVICES = ("checkout", "payments", "search", "catalog", "gateway", "identity", "billing", "shipping")
NEWEST = 1_790_000_000_000
"""Milliseconds since 1970 of the newest event: 2026-09-21T14:13:20Z, so that no event lies in the future of this release."""
MINUTE = 60_000


@dataclass(frozen=True)
class Deploy:
    """One deploy of a service: of `commit`, at `at` (milliseconds since 1970)."""

    service: str
    version: str
    commit: str
    at: int

    @property
    def name(self) -> str:
        return f"Deploy {self.service} {self.version}"


def deploys(count: int) -> Iterator[Deploy]:
    """The same `count` deploys every time, oldest first."""
    chance = random.Random(20260728)
    for number in range(count):
        service = chance.choice(SERVICES)
        version = f"v{chance.randint(1, 9)}.{chance.randint(0, 40)}.{chance.randint(0, 9)}"
        yield Deploy(service, version, f"{chance.getrandbits(28):07x}", NEWEST - (count - number) * MINUTE)
