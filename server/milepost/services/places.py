"""Registered buckets and environments, and the names by which they may be called.

Once an account has registered any bucket, an unknown one is an error; before that every SID is taken as it comes. The
same holds for environments, apart from buckets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from milepost.domain.account import Place, PlaceKind, resolve_place
from milepost.domain.caller import Caller
from milepost.domain.errors import Forbidden, NotFound, ReadOnly
from milepost.domain.instant import Clock
from milepost.domain.ports import Places
from milepost.domain.scope import EVERYWHERE, UNRESTRICTED, SidTuple, check_scope
from milepost.domain.sid import BUCKET, ENVIRONMENT, Entropy, check_sid, mint
from milepost.domain.token import TokenScope

_PREFIX = {PlaceKind.BUCKET: BUCKET, PlaceKind.ENVIRONMENT: ENVIRONMENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDraft:
    """What a user writes to register a place; without a `sid` one is minted."""

    name: str
    labels: Mapping[str, str]
    sid: str | None = None


class PlaceService:
    """Registers places, unless it is read-only, and turns their names into SIDs."""

    def __init__(self, places: Places, clock: Clock, entropy: Entropy, *, writable: bool) -> None:
        self._places = places
        self._writable = writable
        self._clock = clock
        self._entropy = entropy

    async def list(self, caller: Caller, kind: PlaceKind) -> tuple[Place, ...]:
        """The places of that kind in the token's reach, by name."""
        caller.require(TokenScope.EVENTS_READ)
        return _in_reach(caller, kind, await self._places.places(caller.account_sid, kind))

    async def get(self, caller: Caller, kind: PlaceKind, reference: str) -> Place:
        """One place, by SID or name; raises `NotFound`, also where it is out of reach."""
        caller.require(TokenScope.EVENTS_READ)
        return await self._find(caller, kind, reference)

    async def create(self, caller: Caller, kind: PlaceKind, draft: PlaceDraft) -> Place:
        """Register a place. Raises `Conflict` on a taken SID or name."""
        self._require_admin(caller)
        now = self._clock()
        sid = mint(_PREFIX[kind], now, self._entropy) if draft.sid is None else check_sid(draft.sid, "sid")
        place = Place(
            sid=sid, account_sid=caller.account_sid, kind=kind, name=draft.name, labels=draft.labels, created_at=now
        )
        return await self._places.add_place(place)

    async def change(
        self, caller: Caller, kind: PlaceKind, reference: str, name: str | None, labels: Mapping[str, str] | None
    ) -> Place:
        """Give a place another name or other labels; None leaves them. Events keep pointing at its SID."""
        self._require_admin(caller)
        sid = (await self._find(caller, kind, reference)).sid
        now = self._clock()

        def apply(place: Place) -> Place:
            changed = replace(
                place,
                name=place.name if name is None else name,
                labels=place.labels if labels is None else labels,
            )
            return place if changed == place else replace(changed, updated_at=now)

        return await self._places.change_place(caller.account_sid, kind, sid, apply)

    async def delete(self, caller: Caller, kind: PlaceKind, reference: str) -> Place:
        """Forget a place; events keep their scopes. Raises `NotFound`."""
        self._require_admin(caller)
        place = await self._find(caller, kind, reference)
        await self._places.delete_place(caller.account_sid, kind, place.sid)
        return place

    async def bucket_sids(self, caller: Caller, references: SidTuple, field: str = "bucketSids") -> SidTuple:
        """The SIDs that a scope's references mean; raises `Invalid` for unknown and repeated ones."""
        return await self._sids(caller, PlaceKind.BUCKET, references, field)

    async def environment_sids(self, caller: Caller, references: SidTuple, field: str = "environmentSids") -> SidTuple:
        """As `bucket_sids`, of environments."""
        return await self._sids(caller, PlaceKind.ENVIRONMENT, references, field)

    async def bucket_sid(self, caller: Caller, reference: str) -> str:
        """The SID that a filter's reference means; raises `Invalid` for an unknown one."""
        return (await self._known(caller, PlaceKind.BUCKET, (reference,), ("bucketSid",)))[0]

    async def environment_sid(self, caller: Caller, reference: str) -> str:
        """As `bucket_sid`, of an environment."""
        return (await self._known(caller, PlaceKind.ENVIRONMENT, (reference,), ("environmentSid",)))[0]

    def _require_admin(self, caller: Caller) -> None:
        """Registering the first place makes every unknown SID an error, so it isn't for every writer."""
        caller.require(TokenScope.TOKENS_ADMIN)
        if caller.restriction != UNRESTRICTED:
            raise Forbidden("a token restricted to some buckets or environments can't change which there are")
        if not self._writable:
            raise ReadOnly("this Milepost takes no writes")

    async def _find(self, caller: Caller, kind: PlaceKind, reference: str) -> Place:
        places = _in_reach(caller, kind, await self._places.places(caller.account_sid, kind))
        found = [place for place in places if place.sid == reference] or [
            place for place in places if place.name == reference
        ]
        if not found:
            raise NotFound(kind.value, reference)
        return found[0]

    async def _sids(self, caller: Caller, kind: PlaceKind, references: SidTuple, field: str) -> SidTuple:
        if references == EVERYWHERE:
            return references
        fields = tuple(f"{field}[{index}]" for index in range(len(references)))
        sids = await self._known(caller, kind, references, fields)
        check_scope(sids, field)
        return sids

    async def _known(self, caller: Caller, kind: PlaceKind, references: SidTuple, fields: tuple[str, ...]) -> SidTuple:
        registered = await self._places.places(caller.account_sid, kind)
        if not registered:
            return tuple(check_sid(reference, field) for reference, field in zip(references, fields, strict=True))
        places = _in_reach(caller, kind, registered)
        return tuple(
            resolve_place(reference, places, field, kind) for reference, field in zip(references, fields, strict=True)
        )


def _in_reach(caller: Caller, kind: PlaceKind, places: tuple[Place, ...]) -> tuple[Place, ...]:
    reach = caller.restriction
    sids = reach.buckets if kind is PlaceKind.BUCKET else reach.environments
    return places if sids is None else tuple(place for place in places if place.sid in sids)
