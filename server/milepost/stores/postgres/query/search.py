"""From the query as the port has it to filters over this account's terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import psycopg

from milepost.domain.instant import Instant
from milepost.domain.query import EventQuery
from milepost.domain.scope import Restriction
from milepost.domain.tags import TagFilter, TagId, TagName
from milepost.stores.postgres.hashed_terms import all_hashed, hashed
from milepost.stores.postgres.several import all_are_marked
from milepost.stores.timeline.chunk_keys import BEGINNING, LOWEST, first_key
from milepost.stores.timeline.terms import ONGOING, Term, TermKind, keys_with_several, span_terms, tag_term

_TAG_NAMES = (
    "SELECT part, number, name FROM tag_number JOIN unnest(%b::text[], %b::bigint[]) AS wanted (part, number)"
    " USING (part, number) WHERE account_id = %s AND name IS NOT NULL"
)
_FLOORS = (
    "SELECT (SELECT max(key) FROM chunk WHERE account_id = %s AND key <= wanted.key)"
    " FROM unnest(%b::bigint[]) WITH ORDINALITY AS wanted (key, place) ORDER BY place"
)

TagNames = dict[tuple[str, int], str]


class _NoneFits(Exception):
    """A filter names what no event of the account has."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Events that have at least one of the terms; with `floors`, each in chunks not lower than the one named for it.

    With `reach` it says nothing else than what a token sees, which the events' scopes tell sooner than their terms.
    """

    terms: tuple[bytes, ...]
    floors: tuple[int, ...] | None = None
    reach: Restriction | None = None


@dataclass(frozen=True, slots=True)
class Few:
    """Few events that are found in another way than by terms: a statement that yields `chunk` and `bits` of those in
    the chunks between two keys, the highest first, and its values for these keys. `unordered` is one along an index that
    has no order, for which all that lies between the keys has to be found before the first comes.
    """

    statement: str
    values: Callable[[int, int], tuple[object, ...]]
    unordered: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What events have to pass: every filter of `required`, none of the `excluded` terms, and be among the `few`."""

    connection: psycopg.Connection
    account_id: int
    required: tuple[Filter, ...] = ()
    excluded: tuple[bytes, ...] = ()
    few: Few | None = None

    @property
    def everything(self) -> bool:
        """Whether every event passes."""
        return not self.required and not self.excluded and self.few is None

    def narrowed(self, further: Filter) -> Search:
        """The same with one more filter."""
        return replace(self, required=(further, *self.required))


def search_for(connection: psycopg.Connection, account_id: int, query: EventQuery) -> Search | None:
    """The search that finds what the query asks for, except for its window, dedup key, message and cursor.

    None where nothing can be found.
    """
    terms = _Terms(account_id, _tag_names(connection, account_id, query))
    try:
        required = (*_several(connection, query, terms), *_required(query, terms))
    except _NoneFits:
        return None
    excluded = [*terms.of_tags(query.exclude_tags)]
    excluded += terms.of(TermKind.SEVERITY, query.exclude_severities)
    if query.ongoing is False:
        excluded += terms.of(*_one(ONGOING))
    return Search(connection, account_id, required, tuple(excluded))


def still_open(connection: psycopg.Connection, account_id: int, start: Instant) -> Filter:
    """A filter for events that began before `start` and may touch it."""
    spans = list(span_terms(start))
    wanted = [LOWEST if earliest is None else max(LOWEST, first_key(earliest)) for _, earliest in spans]
    found = [row[0] for row in connection.execute(_FLOORS, (account_id, wanted))]
    floors = tuple(LOWEST if floor is None else int(floor) for floor in found)
    return Filter(tuple(hashed(account_id, term) for term, _ in spans), floors)


def lowest_chunk(connection: psycopg.Connection, account_id: int, moment: int) -> int:
    """The lowest key of a chunk that may hold events of that moment or later."""
    if moment <= BEGINNING:
        return LOWEST
    [row] = connection.execute(_FLOORS, (account_id, [first_key(moment)])).fetchall()
    return LOWEST if row[0] is None else row[0]


class _Terms:
    """One account's terms."""

    def __init__(self, account_id: int, names: TagNames) -> None:
        self.account_id = account_id
        self._names = names

    def of(self, kind: TermKind, values: Iterable[str]) -> tuple[bytes, ...]:
        return all_hashed(self.account_id, ((kind, value) for value in values))

    def any_of(self, kind: TermKind, values: Iterable[str]) -> Filter:
        """A filter that needs one of the terms."""
        return Filter(self.of(kind, dict.fromkeys(values)))

    def any_tag(self, filters: Iterable[TagFilter]) -> Filter:
        """A filter that needs a tag that one of the tag filters names."""
        terms = self.of_tags(filters)
        if not terms:
            raise _NoneFits
        return Filter(terms)

    def of_tags(self, filters: Iterable[TagFilter]) -> tuple[bytes, ...]:
        """All terms that any of the tag filters names."""
        return all_hashed(self.account_id, dict.fromkeys(term for one in filters for term in self._of_tag(one)))

    def _of_tag(self, one: TagFilter) -> Iterator[Term]:
        key, values = self._resolved(one)
        if one.key is not None and key is None:
            return
        if key is None:
            yield from ((TermKind.TAG_VALUE, value) for value in values)
        elif not one.values:
            yield (TermKind.TAG_KEY, key)
        else:
            yield from (tag_term(key, value) for value in values)

    def keys_with_several(self, filters: Iterable[TagFilter]) -> set[str]:
        """The keys of which an event has to have several values to pass all the tag filters."""
        return keys_with_several(self._resolved(one) for one in filters)

    def _resolved(self, one: TagFilter) -> tuple[str | None, list[str]]:
        """Key and values by their names, as far as they have any."""
        key = None if one.key is None else self._name("key", one.key)
        return key, [name for value in one.values if (name := self._name("value", value)) is not None]

    def _name(self, part: str, name: TagName) -> str | None:
        return self._names.get((part, name.number)) if isinstance(name, TagId) else name


def _tag_names(connection: psycopg.Connection, account_id: int, query: EventQuery) -> TagNames:
    """What the ids in the query's tag filters stand for."""
    wanted: set[tuple[str, int]] = set()
    for one in (*query.include_tags, *query.exclude_tags):
        named = [("key", one.key), *(("value", value) for value in one.values)]
        wanted |= {(part, name.number) for part, name in named if isinstance(name, TagId)}
    if not wanted:
        return {}
    parts, numbers = [part for part, _ in wanted], [number for _, number in wanted]
    rows = connection.execute(_TAG_NAMES, (parts, numbers, account_id))
    return {(part, number): name for part, number, name in rows}


def _required(query: EventQuery, terms: _Terms) -> Iterator[Filter]:
    if query.check_id is not None:
        yield terms.any_of(TermKind.CHECK, [str(query.check_id)])
    if query.source is not None:
        yield terms.any_of(TermKind.SOURCE, [query.source])
    if query.ongoing:
        yield terms.any_of(*_one(ONGOING))
    for group in _tag_groups(query):
        yield terms.any_tag(group)
    if query.types:
        yield terms.any_of(TermKind.TYPE, query.types)
    if query.severities:
        yield terms.any_of(TermKind.SEVERITY, query.severities)
    yield from _places(query, terms)
    yield from _reach(query.reach, terms)


def _several(connection: psycopg.Connection, query: EventQuery, terms: _Terms) -> Iterator[Filter]:
    """What has to have two values of one key is looked for among what has several."""
    keys = terms.keys_with_several(query.include_tags) if query.include_all_tags else ()
    if keys and all_are_marked(connection, terms.account_id):
        yield from (terms.any_of(TermKind.SEVERAL, [key]) for key in keys)


def _places(query: EventQuery, terms: _Terms) -> Iterator[Filter]:
    if query.environment_sid is not None:
        yield terms.any_of(TermKind.ENVIRONMENT, [query.environment_sid, "*"])
    if query.bucket_sid is not None:
        yield terms.any_of(TermKind.BUCKET, [query.bucket_sid, "*"])


def _reach(reach: Restriction, terms: _Terms) -> Iterator[Filter]:
    """What a restricted token may see."""
    if (environments := reach.environments) is not None:
        one = terms.any_of(TermKind.ENVIRONMENT, [*sorted(environments), "*"])
        yield replace(one, reach=Restriction(environments=environments))
    if (buckets := reach.buckets) is not None:
        yield replace(terms.any_of(TermKind.BUCKET, [*sorted(buckets), "*"]), reach=Restriction(buckets))


def _tag_groups(query: EventQuery) -> list[tuple[TagFilter, ...]]:
    if query.include_all_tags:
        return [(one,) for one in query.include_tags]
    return [query.include_tags] if query.include_tags else []


def _one(term: Term) -> tuple[TermKind, list[str]]:
    kind, value = term
    return TermKind(kind), [value]
