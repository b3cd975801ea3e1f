"""All services of one running Milepost, made from the ports that it was given."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.domain.instant import Clock
from milepost.domain.ports import (
    Accounts,
    ChangeFeed,
    EventHistory,
    EventReader,
    EventWriter,
    MetricSource,
    Places,
    Sessions,
    TagNumbers,
    Tokens,
)
from milepost.domain.sid import Entropy
from milepost.services.accounts import AccountService
from milepost.services.charts import ChartService
from milepost.services.events import EventService
from milepost.services.history import HistoryService
from milepost.services.places import PlaceService
from milepost.services.retention import RetentionService
from milepost.services.sessions import SessionService
from milepost.services.tags import TagService
from milepost.services.tokens import TokenService


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What a back end provides; one that can't be written has no `writer`, one that keeps no past no `history`.

    `metrics` come from beside it, if from anywhere.
    """

    reader: EventReader
    writer: EventWriter | None
    history: EventHistory | None
    feed: ChangeFeed
    accounts: Accounts
    tokens: Tokens
    sessions: Sessions
    places: Places
    tag_numbers: TagNumbers
    metrics: MetricSource | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """What every door is handed."""

    events: EventService
    history: HistoryService
    places: PlaceService
    tokens: TokenService
    sessions: SessionService
    accounts: AccountService
    tags: TagService
    charts: ChartService
    retention: RetentionService | None = None

    @classmethod
    def over(
        cls,
        ports: Ports,
        clock: Clock,
        entropy: Entropy,
        *,
        read_only: bool = False,
        keep_milliseconds: int | None = None,
    ) -> Services:
        """The services over a back end's ports. `read_only` takes no write of an event or a place, whatever the ports can.

        Events older than `keep_milliseconds` may be removed by `retention`.
        """
        writer = None if read_only else ports.writer
        history = None if read_only else ports.history
        places = PlaceService(ports.places, clock, entropy, writable=not read_only)
        tokens = TokenService(ports.tokens, places, clock, entropy)
        return cls(
            events=EventService(ports.reader, writer, places, clock, entropy),
            history=HistoryService(ports.history, ports.feed, clock, writable=writer is not None),
            places=places,
            tokens=tokens,
            sessions=SessionService(ports.sessions, tokens, clock, entropy),
            accounts=AccountService(ports.accounts, tokens, clock, entropy),
            tags=TagService(ports.tag_numbers, ports.reader),
            charts=ChartService(ports.metrics, places, clock),
            retention=RetentionService(history, ports.accounts, clock, keep_milliseconds)
            if history and keep_milliseconds
            else None,
        )
