"""Who is in it: six services, three environments, and what an ordinary day is like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from milepost.domain.account import Place, PlaceKind
from milepost.domain.instant import Instant

ACCOUNT_NAME: Final = "Demo (made up)"
SERVICE_LABEL, ENVIRONMENT_LABEL = "service", "env"


@dataclass(frozen=True, slots=True)
class Service:
    """`requests` a second in production at noon, half of which are answered within `median_seconds`."""

    name: str
    requests: float
    median_seconds: float
    replicas: int
    autoscaled: bool = False

    @property
    def sid(self) -> str:
        """As it is registered."""
        return f"bkt_{self.name}"


@dataclass(frozen=True, slots=True)
class Environment:
    """`share` of production's traffic; `label` is what metrics call it."""

    name: str
    label: str
    share: float

    @property
    def sid(self) -> str:
        """As it is registered."""
        return f"env_{self.label}"


SERVICES: Final = (
    Service("web", 180.0, 0.045, 8, autoscaled=True),
    Service("checkout", 24.0, 0.120, 4),
    Service("payments", 18.0, 0.210, 4),
    Service("catalog", 130.0, 0.030, 6),
    Service("search", 65.0, 0.075, 6, autoscaled=True),
    Service("accounts", 32.0, 0.055, 3),
)
DEVELOPMENT: Final = Environment("development", "dev", 0.004)
STAGING: Final = Environment("staging", "staging", 0.02)
PRODUCTION: Final = Environment("production", "prod", 1.0)
ENVIRONMENTS: Final = (DEVELOPMENT, STAGING, PRODUCTION)
"""In the order in which a release goes through them."""
BY_NAME: Final = {service.name: service for service in SERVICES}


def places(account_sid: str, created_at: Instant) -> Iterator[Place]:
    """What there is to register, with the labels of its metrics."""
    buckets = [(PlaceKind.BUCKET, one.sid, one.name, {SERVICE_LABEL: one.name}) for one in SERVICES]
    environments = [(PlaceKind.ENVIRONMENT, one.sid, one.name, {ENVIRONMENT_LABEL: one.label}) for one in ENVIRONMENTS]
    for kind, sid, name, labels in (*buckets, *environments):
        yield Place(sid=sid, account_sid=account_sid, kind=kind, name=name, labels=labels, created_at=created_at)
