"""The same random operations through REST and through MCP: the same answers, and two stores with equal content."""

from __future__ import annotations

import itertools
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.end_to_end.support.two_doors import Told, two_doors

OPERATIONS = 200
RUNS = 1
NEWEST = datetime(2026, 1, 15, tzinfo=UTC)
MISSING = "evt_000000000000000000000000000"

WORDS = st.sampled_from(["Release", "École", "日本語版", "a\tb\u202e", "rollback of v2", "STRASSE"])
TYPES = st.sampled_from(["deployment", "incident", "config_change", "scale", "custom"])
SCOPES = st.just(["*"]) | st.lists(st.sampled_from(["b1", "b2", "b3"]), min_size=1, max_size=2, unique=True)
KEYS = st.sampled_from(["run:1", "run:2", "run:3", "run:4"])
MINUTES = st.integers(-5, 600)
OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "description": WORDS,
    "source": st.sampled_from(["github_actions", "manual"]),
    "metadata": st.dictionaries(WORDS, st.integers(-9, 9) | WORDS | st.none(), max_size=3),
    "bucketSids": SCOPES,
    "environmentSids": SCOPES,
    "severity": st.sampled_from("IWEF"),
    "tags": st.dictionaries(st.sampled_from(["team", "stage"]), st.lists(WORDS, min_size=1, max_size=2, unique=True)),
    "check": st.fixed_dictionaries({"id": st.integers(1, 3)}, optional={"symbol": st.none() | WORDS}),
    "dedupKey": KEYS,
}
BODIES = st.fixed_dictionaries({"type": TYPES, "name": WORDS}, optional=OPTIONAL)
WRONG = st.fixed_dictionaries(
    {},
    optional={
        "type": st.just("party"),
        "name": st.just(" "),
        "severity": st.just("X"),
        "bucketSids": st.just(["*", "b1"]),
        "metadata": st.just([1]),
        "startedAt": st.just("yesterday"),
        "colour": st.just("red"),
    },
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "type": TYPES,
        "name": WORDS | st.none(),
        **{
            name: values if name.endswith("Sids") else values | st.none()
            for name, values in OPTIONAL.items()
            if name != "source"
        },
        "source": OPTIONAL["source"],
    },
).filter(bool)
FILTERS = st.fixed_dictionaries(
    {"limit": st.sampled_from([1, 5, 100])},
    optional={
        "type": TYPES,
        "bucketSid": st.sampled_from(["b1", "b2", "b9"]),
        "environmentSid": st.just("b1"),
        "ongoing": st.sampled_from(["true", "false"]),
        "severity": st.sampled_from(["EF", "I"]),
        "dedupKey": KEYS,
        "message": st.sampled_from(["release", "école", "v2"]),
        "includeTag": st.sampled_from(["team", "stage~Release"]),
        "startTime": st.sampled_from(["2026-01-15T03:00:00Z", "yesterday"]),
        "endTime": st.sampled_from(["2026-01-15T05:00:00Z", "2026-01-15T01:00:00+00:00"]),
    },
)


class TwoDoors(RuleBasedStateMachine):
    """Does everything twice. No two events begin at one moment: then their order would hang on their sids."""

    def __init__(self) -> None:
        super().__init__()
        with ExitStack() as opening:
            folder = Path(opening.enter_context(tempfile.TemporaryDirectory()))
            self._rest, self._mcp = opening.enter_context(two_doors(folder))
            self._open = opening.pop_all()
        self._milliseconds = itertools.count()

    def teardown(self) -> None:
        with self._open:
            assert self._rest.content() == self._mcp.content()

    @rule(body=BODIES, wrong=st.just({}) | WRONG, start=MINUTES, length=st.none() | MINUTES)
    def create(self, body: dict[str, Any], wrong: dict[str, Any], start: int, length: int | None) -> None:
        body = body | self._span(start, length) | wrong
        rest, mcp = self._rest.create(body), self._mcp.create(body)
        if rest.record and mcp.record and rest.record["sid"] not in self._rest.sids:
            self._rest.sids.append(rest.record["sid"])
            self._mcp.sids.append(mcp.record["sid"])
        self._same(rest, mcp)

    @precondition(lambda self: self._rest.sids)
    @rule(which=st.integers(0, 10**6), patch=CHANGES, wrong=st.just({}) | WRONG)
    def update(self, which: int, patch: dict[str, Any], wrong: dict[str, Any]) -> None:
        rest, mcp = self._both(which)
        self._same(self._rest.update(rest, patch | wrong), self._mcp.update(mcp, patch | wrong))

    @precondition(lambda self: self._rest.sids)
    @rule(which=st.integers(0, 10**6), start=MINUTES, length=st.none() | MINUTES)
    def move(self, which: int, start: int, length: int | None) -> None:
        rest, mcp = self._both(which)
        span = self._span(start, length)
        self._same(self._rest.update(rest, span), self._mcp.update(mcp, span))

    @precondition(lambda self: self._rest.sids)
    @rule(which=st.integers(0, 10**6))
    def delete(self, which: int) -> None:
        rest, mcp = self._both(which)
        self._same(self._rest.delete(rest), self._mcp.delete(mcp))

    @rule(which=st.integers(0, 10**6))
    def get(self, which: int) -> None:
        rest, mcp = self._both(which)
        self._same(self._rest.get(rest), self._mcp.get(mcp))

    @rule(filters=FILTERS)
    def find(self, filters: dict[str, Any]) -> None:
        self._same(self._rest.find(filters), self._mcp.find(filters))

    @invariant()
    def as_many_here_as_there(self) -> None:
        assert len(self._rest.sids) == len(self._mcp.sids)

    def _same(self, rest: Told, mcp: Told) -> None:
        assert (rest.record is None, rest.fields) == (mcp.record is None, mcp.fields)
        assert self._rest.neutral(rest.record) == self._mcp.neutral(mcp.record)

    def _both(self, which: int) -> tuple[str, str]:
        if not self._rest.sids:
            return MISSING, MISSING
        index = which % len(self._rest.sids)
        return self._rest.sids[index], self._mcp.sids[index]

    def _span(self, start: int, length: int | None) -> dict[str, Any]:
        begins = NEWEST + timedelta(minutes=start, milliseconds=next(self._milliseconds))
        ends = None if length is None else (begins + timedelta(minutes=length)).isoformat()
        return {"startedAt": begins.isoformat(timespec="milliseconds"), "endedAt": ends}


TestTwoDoors = TwoDoors.TestCase
TestTwoDoors.settings = settings(
    max_examples=RUNS,
    stateful_step_count=OPERATIONS,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    deadline=None,
)
