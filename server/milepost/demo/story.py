"""A story that is being told: events, and beside them what they did to the services, which the metrics show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from milepost.demo.cast import Environment, Service
from milepost.domain.event import Event, EventType, Provenance
from milepost.domain.instant import SECOND, Instant
from milepost.domain.scope import EVERYWHERE, Scope
from milepost.domain.sid import EVENT, mint

_DOORS = {
    "github_actions": Provenance("rest", "pipeline", "milepost.sh"),
    "alertmanager": Provenance("rest", "alerts", "Alertmanager/0.25"),
    "keda": Provenance("rest", "cluster", "keda"),
    "argo_cd": Provenance("rest", "cluster", "argo-cd"),
    "claude": Provenance("mcp", "assistant", "claude-code/2.1"),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """What is otherwise with a service, from `start` to `end` (None: to this day and on). None of either is all of them.

    `failing` of its requests fail, the others take `slowdown` times as long, and there are `demand` times as many.
    """

    start: Instant
    end: Instant | None
    service: Service | None = None
    environment: Environment | None = None
    failing: float = 0.0
    slowdown: float = 1.0
    demand: float = 1.0

    def covers(self, start: Instant, end: Instant) -> float:
        """Which share of that time it holds in."""
        until = end if self.end is None else min(self.end, end)
        return max(until - max(self.start, start), 0) / (end - start)


@dataclass(slots=True)
class Story:
    """All that happened up to `now`; what would lie behind it isn't told."""

    account_sid: str
    now: Instant
    random: Random
    events: list[Event] = field(default_factory=list[Event])
    effects: list[Effect] = field(default_factory=list[Effect])
    _runs: int = 8_100

    def event(
        self,
        kind: EventType,
        name: str,
        start: Instant,
        end: Instant | None = None,
        *,
        of: Sequence[Service] = (),
        at: Sequence[Environment] = (),
        source: str,
        **fields: Any,
    ) -> None:
        """Something happened, to some services in some environments, or to all."""
        if start > self.now:
            return
        created_at = Instant(start + self.random.randint(1, 4) * SECOND)
        buckets, environments = tuple(one.sid for one in of), tuple(one.sid for one in at)
        told = Event(
            sid=mint(EVENT, created_at, self.random.randbytes),
            account_sid=self.account_sid,
            type=kind,
            name=name,
            source=source,
            metadata={**fields.pop("metadata", {}), "madeUp": True},
            scope=Scope(buckets or EVERYWHERE, environments or EVERYWHERE),
            started_at=start,
            ended_at=end if end is not None and end <= self.now else None,
            created_at=created_at,
            created_by=_DOORS[source],
            **fields,
        )
        self.events.append(told)

    def effect(self, start: Instant, end: Instant | None, **what: Any) -> None:
        """Something was otherwise meanwhile."""
        if start <= self.now:
            self.effects.append(Effect(start, end, **what))

    def next_run(self) -> int:
        """The number of another run of a pipeline."""
        self._runs += self.random.randint(1, 6)
        return self._runs
