"""Any sequence of writes and reads, by any callers, compared with a model of dictionaries."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from milepost.domain.caller import Caller
from milepost.domain.errors import Conflict, Forbidden, Invalid, MilepostError, NotFound, Stale
from milepost.domain.event import Event, EventChange, EventDraft
from milepost.domain.history import ChangeKind, Revision
from milepost.domain.instant import DAY, HOUR, Instant, When
from milepost.domain.ports import Created
from milepost.domain.query import EventSearch, Position
from milepost.domain.scope import Scope
from tests.services.made_up import CHANGES, DRAFTS, SEARCHES
from tests.services.model import found_by
from tests.services.world import StandingClock, open_world

NUMBERS = st.integers(0, 10_000)
VERSIONS = st.none() | st.integers(1, 4)
Failures = set[type[MilepostError]]


@dataclass
class Reading:
    """Pages that somebody reads one after the other while others write."""

    caller: Caller
    search: EventSearch
    now: Instant
    cursor: str | None = None
    after: Position | None = None


class Timeline(RuleBasedStateMachine):
    """The services over a store beside the model: `live` and `hidden` events, and what was done to each."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="milepost-")
        self.clock = StandingClock()
        self.portal_stack, self.world_stack = ExitStack(), ExitStack()
        self.portal = self.portal_stack.enter_context(start_blocking_portal("asyncio"))
        self._open()
        world = self.world
        self.callers = [
            world.owner,
            world.owner,
            self.portal.call(partial(world.holder, buckets=("bkt_a", "bkt_b"))),
            self.portal.call(partial(world.holder, buckets=("bkt_a",), environments=("env_p",))),
            self.portal.call(world.owner_of, "stranger"),
        ]
        self.live: dict[str, Event] = {}
        self.hidden: dict[str, Event] = {}
        self.past: dict[str, list[Revision]] = {}
        self.readings: list[Reading] = []

    def _open(self) -> None:
        path = Path(self.folder) / "milepost.db"
        context = self.portal.wrap_async_context_manager(open_world(path, self.clock))
        self.world = self.world_stack.enter_context(context)

    def teardown(self) -> None:
        self.world_stack.close()
        self.portal_stack.close()
        shutil.rmtree(self.folder)

    @initialize(drafts=st.lists(DRAFTS, min_size=5, max_size=5))
    def begin_with_some(self, drafts: list[dict[str, Any]]) -> None:
        """By the owner, and by each of the others."""
        for who, given in enumerate(drafts):
            self._create(self._caller(who), EventDraft(**given))

    @rule(who=NUMBERS, given=DRAFTS)
    def create(self, who: int, given: dict[str, Any]) -> None:
        self._create(self._caller(who), EventDraft(**given))

    def _create(self, caller: Caller, draft: EventDraft) -> None:
        expected = self._drafted(caller, draft)
        failures: Failures = _span_failures(expected, self.clock.now)
        failures |= _only_if(not caller.restriction.holds(expected.scope), Forbidden)
        holder = self._holder(expected)
        if holder and not failures and not caller.restriction.sees(holder.scope):
            failures = {Conflict}
        created = self._attempt(failures, self.world.services.events.create, caller, draft)
        if created is None:
            return
        if holder:
            assert created == Created(holder, replayed=True)
            return
        event = replace(expected, sid=created.event.sid)
        assert created == Created(event, replayed=False)
        assert event.sid not in self.past
        self.live[event.sid], self.past[event.sid] = event, []

    @precondition(lambda self: self.past)
    @rule(who=NUMBERS, which=NUMBERS, given=CHANGES, version=VERSIONS)
    def change(self, who: int, which: int, given: dict[str, Any], version: int | None) -> None:
        caller, sid = self._caller(who), self._sid(which)
        event = self.live.get(sid)
        failures = self._failures(caller, event, version)
        after = None if event is None else self._changed(event, given)
        if event and after and after is not event and failures <= {Forbidden, Stale}:
            failures |= _span_failures(after, self.clock.now)
            failures |= _only_if(self._holder(after) is not None, Conflict)
        if after and failures <= {Forbidden, Stale, Invalid, Conflict} and not caller.restriction.holds(after.scope):
            failures |= {Forbidden}
        change = EventChange(**given)
        got = self._attempt(failures, self.world.services.events.change, caller, sid, change, _only_version(version))
        if got is None or event is None or after is None:
            return
        assert got == after
        assert repr(got.metadata) == repr(after.metadata)
        if after is not event:
            self.live[sid] = after
            self._remember(after, ChangeKind.CHANGED, caller, before=event)

    @precondition(lambda self: self.past)
    @rule(who=NUMBERS, which=NUMBERS, version=VERSIONS)
    def delete(self, who: int, which: int, version: int | None) -> None:
        caller, sid = self._caller(who), self._sid(which)
        event = self.live.get(sid)
        failures = self._failures(caller, event, version)
        got = self._attempt(failures, self.world.services.events.delete, caller, sid, _only_version(version))
        if got is None or event is None:
            return
        assert got == event
        self.hidden[sid] = replace(self.live.pop(sid), version=event.version + 1)
        self._remember(self.hidden[sid], ChangeKind.DELETED, caller, before=event)

    @precondition(lambda self: self.past)
    @rule(who=NUMBERS, which=NUMBERS)
    def restore(self, who: int, which: int) -> None:
        caller, sid = self._caller(who), self._sid(which)
        event = self.live.get(sid) or self.hidden.get(sid)
        failures: Failures = self._failures(caller, event, None)
        if event and not failures and sid in self.hidden and self._holder(event):
            failures = {Conflict}
        got = self._attempt(failures, self.world.services.history.restore, caller, sid)
        if got is None or event is None:
            return
        if sid in self.live:
            assert got == event
            return
        restored = replace(self.hidden.pop(sid), version=event.version + 1, updated_at=self.clock.now)
        assert got == restored
        self.live[sid] = restored
        self._remember(restored, ChangeKind.RESTORED, caller, before=None)

    @precondition(lambda self: self.live)
    @rule(which=NUMBERS, given=DRAFTS)
    def delete_restore_and_create_at_one_moment(self, which: int, given: dict[str, Any]) -> None:
        event = list(self.live.values())[which % len(self.live)]
        caller = next(one for one in (self.callers[0], self.callers[-1]) if one.account_sid == event.account_sid)
        draft = replace(EventDraft(**given), dedup_key=None)
        expected = self._drafted(self.callers[0], draft)
        if _span_failures(expected, self.clock.now):
            return
        services = self.world.services

        async def together() -> tuple[Event, Event, Created]:
            return await asyncio.gather(
                services.events.delete(caller, event.sid),
                services.history.restore(caller, event.sid),
                services.events.create(self.callers[0], draft),
            )

        _, restored, created = self.portal.call(together)
        deleted = replace(event, version=event.version + 1)
        assert restored == replace(event, version=event.version + 2, updated_at=self.clock.now)
        self._remember(deleted, ChangeKind.DELETED, caller, before=event)
        self._remember(restored, ChangeKind.RESTORED, caller, before=None)
        self.live[event.sid] = restored
        fresh = replace(expected, sid=created.event.sid)
        self.live[fresh.sid], self.past[fresh.sid] = fresh, []

    @precondition(lambda self: self.past)
    @rule(who=NUMBERS, which=NUMBERS)
    def look_at_one(self, who: int, which: int) -> None:
        caller, sid = self._caller(who), self._sid(which)
        event, hidden = self.live.get(sid), self.hidden.get(sid)
        got = self._attempt(self._sight(caller, event), self.world.services.events.get, caller, sid)
        assert got is None or got == event
        failures = self._sight(caller, event or hidden)
        page = self._attempt(failures, self.world.services.history.revisions, caller, sid)
        if page is not None:
            seen = [item for item in self.past[sid] if not item.before or caller.restriction.sees(item.before.scope)]
            assert list(page.revisions) == seen[::-1]

    @rule(who=NUMBERS, search=SEARCHES)
    def begin_to_read(self, who: int, search: EventSearch) -> None:
        start, end = (when and when.at(self.clock.now) for when in (search.start, search.end))
        if start is not None and end is not None and start > end:
            self._attempt({Invalid}, self.world.services.events.find, self._caller(who), search)
            return
        self.readings.append(Reading(self._caller(who), search, self.clock.now))
        self._read_a_page(self.readings[-1])

    @precondition(lambda self: self.readings)
    @rule(which=NUMBERS)
    def read_on(self, which: int) -> None:
        self._read_a_page(self.readings[which % len(self.readings)])

    @rule(hours=st.integers(0, 48))
    def wait(self, hours: int) -> None:
        self.clock.advance(hours * HOUR + 1)

    @rule()
    def close_and_open_again(self) -> None:
        self.world_stack.close()
        self._open()

    @invariant()
    def everything_is_there_and_nothing_else(self) -> None:
        for caller in (self.callers[0], self.callers[-1]):
            search = EventSearch(limit=100)
            page = self.portal.call(self.world.services.events.find, caller, search)
            assert list(page.events) == found_by(self.live.values(), caller, search, self.clock.now)[:100]

    def _read_a_page(self, reading: Reading) -> None:
        search = replace(reading.search, cursor=reading.cursor)
        page = self.portal.call(self.world.services.events.find, reading.caller, search)
        expected = found_by(self.live.values(), reading.caller, search, reading.now, reading.after)
        assert list(page.events) == expected[: search.limit]
        assert page.has_more == (len(expected) > search.limit)
        if page.next_cursor is None:
            self.readings.remove(reading)
        else:
            reading.cursor = page.next_cursor
            reading.after = Position(page.events[-1].started_at, page.events[-1].sid)

    def _caller(self, who: int) -> Caller:
        return self.callers[who % len(self.callers)]

    def _sid(self, which: int) -> str:
        return list(self.past)[which % len(self.past)]

    def _attempt(self, failures: Failures, call: Callable[..., Coroutine[Any, Any, Any]], *arguments: object) -> Any:
        """The answer; None where the call failed as it had to. Where several rules are broken any may be named."""
        try:
            answer = self.portal.call(call, *arguments)
        except MilepostError as error:
            if type(error) not in failures:
                raise
            return None
        assert not failures, f"{call.__name__} did what had to fail with one of {failures}"
        return answer

    def _drafted(self, caller: Caller, draft: EventDraft) -> Event:
        now, reach = self.clock.now, caller.restriction
        given = {
            field.name: getattr(draft, field.name)
            for field in fields(draft)
            if field.name not in ("buckets", "environments", "started_at", "ended_at")
        }
        return Event(
            sid="",
            account_sid=caller.account_sid,
            scope=Scope(
                draft.buckets or (("*",) if reach.buckets is None else tuple(sorted(reach.buckets))),
                draft.environments or (("*",) if reach.environments is None else tuple(sorted(reach.environments))),
            ),
            started_at=draft.started_at.at(now) if draft.started_at else now,
            ended_at=draft.ended_at.at(now) if draft.ended_at else None,
            created_at=now,
            created_by=caller.provenance,
            **given,
        )

    def _changed(self, event: Event, given: dict[str, Any]) -> Event:
        now = self.clock.now
        values: dict[str, Any] = {
            name: value.at(now) if isinstance(value, When) else value for name, value in given.items()
        }
        buckets = values.pop("buckets", event.scope.buckets)
        environments = values.pop("environments", event.scope.environments)
        after = replace(event, **values, scope=Scope(buckets, environments))
        if after == event and repr(after.metadata) == repr(event.metadata):
            return event
        return replace(after, updated_at=self.clock.now, version=event.version + 1)

    def _holder(self, event: Event) -> Event | None:
        """The other live event that has the key."""
        for other in self.live.values():
            if (
                other.sid != event.sid
                and other.account_sid == event.account_sid
                and event.dedup_key is not None
                and other.dedup_key == event.dedup_key
            ):
                return other
        return None

    def _sight(self, caller: Caller, event: Event | None) -> Failures:
        visible = event and event.account_sid == caller.account_sid and caller.restriction.sees(event.scope)
        return _only_if(not visible, NotFound)

    def _failures(self, caller: Caller, event: Event | None, version: int | None) -> Failures:
        """Why the event as it is may not be written."""
        if event is None or self._sight(caller, event):
            return {NotFound}
        forbidden = _only_if(not caller.restriction.holds(event.scope), Forbidden)
        return forbidden | _only_if(version not in (None, event.version), Stale)

    def _remember(self, after: Event, kind: ChangeKind, caller: Caller, before: Event | None) -> None:
        revision = Revision(
            event_sid=after.sid,
            account_sid=after.account_sid,
            version=after.version,
            kind=kind,
            at=self.clock.now,
            by=caller.provenance,
            before=before,
        )
        self.past[after.sid].append(revision)


def _span_failures(event: Event, now: Instant) -> Failures:
    furthest = now + 366 * DAY
    ended_at = event.started_at if event.ended_at is None else event.ended_at
    return _only_if(ended_at < event.started_at or max(event.started_at, ended_at) > furthest, Invalid)


def _only_version(version: int | None) -> set[int] | None:
    return None if version is None else {version}


def _only_if(condition: bool, kind: type[MilepostError]) -> Failures:
    return {kind} if condition else set()


Timeline.TestCase.settings = settings(
    max_examples=80, stateful_step_count=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
test_any_sequence_of_calls_does_what_the_model_does = Timeline.TestCase
