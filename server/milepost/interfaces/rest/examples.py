"""The examples that the API's document shows, rendered by the same code as real answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from milepost.domain.account import Place, PlaceKind
from milepost.domain.charts import QUANTILES, Chart, ChartName, Grid, Series, by_class, error_ratio
from milepost.domain.event import Event, EventType, Provenance
from milepost.domain.history import ChangeKind, Revision
from milepost.domain.instant import MINUTE, Instant
from milepost.domain.scope import Restriction
from milepost.domain.token import Token, TokenKind, TokenScope
from milepost.operations.operation import Json
from milepost.wire.account_record import place_record
from milepost.wire.chart_record import charts_record
from milepost.wire.event_record import event_record
from milepost.wire.revision_record import revision_record
from milepost.wire.token_record import issued_token_answer, token_answer

_AT: Final = Instant(1_768_487_400_000)
_LATER: Final = Instant(_AT + 30 * MINUTE)
_ACCOUNT: Final = "acc_2aGxVqkEUpaJQgfIWd0DzRPhMnO"
_BY: Final = Provenance("rest", "deploy pipeline", "curl/8.14.1")
_EVENT: Final = Event(
    sid="evt_38JkQYd3nnvNnZsBTKfnPb0aVGs",
    account_sid=_ACCOUNT,
    type=EventType.DEPLOYMENT,
    name="v2.3.1 production release",
    description="Commit: a1b2c3d4",
    source="github_actions",
    metadata={"commitSha": "a1b2c3d4e5f6", "branch": "main", "actor": "jsmith"},
    started_at=_AT,
    created_at=Instant(_AT + 5_000),
    dedup_key="github:run:8123",
    created_by=_BY,
)
_CHANGED: Final = replace(_EVENT, ended_at=_LATER, updated_at=_LATER, version=2)
_TOKEN: Final = Token(
    sid="tok_38JkSgmFhrJkbZtWuUQFBVgmrNw",
    account_sid=_ACCOUNT,
    kind=TokenKind.API,
    name="deploy pipeline",
    hint="tok_2abc1*******ef789",
    scopes=frozenset({TokenScope.EVENTS_READ, TokenScope.EVENTS_WRITE}),
    restriction=Restriction(environments=frozenset({"prod01"})),
    created_at=_AT,
)
_REVOKED: Final = replace(_TOKEN, revoked_at=_LATER, last_used_at=Instant(_AT + MINUTE))


def event() -> Json:
    """A deployment."""
    return event_record(_EVENT)


def changed_event() -> Json:
    """The same, ended."""
    return event_record(_CHANGED)


def event_page() -> Json:
    """A page of one."""
    return _page(event())


def deleted_event() -> Json:
    """What is left of it."""
    return {"sid": _EVENT.sid, "deleted": True}


def event_bodies() -> Mapping[str, Json]:
    """Creations."""
    return {
        "deployment": {
            "type": "deployment",
            "name": "v2.3.1 production release",
            "description": "Deployed from main branch",
            "source": "github_actions",
            "metadata": {"commitSha": "a1b2c3d4e5f6", "branch": "main", "imageTag": "v2.3.1"},
            "dedupKey": "github:run:8123",
        },
        "incident": {"type": "incident", "name": "Checkout is slow", "startedAt": "now-20m", "severity": "E"},
    }


def event_patches() -> Mapping[str, Json]:
    """Changes."""
    return {
        "close": {"endedAt": "2026-01-15T15:00:00.000Z", "description": "Root cause: connection pool exhausted"},
        "reopen": {"endedAt": None},
    }


def batches() -> Mapping[str, Json]:
    """A creation and one that can't be."""
    return {"two": {"events": [*list(event_bodies().values())[:1], {"type": "deploy", "name": "v2.3.2"}]}}


def batch_results() -> Json:
    """What becomes of them."""
    message = '"deploy" is not one of deployment, incident, config_change, scale, custom'
    error = {
        "code": "VALIDATION_ERROR",
        "message": f"type: {message}",
        "details": [{"field": "type", "message": message}],
    }
    return {
        "results": [
            {"index": 0, "status": 201, "replayed": False, "record": event()},
            {"index": 1, "status": 400, "error": error},
        ]
    }


def history_page() -> Json:
    """One change."""
    revision = Revision(
        event_sid=_EVENT.sid,
        account_sid=_ACCOUNT,
        version=2,
        kind=ChangeKind.CHANGED,
        at=_LATER,
        by=_BY,
        before=_EVENT,
    )
    return _page(revision_record(revision))


def charts() -> Json:
    """Three points, at the second of which something goes wrong."""
    throughput = by_class([("2xx", (41.2, 38.9, 40.5)), ("4xx", (0.6, 0.8, 0.7)), ("5xx", (0.0, 2.1, 0.1))])
    times = ((0.041, 0.052, 0.043), (0.18, 0.61, 0.21), (0.33, 1.9, 0.4))
    response_time = tuple(Series(*pair) for pair in zip(QUANTILES, times, strict=True))
    lines = (throughput, error_ratio(throughput), response_time)
    drawn = tuple(Chart(*pair) for pair in zip(ChartName, lines, strict=True))
    return charts_record(Grid(_AT, 15, 3), drawn, connected=True)


def place(kind: PlaceKind) -> Json:
    """A bucket or an environment."""
    bucket = kind is PlaceKind.BUCKET
    return place_record(
        Place(
            sid="bkt_38JkTq0Bz4r5dPzMyC0oTGQ1Yzx" if bucket else "prod01",
            account_sid=_ACCOUNT,
            kind=kind,
            name="checkout" if bucket else "production",
            labels={"service": "checkout"} if bucket else {"env": "prod"},
            created_at=_AT,
        )
    )


def place_page(kind: PlaceKind) -> Json:
    """A page of one."""
    return _page(place(kind))


def deleted_place(kind: PlaceKind) -> Json:
    """What is left of it."""
    return {"sid": place(kind)["sid"], "deleted": True}


def place_bodies(kind: PlaceKind) -> Mapping[str, Json]:
    """A registration."""
    shown = place(kind)
    return {kind.value: {"name": shown["name"], "labels": shown["labels"]}}


def place_patches(kind: PlaceKind) -> Mapping[str, Json]:
    """A change."""
    return {"labels": {"labels": place(kind)["labels"]}}


def token_bodies() -> Mapping[str, Json]:
    """What is asked for."""
    return {
        "pipeline": {
            "name": "deploy pipeline",
            "scopes": ["events:read", "events:write"],
            "environmentSids": ["prod01"],
            "expiresAt": "90d",
        }
    }


def issued_token(kind: TokenKind) -> Json:
    """With its secret."""
    return issued_token_answer(_of_kind(_TOKEN, kind), f"{kind.prefix}_…", _AT)


def token(kind: TokenKind) -> Json:
    """Masked."""
    return token_answer(_of_kind(_TOKEN, kind), _LATER)


def revoked_token(kind: TokenKind) -> Json:
    """Good for nothing."""
    return token_answer(_of_kind(_REVOKED, kind), _LATER)


def token_page(kind: TokenKind) -> Json:
    """A page of one."""
    return _page(token(kind))


def _of_kind(token: Token, kind: TokenKind) -> Token:
    def own(text: str) -> str:
        return f"{kind.prefix}{text[3:]}"

    return replace(token, kind=kind, sid=own(token.sid), hint=own(token.hint))


def _page(record: Json) -> Json:
    return {"hasMore": False, "records": [record], "nextCursor": None}
