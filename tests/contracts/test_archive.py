from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from milepost.domain.account import Account, Place, PlaceKind
from milepost.domain.archive import ArchivedEvent, ArchivedToken, ArchiveEntry, TagNumber, TagPart
from milepost.domain.errors import Conflict, Invalid, NotFound
from milepost.domain.history import PurgeSelection, Revision
from milepost.domain.instant import Instant
from milepost.domain.ports import Loaded
from milepost.domain.query import EventQuery
from milepost.domain.tags import TagFilter, TagId
from milepost.domain.token import Token, TokenKind
from tests.contracts.backends import Backend
from tests.contracts.conftest import Opener
from tests.contracts.samples import ACCOUNT, BY, OTHER, make, make_full

ORDER = [Account, Place, ArchivedToken, TagNumber, ArchivedEvent, Revision]


@pytest.fixture
async def second(opener: Opener, tmp_path: Path) -> AsyncIterator[Backend]:
    """An empty back end to load into."""
    (tmp_path / "second").mkdir()
    async with opener(tmp_path / "second") as backend:
        yield backend


async def entries(backend: Backend, account_sid: str | None = None) -> list[ArchiveEntry]:
    return [entry async for entry in backend.archive.entries(account_sid)]


async def fill(backend: Backend) -> None:
    """Something of every kind, in both accounts."""
    for account_sid in (ACCOUNT, OTHER):
        token = Token(
            sid=f"tok_{account_sid}",
            account_sid=account_sid,
            kind=TokenKind.API,
            name="n",
            hint="h",
            created_at=Instant(1),
        )
        await backend.tokens.add_token(token, account_sid.encode().ljust(32))
        place = Place(
            sid="b", account_sid=account_sid, kind=PlaceKind.BUCKET, name="b", labels={}, created_at=Instant(1)
        )
        await backend.places.add_place(place)
        changed, deleted = make_full(account_sid=account_sid, version=1), make(account_sid=account_sid)
        await backend.events.create(changed)
        await backend.events.create(deleted)
        await backend.events.change(
            account_sid, changed.sid, lambda found: replace(found, version=2, updated_at=Instant(9)), BY
        )
        await backend.events.delete(account_sid, deleted.sid, lambda _: None, BY, Instant(10))


async def test_an_export_loaded_elsewhere_exports_the_same(backend: Backend, second: Backend) -> None:
    await fill(backend)
    exported = await entries(backend)
    assert await second.archive.load(exported) == Loaded(len(exported), 0)
    assert await entries(second) == exported
    assert await second.archive.load(exported) == Loaded(0, len(exported))
    assert await entries(second) == exported


async def test_whatever_an_entry_needs_stands_before_it(backend: Backend) -> None:
    await fill(backend)
    places = [ORDER.index(type(entry)) for entry in await entries(backend)]
    assert places == sorted(places)
    assert set(places) == set(range(len(ORDER)))


async def test_one_account_is_exported_alone(backend: Backend) -> None:
    await fill(backend)
    own = await entries(backend, ACCOUNT)
    assert len(own) == len(await entries(backend)) / 2
    assert OTHER not in repr(own)


async def test_an_export_of_thousands_is_as_of_one_moment(backend: Backend) -> None:
    events = [make() for _ in range(2_500)]
    await backend.archive.load(map(ArchivedEvent, events))
    found: list[str] = []
    async for entry in backend.archive.entries(ACCOUNT):
        if not found:
            await backend.events.create(make(started_at=Instant(10**12)))
        if isinstance(entry, ArchivedEvent):
            found.append(entry.event.sid)
    assert found == [event.sid for event in events]


async def test_loaded_events_are_found_like_any_other(backend: Backend) -> None:
    event = make_full()
    await backend.archive.load([ArchivedEvent(event)])
    assert (await backend.events.find(ACCOUNT, EventQuery(message="database", check_id=2**63 - 1))).events == (event,)
    assert (await backend.events.create(make(dedup_key=event.dedup_key))).replayed


async def test_tag_ids_keep_their_meaning(backend: Backend) -> None:
    await backend.archive.load([TagNumber(ACCOUNT, TagPart.KEY, 4568, "Stage")])
    event = make(tags={"Stage": ("Prod",), "Team": ("a",)})
    await backend.events.create(event)
    assert (await backend.events.find(ACCOUNT, EventQuery(include_tags=(TagFilter(TagId(4568), ()),)))).events == (
        event,
    )
    numbers = {entry.name: entry.number for entry in await entries(backend) if isinstance(entry, TagNumber)}
    assert numbers["Stage"] == 4568
    assert numbers["Team"] != 4568


async def test_what_is_there_already_is_left_as_it_is(backend: Backend) -> None:
    event = make()
    await backend.events.create(event)
    loaded = await backend.archive.load([ArchivedEvent(replace(event, name="other")), ArchivedEvent(make())])
    assert loaded == Loaded(1, 1)
    assert await backend.events.get(ACCOUNT, event.sid) == event


@pytest.mark.parametrize(
    "entry",
    [
        Account("acc_new", f"name of {ACCOUNT}", Instant(1)),
        ArchivedEvent(make(dedup_key="run:1")),
        Place(sid="new", account_sid=ACCOUNT, kind=PlaceKind.BUCKET, name="taken", labels={}, created_at=Instant(1)),
    ],
    ids=["account", "event", "place"],
)
async def test_a_taken_name_or_key_conflicts_and_nothing_is_written(backend: Backend, entry: ArchiveEntry) -> None:
    await backend.events.create(make(dedup_key="run:1"))
    taken = Place(sid="old", account_sid=ACCOUNT, kind=PlaceKind.BUCKET, name="taken", labels={}, created_at=Instant(1))
    await backend.places.add_place(taken)
    before = await entries(backend)
    with pytest.raises(Conflict):
        await backend.archive.load([ArchivedEvent(make()), entry])
    assert await entries(backend) == before


async def test_an_entry_of_an_unknown_account_is_refused(backend: Backend) -> None:
    with pytest.raises(NotFound):
        await backend.archive.load([ArchivedEvent(make(account_sid="acc_none"))])


async def test_a_later_export_leaves_older_events_whole(backend: Backend, second: Backend) -> None:
    await fill(backend)
    await second.archive.load(await entries(backend))
    [event] = (await backend.events.find(ACCOUNT, EventQuery())).events
    for _ in range(2):
        changed = replace(event, version=event.version + 1, updated_at=Instant(20))
        event = await backend.events.change(ACCOUNT, event.sid, lambda _, changed=changed: changed, BY)
    before, later = await entries(second), await entries(backend)
    assert await second.archive.load(later) == Loaded(0, len(later))
    assert await entries(second) == before
    [old] = (await second.events.find(ACCOUNT, EventQuery())).events
    local = replace(old, version=old.version + 1, updated_at=Instant(30))
    assert await second.events.change(ACCOUNT, old.sid, lambda _: local, BY) == local
    await second.events.delete(ACCOUNT, old.sid, lambda _: None, BY, Instant(40))


async def test_an_import_that_broke_off_before_the_history_is_finished_by_the_next(
    backend: Backend, second: Backend
) -> None:
    await fill(backend)
    exported = await entries(backend)
    await second.archive.load(entry for entry in exported if not isinstance(entry, Revision))
    await second.archive.load(exported)
    assert await entries(second) == exported


async def test_history_without_its_event_is_refused(backend: Backend, second: Backend) -> None:
    await fill(backend)
    exported = await entries(backend)
    orphans = [entry for entry in exported if isinstance(entry, Account | Revision)]
    with pytest.raises(Invalid, match=r"^history\.eventSid: there is no event evt_"):
        await second.archive.load(orphans)
    assert not [entry for entry in await entries(second) if isinstance(entry, Revision)]


async def test_tags_that_have_numbers_here_keep_them(backend: Backend) -> None:
    await backend.events.create(make(tags={"Stage": ("Prod",)}))
    foreign = [TagNumber(ACCOUNT, TagPart.KEY, number, name) for number, name in ((1, "Team"), (7, "Stage"), (9, None))]
    before = await entries(backend)
    assert await backend.archive.load(foreign) == Loaded(1, 2)
    assert [entry for entry in await entries(backend) if entry not in before] == [foreign[2]]
    await backend.events.create(make(tags={"Team": ("a",)}))
    assert TagNumber(ACCOUNT, TagPart.KEY, 10, "Team") in await entries(backend)


async def test_the_numbers_of_purged_tags_stay_taken_elsewhere_too(backend: Backend, second: Backend) -> None:
    event = make(tags={"Stage": ("Prod",)})
    await backend.events.create(event)
    await backend.history.purge(PurgeSelection(account_sid=ACCOUNT, event_sid=event.sid), lambda _: None)
    exported = await entries(backend)
    assert TagNumber(ACCOUNT, TagPart.KEY, 1, None) in exported
    await second.archive.load(exported)
    assert await entries(second) == exported
