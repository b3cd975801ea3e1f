"""The ids by which tag keys and values may be named in filters."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.domain.archive import TagNumber, TagPart
from milepost.domain.caller import Caller
from milepost.domain.ports import EventReader, TagNumbers
from milepost.domain.query import EventQuery
from milepost.domain.tags import TagFilter, TagId
from milepost.domain.token import TokenScope

TagPlace = tuple[TagPart, int]
"""Where a list of tags has been read to: keys come before values, each by their numbers."""


@dataclass(frozen=True, slots=True)
class TagsFound:
    """A page of tags, and after which place the next one goes on; None on the last one.

    It may hold fewer than were asked for, even none, though more follow: those in between are nobody's, or out of reach.
    """

    tags: tuple[TagNumber, ...]
    following: TagPlace | None


class TagService:
    """Lists only what the caller's events bear."""

    def __init__(self, numbers: TagNumbers, reader: EventReader) -> None:
        self._numbers = numbers
        self._reader = reader

    async def list(self, caller: Caller, limit: int, after: TagPlace | None = None) -> TagsFound:
        """Those of the next `limit` tags, keys before values, by number, that some live event in the caller's reach bears.

        A tag is told apart from one that isn't there by nothing but an event that may be seen.
        """
        caller.require(TokenScope.EVENTS_READ)
        looked_at = await self._numbers.tag_numbers(caller.account_sid, limit + 1, after)
        page = looked_at[:limit]
        following = (page[-1].part, page[-1].number) if len(looked_at) > limit else None
        return TagsFound(tuple([tag for tag in page if await self._borne(caller, tag)]), following)

    async def _borne(self, caller: Caller, tag: TagNumber) -> bool:
        wanted = TagId(tag.number)
        one = TagFilter(wanted, ()) if tag.part is TagPart.KEY else TagFilter(None, (wanted,))
        query = EventQuery(include_tags=(one,), reach=caller.restriction, limit=1)
        page = await self._reader.find(caller.account_sid, query)
        return bool(page.events)
