"""An account with something inside and something outside of a token's reach, and one token of every sort."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from milepost.domain.account import PlaceKind
from milepost.domain.caller import Caller
from milepost.domain.event import Check, Event, EventChange, EventDraft, EventType
from milepost.domain.instant import Instant
from milepost.domain.token import ALL_SCOPES, Token, TokenKind, TokenScope, hash_secret, mint_secret
from milepost.services.places import PlaceDraft
from milepost.services.services import Services
from milepost.services.tokens import Issued, TokenDraft

KEY = "looked for"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Side:
    """A bucket and an environment."""

    bucket: str
    environment: str

    @property
    def scope(self) -> dict[str, list[str]]:
        return {"bucketSids": [self.bucket], "environmentSids": [self.environment]}


INSIDE, OUTSIDE = Side("bkt_inside", "env_inside"), Side("bkt_outside", "env_outside")
SIDES = {"inside": INSIDE, "outside": OUTSIDE}


@dataclass(frozen=True)
class Callers:
    """The account `owner` owns, and the secrets of tokens of one kind and of their sessions; `none` has none."""

    services: Services
    owner: Caller
    secrets: dict[str, str | None]
    sessions: dict[str, str | None]

    async def event(self, side: Side, *, deleted: bool) -> str:
        """The sid of an event with a past."""
        events = self.services.events
        event = await self._recorded(side, f"{KEY} {next(_numbers)}")
        await events.change(self.owner, event.sid, EventChange(description="changed"))
        if deleted:
            await events.delete(self.owner, event.sid)
        return event.sid

    async def marked(self, side: Side) -> str:
        """What an event is called by its check and by a tag, where no sid is told."""
        mark = f"{KEY} {next(_numbers)}"
        await self._recorded(side, mark, check=Check(1, mark), tags={KEY: (mark,)})
        return mark

    async def _recorded(self, side: Side, key: str, **fields: Any) -> Event:
        drafted = EventDraft(
            type=EventType.CUSTOM,
            name=KEY,
            dedup_key=key,
            buckets=(side.bucket,),
            environments=(side.environment,),
            **fields,
        )
        return (await self.services.events.create(self.owner, drafted)).event

    async def token(self, kind: TokenKind, side: Side) -> str:
        """The sid of a token that reaches no further than that side."""
        return (await self._issue(kind, buckets=(side.bucket,), environments=(side.environment,))).token.sid

    @asynccontextmanager
    async def registered(self, *sides: Side) -> AsyncGenerator[None]:
        """Know these sides' buckets and environments meanwhile, and no others afterwards."""
        places = self.services.places
        for side in sides:
            for kind, sid in ((PlaceKind.BUCKET, side.bucket), (PlaceKind.ENVIRONMENT, side.environment)):
                await places.create(self.owner, kind, PlaceDraft(name=f"name of {sid}", labels={}, sid=sid))
        yield
        for kind in PlaceKind:
            for place in await places.list(self.owner, kind):
                await places.delete(self.owner, kind, place.sid)

    async def _issue(self, kind: TokenKind, owner: Caller | None = None, **draft: Any) -> Issued:
        return await self.services.tokens.issue(owner or self.owner, TokenDraft(kind=kind, name="tried", **draft))


async def callers(services: Services, owner: Caller, now: Instant, kind: TokenKind) -> Callers:
    """Every sort of caller there is, with tokens of that kind."""
    made = Callers(services, owner, {}, {})
    other = Caller(account_sid=(await services.accounts.create(f"other {kind}")).sid, door="test")
    everything: dict[str, Any] = {"kind": kind, "scopes": ALL_SCOPES}
    revoked = await made._issue(**everything)
    issued = {
        "expired": await _expired(services, await made._issue(**everything), now),
        "revoked": revoked,
        "other": await made._issue(owner=other, **everything),
        "reader": await made._issue(kind, scopes=frozenset({TokenScope.EVENTS_READ})),
        "bucket": await made._issue(**everything, buckets=(INSIDE.bucket,)),
        "environment": await made._issue(**everything, environments=(INSIDE.environment,)),
        "admin": await made._issue(**everything),
    }
    nothing: dict[str, str | None] = {"none": None, "garbage": "garbage"}
    made.secrets.update(nothing | {name: each.secret for name, each in issued.items()})
    made.sessions.update(nothing | {name: await _session(services, each.token) for name, each in issued.items()})
    await services.tokens.revoke(owner, revoked.token.sid)
    return made


async def _expired(services: Services, issued: Issued, now: Instant) -> Issued:
    """A token that ended long ago; the service issues none, so it is put where tokens are kept."""
    secret = mint_secret(issued.token.kind, os.urandom)
    token = replace(issued.token, sid=f"{issued.token.sid}x", expires_at=Instant(now - 60_000))
    await services.tokens._tokens.add_token(token, hash_secret(secret))
    return Issued(token, secret)


async def _session(services: Services, token: Token) -> str:
    """The secret of a session that was begun with the token."""
    return (await services.sessions.begin(Caller(account_sid=token.account_sid, door="test", token=token))).secret


def addresses() -> Iterator[str]:
    """A new client address for each request, since an address may try a few bad tokens only."""
    for number in itertools.count():
        yield f"198.18.{number // 250}.{number % 250 + 1}"
