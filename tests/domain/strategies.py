"""What the properties are tried with."""

import string
from typing import Any

from hypothesis import strategies as st

from milepost.domain.event import Check, Event, EventType, Provenance, Severity
from milepost.domain.instant import EARLIEST, LATEST, Instant
from milepost.domain.query import EventSearch
from milepost.domain.scope import EVERYWHERE, Restriction, Scope
from milepost.domain.tags import TagFilter, TagId
from milepost.domain.text import is_visible

ANY_TEXT = st.text(st.characters())
"""Lone surrogates, U+0000 and all."""

TAKEN_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
"""Text without what is refused everywhere."""

VISIBLE_TEXT = TAKEN_TEXT.filter(is_visible)

INTEGERS = st.integers(-(2**63), 2**63 - 1)
LEAVES = st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | TAKEN_TEXT
JSON_OBJECTS = st.dictionaries(
    TAKEN_TEXT,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TAKEN_TEXT, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=6,
)

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 2**63, -(2**63) - 1])
    | st.floats()
    | ANY_TEXT
    | st.binary(max_size=4)
    | st.sampled_from(["*", ".", "~", ";", "now", "now-", "2024-01-15T14:30:00", "\u2028", "\r\n"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(ANY_TEXT | st.sampled_from(["id", "symbol", "descriptor", "*"]), inner, max_size=4)
        | st.lists(st.lists(inner, max_size=2), max_size=2)
    ),
    max_leaves=8,
)
"""All that JSON can say, and some that it can't."""

INSTANTS = st.integers(EARLIEST, LATEST).map(Instant)
RECENT_INSTANTS = st.integers(1_600_000_000_000, 1_900_000_000_000).map(Instant)

SIDS = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=64)
FEW_SIDS = st.sampled_from(["bkt_a", "bkt_b", "bkt_c", "prod01"])
"""Few enough for two draws to meet."""


def sid_tuples(sids: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """A scope in one direction: everywhere, or some SIDs without a repeat."""
    return st.just(EVERYWHERE) | st.lists(sids, min_size=1, max_size=4, unique=True).map(tuple)


SCOPES = st.builds(Scope, sid_tuples(FEW_SIDS), sid_tuples(FEW_SIDS))
REACHES = st.none() | st.frozensets(FEW_SIDS, max_size=4)
RESTRICTIONS = st.builds(Restriction, REACHES, REACHES)

TAG_NAMES = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0~;"), min_size=1, max_size=128
).filter(lambda name: is_visible(name) and not name.startswith("."))
TAGS = st.dictionaries(
    TAG_NAMES, st.lists(TAG_NAMES, min_size=1, max_size=5, unique=True).map(tuple), min_size=1, max_size=5
)
TAG_FILTERS = st.builds(
    TagFilter,
    TAG_NAMES | st.integers(0, 2**63 - 1).map(TagId),
    st.lists(TAG_NAMES | st.integers(0, 2**63 - 1).map(TagId), max_size=3).map(tuple),
)

PROVENANCES = st.builds(Provenance, st.sampled_from(["mcp", "cli"]), st.none() | VISIBLE_TEXT, st.none() | TAKEN_TEXT)
EVENTS = st.builds(
    Event,
    sid=SIDS,
    account_sid=st.just("acc_one"),
    type=st.sampled_from(EventType),
    name=VISIBLE_TEXT,
    description=st.none() | TAKEN_TEXT,
    source=st.none() | TAKEN_TEXT,
    metadata=st.none() | JSON_OBJECTS,
    scope=SCOPES,
    started_at=RECENT_INSTANTS,
    ended_at=st.none(),
    created_at=RECENT_INSTANTS,
    severity=st.none() | st.sampled_from(Severity),
    tags=st.none() | TAGS,
    check=st.none() | st.builds(Check, INTEGERS, st.none() | TAKEN_TEXT, st.none() | TAKEN_TEXT),
    dedup_key=st.none() | VISIBLE_TEXT,
    created_by=st.none() | PROVENANCES,
    version=st.integers(1, 9),
)

SEARCHES = st.builds(
    EventSearch,
    types=st.frozensets(st.sampled_from(EventType)),
    bucket=st.none() | FEW_SIDS,
    environment=st.none() | FEW_SIDS,
    ongoing=st.none() | st.booleans(),
    source=st.none() | ANY_TEXT,
    severities=st.frozensets(st.sampled_from(Severity)),
    check_id=st.none() | INTEGERS,
    dedup_key=st.none() | ANY_TEXT,
    message=st.none() | ANY_TEXT,
    include_tags=st.lists(TAG_FILTERS, max_size=2).map(tuple),
    include_all_tags=st.booleans(),
    exclude_tags=st.lists(TAG_FILTERS, max_size=2).map(tuple),
    limit=st.integers(1, 100),
)
