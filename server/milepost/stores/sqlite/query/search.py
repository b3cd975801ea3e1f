"""From the query as the port has it to filters over this account's terms."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

import orjson

from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.domain.scope import Restriction
from milepost.domain.tags import TagFilter, TagId, TagName
from milepost.stores.sqlite.query.filters import AnyOf, Filter, Seats, Seen, Since
from milepost.stores.sqlite.query.walk import Search
from milepost.stores.timeline.chunk_keys import first_key
from milepost.stores.timeline.terms import ONGOING, Term, TermKind, span_terms, tag_term

_TERMS = "SELECT id FROM term WHERE account_id = ? AND kind = ? AND value IN (SELECT value FROM json_each(?))"
_TERM = "SELECT id FROM term WHERE account_id = ? AND kind = ? AND value = ?"
_TAG_NAME = "SELECT name FROM tag_number WHERE account_id = ? AND part = ? AND number = ?"
_DEDUP_SEAT = "SELECT chunk, slot FROM event WHERE account_id = ? AND dedup_key = ?"
_CHUNK_AT = "SELECT max(key) FROM chunk WHERE account_id = ? AND key <= ?"
_LOWEST = -(1 << 63)
"""Below every chunk's key."""


class _NoneFits(Exception):
    """A filter names what no event of the account has."""


class Terms:
    """The numbers of one account's terms."""

    def __init__(self, connection: sqlite3.Connection, account_id: int) -> None:
        self._connection = connection
        self._account_id = account_id

    def number(self, term: Term) -> int | None:
        """The number of a term, if any event ever had it."""
        found = self._connection.execute(_TERM, (self._account_id, *term)).fetchone()
        return found[0] if found else None

    def numbers(self, kind: TermKind, values: Iterable[str]) -> tuple[int, ...]:
        """The numbers of those terms that exist."""
        listed = list(values)
        if len(listed) == 1:
            number = self.number((kind, listed[0]))
            return () if number is None else (number,)
        wanted = orjson.dumps(listed).decode()
        return tuple(row[0] for row in self._connection.execute(_TERMS, (self._account_id, kind, wanted)))

    def any_of(self, kind: TermKind, values: Iterable[str]) -> AnyOf:
        """A filter that needs one of the terms."""
        return AnyOf(self._connection, _some(self.numbers(kind, values)))

    def seen(self, kind: TermKind, sids: Iterable[str], reach: Restriction) -> Seen:
        """A filter that needs one of the SIDs, or everywhere, since a token sees no more."""
        return Seen(self._connection, _some(self.numbers(kind, [*sids, "*"])), self._account_id, reach)

    def any_tag(self, filters: Iterable[TagFilter]) -> AnyOf:
        """A filter that needs a tag that one of the tag filters names."""
        return AnyOf(self._connection, _some(self.of_tags(filters)))

    def of_tags(self, filters: Iterable[TagFilter]) -> tuple[int, ...]:
        """The numbers of all terms that any of the tag filters names."""
        return tuple({number for one in filters for number in self._of_tag(one)})

    def keys_with_several(self, filters: Iterable[TagFilter]) -> set[str]:
        """The keys of which an event has to have several values to pass all the tag filters."""
        wanted: dict[str, set[str]] = {}
        found: set[str] = set()
        for one in filters:
            key = None if one.key is None else self._tag_name("key", one.key)
            if key is not None and one.values:
                values = self._values(one)
                if values.isdisjoint(wanted.setdefault(key, values)):
                    found.add(key)
        return found

    def _of_tag(self, one: TagFilter) -> Iterator[int]:
        key = None if one.key is None else self._tag_name("key", one.key)
        if one.key is not None and key is None:
            return
        values = self._values(one)
        if key is None:
            yield from self.numbers(TermKind.TAG_VALUE, values)
        elif not one.values:
            yield from self.numbers(TermKind.TAG_KEY, [key])
        else:
            yield from self.numbers(TermKind.TAG, [tag_term(key, value)[1] for value in values])

    def _values(self, one: TagFilter) -> set[str]:
        return {name for value in one.values if (name := self._tag_name("value", value)) is not None}

    def _tag_name(self, part: str, name: TagName) -> str | None:
        if not isinstance(name, TagId):
            return name
        found = self._connection.execute(_TAG_NAME, (self._account_id, part, name.number)).fetchone()
        return found[0] if found else None


def search_for(connection: sqlite3.Connection, account_id: int, query: EventQuery) -> Search | None:
    """The search that finds what the query asks for, except for its window, message and cursor.

    None where nothing can be found.
    """
    terms = Terms(connection, account_id)
    try:
        required = tuple(_required(connection, account_id, query, terms))
    except _NoneFits:
        return None
    excluded = (*terms.of_tags(query.exclude_tags), *terms.numbers(TermKind.SEVERITY, query.exclude_severities))
    if query.ongoing is False and (number := terms.number(ONGOING)) is not None:
        excluded = (*excluded, number)
    return Search(connection, account_id, required, AnyOf(connection, excluded) if excluded else None)


def still_open(connection: sqlite3.Connection, account_id: int, start: Instant) -> Since | None:
    """A filter for events that began before `start` and may touch it; None if there are none."""
    terms = Terms(connection, account_id)
    found: list[tuple[int, int]] = []
    for term, earliest in span_terms(start):
        if (number := terms.number(term)) is not None:
            floor = lowest_chunk(connection, account_id, earliest) if earliest is not None else None
            found.append((number, _LOWEST if floor is None else floor))
    return Since(connection, tuple(found)) if found else None


def lowest_chunk(connection: sqlite3.Connection, account_id: int, moment: int) -> int:
    """The lowest key of a chunk that may hold events of that moment or later."""
    found: int | None = connection.execute(_CHUNK_AT, (account_id, first_key(moment))).fetchone()[0]
    return _LOWEST if found is None else found


def _required(connection: sqlite3.Connection, account_id: int, query: EventQuery, terms: Terms) -> Iterator[Filter]:
    """The filters, those that tend to find least first."""
    if query.dedup_key is not None:
        yield _seat(connection, account_id, query.dedup_key)
    if query.check_id is not None:
        yield terms.any_of(TermKind.CHECK, [str(query.check_id)])
    if query.source is not None:
        yield terms.any_of(TermKind.SOURCE, [query.source])
    if query.ongoing:
        yield terms.any_of(TermKind.ONGOING, [ONGOING[1]])
    yield from _tags(query, terms)
    if query.types:
        yield terms.any_of(TermKind.TYPE, query.types)
    if query.severities:
        yield terms.any_of(TermKind.SEVERITY, query.severities)
    yield from _places(query, terms)


def _some(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """The same; raises `_NoneFits` where there are none."""
    if not numbers:
        raise _NoneFits
    return numbers


def _seat(connection: sqlite3.Connection, account_id: int, dedup_key: str) -> Seats:
    seats = connection.execute(_DEDUP_SEAT, (account_id, dedup_key)).fetchall()
    if not seats:
        raise _NoneFits
    return Seats.of(seats)


def _tags(query: EventQuery, terms: Terms) -> Iterator[Filter]:
    if not query.include_tags:
        return
    if not query.include_all_tags:
        yield terms.any_tag(query.include_tags)
        return
    for key in terms.keys_with_several(query.include_tags):
        yield terms.any_of(TermKind.SEVERAL, [key])
    for one in query.include_tags:
        yield terms.any_tag((one,))


def _places(query: EventQuery, terms: Terms) -> Iterator[Filter]:
    if query.environment_sid is not None:
        yield terms.any_of(TermKind.ENVIRONMENT, [query.environment_sid, "*"])
    if query.bucket_sid is not None:
        yield terms.any_of(TermKind.BUCKET, [query.bucket_sid, "*"])
    if (environments := query.reach.environments) is not None:
        yield terms.seen(TermKind.ENVIRONMENT, environments, Restriction(environments=environments))
    if (buckets := query.reach.buckets) is not None:
        yield terms.seen(TermKind.BUCKET, buckets, Restriction(buckets=buckets))
