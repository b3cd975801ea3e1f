"""Events, changes and questions of few different values, so that they meet; the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from milepost.domain.event import Check, Event, EventType, Severity
from milepost.domain.instant import DAY, MINUTE, Instant
from milepost.domain.query import EventQuery, Position
from milepost.domain.scope import EVERYWHERE, Restriction, Scope, SidTuple
from milepost.domain.tags import TagFilter, TagId, TagName
from milepost.domain.text import fold

ACCOUNT, OTHER = "acc_one", "acc_other"
SIDS = ("A", "B", "C")
TAG_NAMES = ("a", "b", "c", "ä")
SPANS = (0, 1, 5, MINUTE, MINUTE + 1, 4 * MINUTE, 90 * MINUTE, DAY, 20 * DAY, 200 * DAY)
WORDS = ("deploy", "Deploy", "roll back", "École", "ab", "Straße", "x", "depl")
T = TypeVar("T")


class Maker:
    """Makes events and queries of few different values, so that they meet; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def maybe(self, make: Callable[[], T], share: float = 0.5) -> T | None:
        return make() if self.chance.random() < share else None

    def some(self, values: Sequence[T], most: int, least: int = 1) -> list[T]:
        return self.chance.sample(values, self.chance.randint(least, most))

    def moment(self) -> Instant:
        return Instant(self.chance.randrange(self.chance.choice((40, 2 * MINUTE, 300 * DAY))))

    def sid(self) -> str:
        return "".join(self.chance.choices("aZ0_-", k=self.chance.randint(1, 6)))

    def words(self) -> str:
        return " ".join(self.chance.choices(WORDS, k=self.chance.randint(1, 3)))

    def scope(self) -> SidTuple:
        return EVERYWHERE if self.chance.random() < 0.3 else tuple(self.some(SIDS, 2))

    def event(self) -> Event:
        chance, started_at = self.chance, self.moment()
        return Event(
            sid=self.sid(),
            account_sid=chance.choice((ACCOUNT, ACCOUNT, ACCOUNT, OTHER)),
            type=chance.choice(list(EventType)),
            name=self.words(),
            description=self.maybe(self.words),
            source=self.maybe(lambda: chance.choice(("ci", "cd"))),
            scope=Scope(self.scope(), self.scope()),
            started_at=started_at,
            ended_at=self.maybe(lambda: Instant(started_at + chance.choice(SPANS))),
            created_at=Instant(0),
            severity=self.maybe(lambda: chance.choice(list(Severity))),
            tags=self.maybe(lambda: {key: tuple(self.some(TAG_NAMES, 2)) for key in self.some(TAG_NAMES, 2)}),
            check=self.maybe(lambda: Check(chance.randint(1, 3))),
            dedup_key=self.maybe(lambda: f"k{chance.randint(1, 30)}", 0.3),
        )

    def events(self, most: int) -> list[Event]:
        return [self.event() for _ in range(self.chance.randint(0, most))]

    def edits(self, most: int) -> list[Edit]:
        kinds = ("change", "change", "delete", "restore")
        return [
            Edit(self.chance.randrange(100), self.chance.choice(kinds), self.event())
            for _ in range(self.chance.randint(0, most))
        ]

    def tag_reference(self) -> TagName:
        return self.chance.choice((*TAG_NAMES, TagId(self.chance.randint(1, 5))))

    def tag_filter(self) -> TagFilter:
        key = self.maybe(self.tag_reference, 0.7)
        least = 1 if key is None else 0
        return TagFilter(key, tuple(self.tag_reference() for _ in range(self.chance.randint(least, 2))))

    def tag_filters(self) -> tuple[TagFilter, ...]:
        return tuple(self.tag_filter() for _ in range(self.chance.randint(1, 2)))

    def reach(self) -> Restriction:
        return Restriction(*(self.maybe(lambda: frozenset(self.some(SIDS, 2, 0))) for _ in range(2)))

    def query(self) -> EventQuery:
        """With few filters, so that something is found."""
        chance, share = self.chance, 0.12
        message = self.maybe(lambda: fold(chance.choice(WORDS)), share)
        start = self.maybe(self.moment, 0.3)
        if message is not None and len(message) < 3 and start is None:
            start = Instant(0)
        return EventQuery(
            types=frozenset(self.maybe(lambda: self.some(list(EventType), 3), share) or ()),
            start=start,
            end=self.maybe(self.moment, 0.2),
            bucket_sid=self.maybe(lambda: chance.choice(SIDS), share),
            environment_sid=self.maybe(lambda: chance.choice(SIDS), share),
            ongoing=self.maybe(lambda: chance.random() < 0.5, share),
            source=self.maybe(lambda: chance.choice(("ci", "cd", "absent")), share),
            severities=frozenset(self.maybe(lambda: self.some(list(Severity), 2), share) or ()),
            exclude_severities=frozenset(self.maybe(lambda: self.some(list(Severity), 2), share) or ()),
            starts_only=chance.random() < 0.2,
            check_id=self.maybe(lambda: chance.randint(1, 4), share),
            dedup_key=self.maybe(lambda: f"k{chance.randint(1, 31)}", 0.05),
            message=message,
            include_tags=self.maybe(self.tag_filters, share) or (),
            include_all_tags=chance.random() < 0.5,
            exclude_tags=self.maybe(self.tag_filters, share) or (),
            reach=self.maybe(self.reach, share) or Restriction(),
            after=self.maybe(lambda: Position(self.moment(), self.sid()), 0.2),
            limit=chance.randint(1, 12),
        )


@dataclass(frozen=True)
class Edit:
    """Something done to one of the events that are there, by its place in their order."""

    index: int
    what: str
    now: Event
