"""Buckets and environments: what they are called, and which metrics are theirs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from milepost.domain.account import Place, PlaceKind
from milepost.domain.token import TokenScope
from milepost.interfaces.rest import examples
from milepost.interfaces.rest.door import PREFIX
from milepost.interfaces.rest.pages import page
from milepost.operations.bodies import body_of
from milepost.operations.operation import Answer, AnyOperation, Context, Operation, Request, Told
from milepost.operations.paging import read_cursor, written_cursor
from milepost.wire.account_record import place_record
from milepost.wire.page_parameters import PageParameters
from milepost.wire.place_input import PlaceBody, PlacePatch

_CLEARABLE: Final = frozenset({"labels"})


@dataclass(frozen=True, slots=True)
class PlaceRoutes:
    """The operations on places of one kind."""

    kind: PlaceKind
    many: str
    """`buckets`: in the path, and in words."""

    @property
    def path(self) -> str:
        """`…/buckets`."""
        return f"{PREFIX}/{self.many}"

    @property
    def one_path(self) -> str:
        """`…/buckets/{bucketSid}`."""
        return f"{self.path}/{{{self._name}}}"

    async def list(self, context: Context, request: Request[PageParameters, None]) -> Answer:
        """By name; the cursor is the last one's."""
        asked = request.parameters
        after = None if asked.cursor is None else read_cursor(asked.cursor)
        places = await context.services.places.list(request.caller, self.kind)
        left = [place for place in places if after is None or place.name > after]
        shown = left[: asked.size]
        cursor = written_cursor(shown[-1].name) if len(left) > len(shown) else None
        return page(request, [place_record(place) for place in shown], cursor)

    async def create(self, context: Context, request: Request[None, PlaceBody]) -> Answer:
        """A new one, with its address."""
        place = await context.services.places.create(request.caller, self.kind, request.body.to_draft())
        return Answer(place_record(place), 201, [request.location(place.sid)])

    async def get(self, context: Context, request: Request[None, None]) -> Answer:
        """By SID or name."""
        return _answer(await context.services.places.get(request.caller, self.kind, self._meant(request)))

    async def update(self, context: Context, request: Request[None, PlacePatch]) -> Answer:
        """What is given changes."""
        name, labels = request.body.to_change()
        meant = self._meant(request)
        return _answer(await context.services.places.change(request.caller, self.kind, meant, name, labels))

    async def delete(self, context: Context, request: Request[None, None]) -> Answer:
        """Forgotten; events keep their scopes."""
        place = await context.services.places.delete(request.caller, self.kind, self._meant(request))
        return Answer({"sid": place.sid, "deleted": True})

    def operations(self) -> tuple[AnyOperation, ...]:
        """The rows of the table."""
        return (self._list(), self._create(), self._get(), self._update(), self._delete())

    @property
    def _name(self) -> str:
        return f"{self.kind.value}Sid"

    @property
    def _group(self) -> str:
        return self.many.capitalize()

    @property
    def _one(self) -> str:
        return f"an {self.kind.value}" if self.kind is PlaceKind.ENVIRONMENT else f"a {self.kind.value}"

    def _meant(self, request: Request[None, None] | Request[None, PlacePatch]) -> str:
        return request.names[self._name]

    def _list(self) -> AnyOperation:
        return Operation(
            method="GET",
            path=self.path,
            name=f"list{self._group}",
            group=self._group,
            summary=f"List {self.many}",
            description="Those in the token's reach, by name.",
            scope=TokenScope.EVENTS_READ,
            parameters=PageParameters,
            handle=self.list,
            answers=(
                Told(200, f"A page of {self.many}", "PlacePage", ("Link",), partial(examples.place_page, self.kind)),
            ),
        )

    def _create(self) -> AnyOperation:
        return Operation(
            method="POST",
            path=self.path,
            name=f"create{self.kind.value.capitalize()}",
            group=self._group,
            summary=f"Register {self._one}",
            description="Its name may then be written wherever its SID is asked for. Once any is registered, one that isn't "
            "is an error in events and filters. Not for tokens that are restricted to some.",
            scope=TokenScope.TOKENS_ADMIN,
            body=body_of("PlaceInput", PlaceBody, partial(examples.place_bodies, self.kind)),
            handle=self.create,
            answers=(Told(201, "It is registered", "Place", ("Location",), partial(examples.place, self.kind)),),
            refusals=(405, 409),
        )

    def _get(self) -> AnyOperation:
        return Operation(
            method="GET",
            path=self.one_path,
            name=f"get{self.kind.value.capitalize()}",
            group=self._group,
            summary=f"Get {self._one}",
            description="By its SID or its name.",
            scope=TokenScope.EVENTS_READ,
            handle=self.get,
            answers=(Told(200, f"The {self.kind.value}", "Place", (), partial(examples.place, self.kind)),),
        )

    def _update(self) -> AnyOperation:
        return Operation(
            method="PUT",
            path=self.one_path,
            name=f"update{self.kind.value.capitalize()}",
            group=self._group,
            summary=f"Update {self._one}",
            description="Only what is given changes; events keep pointing at its SID. `labels: null` clears.",
            scope=TokenScope.TOKENS_ADMIN,
            body=body_of("PlaceChange", PlacePatch, partial(examples.place_patches, self.kind), clearable=_CLEARABLE),
            handle=self.update,
            answers=(
                Told(200, f"The {self.kind.value} as it is now", "Place", (), partial(examples.place, self.kind)),
            ),
            refusals=(405, 409),
        )

    def _delete(self) -> AnyOperation:
        return Operation(
            method="DELETE",
            path=self.one_path,
            name=f"delete{self.kind.value.capitalize()}",
            group=self._group,
            summary=f"Forget {self._one}",
            description="Events keep their scopes.",
            scope=TokenScope.TOKENS_ADMIN,
            handle=self.delete,
            answers=(Told(200, "It is forgotten", "Deleted", (), partial(examples.deleted_place, self.kind)),),
            refusals=(405,),
        )


def _answer(place: Place) -> Answer:
    return Answer(place_record(place))


BUCKETS: Final = PlaceRoutes(PlaceKind.BUCKET, "buckets")
ENVIRONMENTS: Final = PlaceRoutes(PlaceKind.ENVIRONMENT, "environments")
