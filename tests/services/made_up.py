"""Made-up events, changes and searches out of few words, so that they meet often."""

from typing import Any

from hypothesis import strategies as st

from milepost.domain.event import Check, EventType, Severity
from milepost.domain.instant import DAY, HOUR, MINUTE, SECOND, When
from milepost.domain.query import EventSearch
from milepost.domain.tags import TagFilter
from tests.services.world import NOON

TYPES, SEVERITIES = st.sampled_from(EventType), st.sampled_from(Severity)
WORDS = st.sampled_from(
    ["Release", "release 2", "École", "e\u0301cole", "STRASSE", "db", "pool of db", "%_", "日本語版"]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
SOURCES = st.sampled_from(["ci", "CI", "deploy bot", "ï"])
KEYS = st.sampled_from(["k1", "k2", "k3"])
TAG_KEYS, TAG_VALUES = st.sampled_from(["Environment", "Team", "Dev"]), st.sampled_from(["Dev", "Prod", "Red", "Team"])
BUCKETS, ENVIRONMENTS = st.sampled_from(["bkt_a", "bkt_b", "prod01"]), st.sampled_from(["env_p", "env_q"])
CHECKS = st.integers(1, 3).map(Check)
TAGS = st.dictionaries(TAG_KEYS, st.lists(TAG_VALUES, min_size=1, max_size=3, unique=True).map(tuple), min_size=1)

DISTANCES = st.one_of(
    st.integers(-2 * HOUR, 2 * HOUR),
    st.sampled_from([0, 1, -1, SECOND, -MINUTE, HOUR, -HOUR, DAY, -DAY, -40 * DAY, -400 * DAY, 300 * DAY]),
)
DURATIONS = st.sampled_from([0, 1, SECOND, MINUTE, HOUR, DAY, 30 * DAY, 365 * DAY])


def whens() -> st.SearchStrategy[When]:
    """Moments around noon, fixed or relative to now."""
    return DISTANCES.map(lambda distance: When(relative=False, offset=NOON + distance)) | st.integers(0, 2 * DAY).map(
        lambda back: When(relative=True, offset=-back)
    )


def scopes(sids: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """One direction of a scope."""
    return st.just(("*",)) | st.lists(sids, min_size=1, max_size=2, unique=True).map(tuple)


SPANS = st.one_of(
    st.just({}),
    st.fixed_dictionaries({}, optional={"started_at": whens()}),
    st.builds(
        lambda start, duration: {
            "started_at": When(relative=False, offset=NOON + start),
            "ended_at": When(relative=False, offset=NOON + start + duration),
        },
        DISTANCES,
        DURATIONS,
    ),
    st.fixed_dictionaries({"ended_at": whens()}, optional={"started_at": whens()}),
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "description": TEXTS,
    "source": SOURCES,
    "metadata": st.dictionaries(WORDS, st.integers() | WORDS, max_size=2).filter(
        lambda metadata: all(not isinstance(value, int) or abs(value) < 2**63 for value in metadata.values())
    ),
    "buckets": scopes(BUCKETS),
    "environments": scopes(ENVIRONMENTS),
    "severity": SEVERITIES,
    "tags": TAGS,
    "check": CHECKS,
}

DRAFTS = st.builds(
    lambda plain, key, span: {**plain, **key, **span},
    st.fixed_dictionaries({"type": TYPES, "name": TEXTS}, optional=FIELDS),
    st.fixed_dictionaries({}, optional={"dedup_key": KEYS}),
    SPANS,
)
CLEARABLE = {name: st.none() | values for name, values in FIELDS.items() if name not in ("buckets", "environments")}
CHANGES = st.builds(
    lambda plain, span: {**plain, **span},
    st.fixed_dictionaries(
        {},
        optional={
            **FIELDS,
            **CLEARABLE,
            "type": TYPES,
            "name": TEXTS,
            "dedup_key": st.none() | KEYS,
            "ended_at": st.none(),
        },
    ),
    SPANS,
)

TAG_FILTERS = st.one_of(
    st.builds(TagFilter, TAG_KEYS, st.just(())),
    st.builds(TagFilter, st.none() | TAG_KEYS, st.lists(TAG_VALUES, min_size=1, max_size=2).map(tuple)),
)
WINDOWS = st.one_of(
    st.just({}),
    st.fixed_dictionaries({}, optional={"start": whens()}),
    st.fixed_dictionaries({}, optional={"end": whens()}),
    st.builds(
        lambda one, other: {
            "start": When(relative=False, offset=NOON + min(one, other)),
            "end": When(relative=False, offset=NOON + max(one, other)),
        },
        DISTANCES,
        DISTANCES,
    ),
)
FILTERS: dict[str, st.SearchStrategy[Any]] = {
    "types": st.frozensets(TYPES, max_size=2),
    "bucket": BUCKETS | st.just("bkt_unknown"),
    "environment": ENVIRONMENTS,
    "ongoing": st.booleans(),
    "source": SOURCES,
    "severities": st.frozensets(SEVERITIES, max_size=2),
    "check_id": st.integers(1, 4),
    "dedup_key": KEYS,
    "include_tags": st.lists(TAG_FILTERS, max_size=2).map(tuple),
    "include_all_tags": st.booleans(),
    "exclude_tags": st.lists(TAG_FILTERS, max_size=2).map(tuple),
}
LONG_MESSAGES = st.sampled_from(
    ["release", "ÉCOLE", "école", "straße", "ol of", "e db", "db release", "%_", "語版", "x%_"]
)


def few(filters: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Up to three of the filters: more find nothing."""
    return st.lists(st.sampled_from(sorted(filters)), max_size=3, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: filters[name] for name in names})
    )


SEARCHES = st.builds(
    lambda plain, window, message, limit: EventSearch(
        **plain, **window, message=message if message and (len(message) > 2 or "start" in window) else None, limit=limit
    ),
    few(FILTERS),
    WINDOWS,
    st.none() | LONG_MESSAGES,
    st.sampled_from([1, 2, 7, 25, 100]),
)
