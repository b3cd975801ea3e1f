"""Which metrics a caller's charts are made of, as far as one direction goes: buckets, or environments.

A place's labels say which metrics are its own. Where they don't, whoever may see everything is shown everything and told
so; whoever is confined to some places is shown nothing rather than what is others'.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from milepost.domain.account import Place, PlaceKind
from milepost.domain.caller import Caller
from milepost.domain.errors import Invalid
from milepost.domain.selection import Selection, selection_of
from milepost.domain.text import shown
from milepost.services.places import PlaceService

_MOST_NAMED: Final = 5
_HOW: Final = "whoever runs Milepost can give it labels"


@dataclass(frozen=True, slots=True)
class ChosenMetrics:
    """The metrics that may be shown, `selection` None being none at all, and what is to be said of the choice."""

    selection: Selection | None = ()
    remark: str = ""


async def choose_metrics(places: PlaceService, caller: Caller, kind: PlaceKind, reference: str | None) -> ChosenMetrics:
    """Those of the place that `reference` means, else of all that the caller reaches.

    Raises `Invalid` for an unknown place, and for one out of reach.
    """
    reach = caller.restriction.buckets if kind is PlaceKind.BUCKET else caller.restriction.environments
    asked = None if reference is None else await _in_reach(places, caller, kind, reference, reach)
    if asked is None and reach is None:
        return ChosenMetrics()
    known = {place.sid: place for place in await places.list(caller, kind)}
    wanted = sorted(reach or ()) if asked is None else [asked]
    labelled = [known[sid] for sid in wanted if sid in known and known[sid].labels]
    unlabelled = [
        known[sid].name if sid in known else sid for sid in wanted if not (sid in known and known[sid].labels)
    ]
    if reach is None and unlabelled:
        return ChosenMetrics((), f"the {kind} {shown(unlabelled[0])} has no labels, so this is everything; {_HOW}")
    return _confined(kind, labelled, unlabelled)


def _confined(kind: PlaceKind, labelled: list[Place], unlabelled: list[str]) -> ChosenMetrics:
    """To these places, nothing of anybody else's being shown."""
    remark = ""
    if unlabelled:
        remark = f"no labels say which metrics are those of the {kind} {_listed(unlabelled)}; {_HOW}"
    if not labelled:
        return ChosenMetrics(None, remark)
    selection = selection_of(place.labels for place in labelled)
    if selection is None:
        names = _listed(place.name for place in labelled)
        return ChosenMetrics(
            None, f"their labels don't allow for one chart of these together; ask for one {kind}: {names}"
        )
    return ChosenMetrics(selection, remark)


async def _in_reach(
    places: PlaceService, caller: Caller, kind: PlaceKind, reference: str, reach: frozenset[str] | None
) -> str:
    known = places.bucket_sid if kind is PlaceKind.BUCKET else places.environment_sid
    sid = await known(caller, reference)
    if reach is not None and sid not in reach:
        raise Invalid.of(f"{kind}Sid", f"{shown(reference)} is no {kind} that this token reaches; write one of its own")
    return sid


def _listed(names: Iterable[str]) -> str:
    every = [shown(name) for name in names]
    more = len(every) - _MOST_NAMED
    return ", ".join(every[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
