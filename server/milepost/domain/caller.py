"""Who is asking: the account, what the token allows, and what is written down as provenance."""

from __future__ import annotations

from dataclasses import dataclass, replace

from milepost.domain.errors import Forbidden, NotFound
from milepost.domain.event import Event, Provenance
from milepost.domain.scope import UNRESTRICTED, Restriction, Scope
from milepost.domain.session import Session
from milepost.domain.text import without_refused
from milepost.domain.token import ALL_SCOPES, Token, TokenScope

LONGEST_CLIENT = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One request's holder of rights. `token` is None for the owner, who may do everything in the account.

    `session` is what a person at the dashboard is known by; `token` is then its parent.
    """

    account_sid: str
    door: str
    token: Token | None = None
    client: str | None = None
    session: Session | None = None

    @property
    def proved_by(self) -> str | None:
        """The SID of what came with the request; None for the local owner, of whom nothing is asked."""
        proof = self.session or self.token
        return proof.sid if proof else None

    @property
    def limited_by(self) -> str | None:
        """The SID under which requests are counted: all sessions of a token count as its own."""
        return self.token.sid if self.token else self.proved_by

    @property
    def scopes(self) -> frozenset[TokenScope]:
        """What the caller may do."""
        return self.token.scopes if self.token else ALL_SCOPES

    @property
    def restriction(self) -> Restriction:
        """The buckets and environments the caller is confined to."""
        return self.token.restriction if self.token else UNRESTRICTED

    @property
    def provenance(self) -> Provenance:
        """What is written down with each write of this caller."""
        return Provenance(self.door, self.token.name if self.token else None, self.client)

    def with_client(self, client: str | None) -> Caller:
        """The same caller, speaking through that client (name and version, cut to 128 characters)."""
        return replace(self, client=without_refused(client[:LONGEST_CLIENT]) if client else None)

    def require(self, scope: TokenScope) -> None:
        """Raises `Forbidden` naming the scope unless the token has it."""
        if scope not in self.scopes:
            raise Forbidden(f"this token lacks the scope {scope}", scope)

    def require_sight(self, event: Event) -> None:
        """Raises `NotFound` unless the event applies to something in the token's reach."""
        if not self.restriction.sees(event.scope):
            raise NotFound("event", event.sid)

    def require_hold(self, scope: Scope) -> None:
        """Raises `Forbidden` unless the whole scope lies in the token's reach."""
        if self.restriction.holds(scope):
            return
        reach = self.restriction
        parts = [
            f"{field} {', '.join(sorted(sids))}"
            for field, sids in (("bucketSids", reach.buckets), ("environmentSids", reach.environments))
            if sids is not None
        ]
        raise Forbidden(f"this token writes only inside {' and '.join(parts)}; the event's scope reaches further")
