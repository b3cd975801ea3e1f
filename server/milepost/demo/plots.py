"""What may happen: each plot tells its events and what they do to the services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from milepost.demo.cast import ENVIRONMENTS, PRODUCTION, SERVICES, Environment, Service
from milepost.demo.story import Story
from milepost.domain.event import Check, EventType, Severity
from milepost.domain.instant import MINUTE, SECOND, Instant

_PEOPLE: Final = ("amara", "jonas", "li.wei", "priya", "sofia", "tomasz")
_BRANCH: Final = "main"


@dataclass(frozen=True, slots=True)
class Fault:
    """How a release may be bad: what the monitor says, and how it shows."""

    says: str
    failing: float
    slowdown: float
    cause: str


FAULTS: Final = (
    Fault("errors over 5 %", 0.16, 1.3, "a nil pointer in the new price rounding"),
    Fault("p95 over 1 s", 0.01, 5.5, "an index was missing, so each request read the whole table"),
    Fault("errors over 5 %", 0.31, 1.1, "the new version expected a column that the migration hadn't made yet"),
    Fault("p95 over 1 s", 0.04, 3.8, "the connection pool was exhausted"),
)


@dataclass(slots=True)
class Releases:
    """Of one service, each with its version."""

    story: Story
    service: Service
    minor: int
    patch: int = 0

    @property
    def version(self) -> str:
        """The newest."""
        return f"v2.{self.minor}.{self.patch}"

    def next_version(self) -> str:
        """Another: now and then with a feature, mostly with a correction."""
        feature = self.story.random.random() < 0.3
        self.minor, self.patch = (self.minor + 1, 0) if feature else (self.minor, self.patch + 1)
        return self.version

    def release(self, moment: Instant) -> Instant:
        """Through every environment, half an hour apart; the moment at which it begins in production."""
        random, version = self.story.random, self.next_version()
        actor, commit = random.choice(_PEOPLE), f"{random.getrandbits(48):012x}"
        for environment in ENVIRONMENTS:
            self._deploy(moment, environment, f"Deploy {self.service.name} {version}", version, actor, commit)
            if environment is not PRODUCTION:
                moment = Instant(moment + random.randint(22, 38) * MINUTE)
        return moment

    def release_gone_wrong(self, moment: Instant, fault: Fault, *, mended: bool = True) -> None:
        """An incident follows within minutes; it ends as the former version is back, or goes on."""
        random, before = self.story.random, self.version
        began = self.release(moment)
        broken = Instant(began + random.randint(90, 150) * SECOND)
        alarmed = Instant(broken + random.randint(100, 240) * SECOND)
        back = Instant(alarmed + random.randint(14, 42) * MINUTE)
        over = Instant(back + random.randint(150, 240) * SECOND) if mended else None
        self._incident(alarmed, over, fault)
        self.story.effect(
            broken, over, service=self.service, environment=PRODUCTION, failing=fault.failing, slowdown=fault.slowdown
        )
        if mended:
            name = f"Roll back {self.service.name} to {before}"
            self._deploy(back, PRODUCTION, name, before, random.choice(_PEOPLE), f"{random.getrandbits(48):012x}")

    def _deploy(
        self, moment: Instant, environment: Environment, name: str, version: str, actor: str, commit: str
    ) -> None:
        """Pods are replaced one by one, and the new ones have to warm up."""
        story, run = self.story, self.story.next_run()
        end = Instant(moment + story.random.randint(150, 330) * SECOND)
        metadata = {"version": version, "commitSha": commit, "branch": _BRANCH, "actor": actor, "runId": run}
        story.event(
            EventType.DEPLOYMENT, name, moment, end, of=[self.service], at=[environment], source="github_actions",
            metadata=metadata, dedup_key=f"github:run:{run}:{environment.label}", tags={"team": (self.service.name,)},
        )  # fmt: skip
        story.effect(moment, end, service=self.service, environment=environment, slowdown=1.25)

    def _incident(self, moment: Instant, end: Instant | None, fault: Fault) -> None:
        number = 40 + SERVICES.index(self.service)
        cause = f"Root cause: {fault.cause}. Rolled back." if end is not None and end <= self.story.now else None
        self.story.event(
            EventType.INCIDENT, f"{self.service.name.capitalize()}: {fault.says}", moment, end, of=[self.service],
            at=[PRODUCTION], source="alertmanager", description=cause, severity=Severity.ERROR,
            check=Check(number, f"{self.service.name}-slo", f"Service level of {self.service.name}"),
            dedup_key=f"alert:{self.service.name}:{moment}", metadata={"runbook": f"{self.service.name}/slo"},
        )  # fmt: skip


def scale(story: Story, service: Service, morning: Instant, evening: Instant) -> None:
    """More replicas for the day, fewer for the night."""
    more = service.replicas * 2 + story.random.randint(0, 3)
    for moment, before, after in ((morning, service.replicas, more), (evening, more, service.replicas)):
        story.event(
            EventType.SCALE, f"Scale {service.name} from {before} to {after} replicas", moment, of=[service],
            at=[PRODUCTION], source="keda", metadata={"from": before, "to": after},
        )  # fmt: skip
    story.effect(morning, evening, service=service, environment=PRODUCTION, slowdown=0.9)


def change_configuration(
    story: Story, service: Service, moment: Instant, what: str, *, failing: float = 0.0, minutes: int = 0
) -> None:
    """A setting of a service; a wrong one hurts until it is put right."""
    story.event(
        EventType.CONFIG_CHANGE, what, moment, of=[service], at=[PRODUCTION], source="argo_cd",
        metadata={"actor": story.random.choice(_PEOPLE)},
    )  # fmt: skip
    if not minutes:
        return
    alarmed, over = Instant(moment + 4 * MINUTE), Instant(moment + minutes * MINUTE)
    story.event(
        EventType.INCIDENT, f"{service.name.capitalize()}: timeouts", alarmed, over, of=[service], at=[PRODUCTION],
        source="alertmanager", severity=Severity.WARNING, dedup_key=f"alert:{service.name}:timeouts:{moment}",
        description=f'Root cause: "{what}" was too low for the evening. Put back.',
    )  # fmt: skip
    story.event(EventType.CONFIG_CHANGE, f"Put back: {what}", over, of=[service], at=[PRODUCTION], source="claude")
    story.effect(moment, over, service=service, environment=PRODUCTION, failing=failing, slowdown=2.2)
